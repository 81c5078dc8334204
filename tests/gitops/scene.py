"""A cluster in which Flux deploys the first steps and the operator brings Exchange, a lab, to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cluster_apiserver import APIServer
from estate.harness import FIRST_STEPS
from gitops.encryption import encrypted, new_key
from gitops.flux import NAMESPACE, SOON, Flux, eventually, flux
from incluster.harness import Cluster, at_work, condition, reachable, secret
from manifests_support import gateway_document, plan_document
from um_operator.api.meta import KindName
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.resources import OURS, SECRETS, RawObject
from um_operator.kube.status_writer import PACE
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

TELEPHONY: Final = "first-steps"
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "gitops" / "flux"
QUIET: Final = 2.0 + PACE
"""Seconds in which a status that was held back is written: its pace, and how often that is looked at."""
SHORTEST: Final = "30s"
"""Flux waits no shorter for health."""
CUT_OVER: Final = {"numberOfDigitsInExtension": 3, "voipSecurity": "SIPSecured"}
"""A dial plan whose securing waits: no server of the estate is ready for TLS."""


@dataclass
class Scene:
    """A cluster with Flux and the operator at work on an estate, after the first deployment.

    Attributes:
        files: those of the repository that is deployed, by path.
        before: what Flux and our resources said while no operator was there.
    """

    server: APIServer
    lab: Lab
    cluster: Cluster
    flux: Flux
    files: dict[str, str]
    before: Mapping[str, RawObject]

    async def push(self, path: str, old: str, new: str) -> str:
        """Change the text of a file and publish it; return the revision."""
        assert self.files[path].count(old) == 1, old
        self.files[path] = self.files[path].replace(old, new)
        return await self.flux.publish(TELEPHONY, self.files)

    async def until(self, kind: KindName, name: str, reason: str) -> RawObject | None:
        """Return a resource once its Ready has a reason for its newest generation."""

        def says_so(raw: RawObject | None) -> bool:
            found = condition(raw, "Ready")
            return bool(
                raw
                and found
                and (found["reason"], found["observedGeneration"]) == (reason, raw["metadata"]["generation"])
            )

        return await eventually(lambda: self.cluster.get(kind, name), says_so)

    async def ours(self) -> dict[str, RawObject]:
        """Return every resource of ours, by its name in messages."""
        listed = {kind: await self.cluster.listed(resource) for kind, resource in OURS.items()}
        return {f"{kind}/{one['metadata']['name']}": one for kind, found in listed.items() for one in found}

    async def at_rest(self) -> dict[str, RawObject]:
        """Return every resource of ours once nothing was written for longer than statuses are held back.

        Raises:
            AssertionError: something is written again and again.
        """
        time = asyncio.get_running_loop().time
        seen, since, end = await self.ours(), time(), time() + SOON
        while time() < since + QUIET:
            assert time() < end, f"not at rest within {SOON:.0f} s"
            await asyncio.sleep(0.5)
            found = await self.ours()
            if found != seen:
                seen, since = found, time()
        return seen


def spec_of_the_example() -> dict[str, Any]:
    """Return how the example applies resources of ours: wait, prune, decryption, health checks."""
    path = EXAMPLE / "clusters" / "production" / "telephony.yaml"
    spec: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]
    return {key: value for key, value in spec.items() if key != "dependsOn"}


def annotations_of_the_example() -> dict[str, str]:
    """Return what the example's kustomization adds to resources of ours."""
    text = (EXAMPLE / "apps" / "telephony" / "kustomization.yaml").read_text()
    [patch] = yaml.safe_load(text)["patches"]
    found: dict[str, str] = yaml.safe_load(patch["patch"])["metadata"]["annotations"]
    return found


def files_of_the_first_steps(account: str) -> dict[str, str]:
    files = {path.name: path.read_text() for path in FIRST_STEPS.glob("*.yaml")}
    return {**files, "credentials.yaml": account}


def only(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a repository of one file."""
    return {
        "manifest.yaml": json.dumps(
            {**document, "metadata": {**document["metadata"], "namespace": TELEPHONY}}
        )
    }


def on_their_own() -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return what does not become ready: what Git declares, and how Flux looks at it."""
    ours = {"healthCheckExprs": spec_of_the_example()["healthCheckExprs"]}
    return {
        "waits": (plan_document("waits", **CUT_OVER), ours),
        "waits-by-kstatus": (plan_document("waits-by-kstatus", **CUT_OVER), {"timeout": SHORTEST}),
        "stalled": (gateway_document("stalled", address="cube01.contoso.com"), ours),
        "stalled-by-kstatus": (gateway_document("stalled-by-kstatus", address="cube01.contoso.com"), {}),
    }


@asynccontextmanager
async def deployed(server: APIServer, folder: Path) -> AsyncIterator[Scene]:
    """Deploy the first steps by Flux, and start the operator once Flux waits for it."""
    key = new_key()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        lab = await enter(Lab.start(first_steps(), clock=Clock(rate=30.0), seed=7))
        await enter(reachable(lab))
        client = await enter(KubeClient(Credentials(server.kubeconfig).configuration, user_agent="somebody"))
        decrypting = {"metadata": {"name": "sops-age"}, "stringData": {"age.agekey": key.identity}}
        await client.create(SECRETS, NAMESPACE, decrypting)
        account = {**secret(lab), "metadata": {"name": "exchange-operator", "namespace": TELEPHONY}}
        files = files_of_the_first_steps(encrypted(yaml.safe_dump(account), key, folder))
        running = await enter(flux(server, client, folder))
        await running.deploy(TELEPHONY, files, **spec_of_the_example())
        cluster = Cluster(client, server.kubeconfig, TELEPHONY)
        before = {"Kustomization": await running.checking_health(TELEPHONY)}
        before |= {one["metadata"]["name"]: one for one in await cluster.listed(OURS["UMIPGateway"])}
        await enter(at_work(cluster, lab.clock))
        await running.done(TELEPHONY)
        for name, (document, spec) in on_their_own().items():
            await running.deploy(name, only(document), wait=True, **spec)
        yield Scene(server, lab, cluster, running, files, before)
