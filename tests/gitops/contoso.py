"""The whole larger example: the chart on a real API server, Flux that deploys, the operator at work, people.

Only what is published to Flux is applied, and the operator has the rights of the chart's ServiceAccount.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import yaml
from cryptography import x509

from chart.at_work import at_work
from chart_support import done, install
from cluster_apiserver import APIServer, real_api_server
from estate.contoso import SATURDAY, larger_example
from estate.cut_overs import OFTEN, CutOver
from estate.integration import POOL, Integration
from gitops.conftest import OF_FLUX
from gitops.flux import Flux, flux
from gitops.kinds import know
from gitops.scene import spec_of_the_example
from incluster.contoso import GATEWAYS, LYNC, ORGANIZATION, PLANS, UM, kustomization
from incluster.harness import Cluster, Reference, condition, reachable, until
from incluster.leaping import Leaps
from larger_example import CONTOSO, NAMESPACE
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import NotFoundError
from um_operator.kube.login import Credentials
from um_operator.kube.resources import CONFIG_MAPS, RawObject
from um_operator.lab.estate import Lab

Holds: TypeAlias = Callable[[RawObject], bool]

NAME: Final = "contoso"
"""Of the repository, of the Kustomization that applies it, and of the folder with the example in there."""
EVERYTHING: Final[tuple[Reference, ...]] = (ORGANIZATION, UM, *PLANS, *GATEWAYS, LYNC)
LATER: Final = 600.0
"""Real seconds within which the operator comes to the next thing that it waits for; it takes much less."""
BEFORE: Final = timedelta(hours=6)
"""How long before its window everything is declared."""
FRONT_ENDS: Final = "StopFrontEndServices"


@dataclass
class Scene:
    """The cluster, its estate, and the people who work on both.

    Attributes:
        clock: how time passes for the operator.
        files: those of the repository that is deployed, by path.
        published: where the example's own ones lie for who judges by them.
    """

    server: APIServer
    site: Integration
    people: CutOver
    clock: Leaps
    cluster: Cluster
    flux: Flux
    files: dict[str, str]
    published: Path

    @property
    def lab(self) -> Lab:
        """Return the estate."""
        return self.site.lab

    async def deploy(self) -> None:
        """Have Flux apply what is in the repository, and look at health as the example for Flux does."""
        self._declare()
        spec = {key: value for key, value in spec_of_the_example().items() if key != "decryption"}
        await self.flux.deploy(NAME, self.files, **spec)

    async def push(self, name: str, old: str, new: str) -> None:
        """Change the text of one of the example's files and publish it; return once Flux has applied it."""
        path = f"{NAME}/{name}"
        assert self.files[path].count(old) == 1, old
        self.files[path] = self.files[path].replace(old, new)
        self._declare()
        revision = await self.flux.publish(NAME, self.files)
        _assert_ready(await self.flux.done(NAME, revision))

    async def flux_is_ready(self, word: str) -> None:
        """Have Flux look again; it has nothing to say against how things are."""
        _assert_ready(await self.flux.reconciled(NAME, word))

    async def until(self, holds: Holds, *references: Reference) -> None:
        """Let time leap until something holds for these resources; then it stands still."""

        async def all_do() -> bool:
            found = [await self.cluster.get(*reference) for reference in references]
            return all(raw is not None and "conditions" in raw["status"] and holds(raw) for raw in found)

        self.clock.leaps = True
        await until(all_do, f"what is looked for in {references}", LATER)
        self.clock.leaps = False

    async def until_the_window(self, reference: Reference) -> None:
        """Let the time pass in which nothing may begin, at one go."""
        raw = await self.cluster.get(*reference)
        assert raw is not None
        self.lab.clock.advance(opens_at(raw) - self.lab.clock.now())

    async def until_front_ends_are_restarted(self) -> None:
        """Let Saturdays come until every front end is that the operator may restart."""

        def waits_or_is_done(raw: RawObject) -> bool:
            waits = says("RestartPending", "WaitingForWindow")(raw) and opens_at(raw) > self.clock.now()
            return waits or restarted(raw)

        while True:
            await self.until(waits_or_is_done, LYNC)
            raw = await self.cluster.get(*LYNC)
            assert raw is not None
            if restarted(raw):
                return
            await self.flux_is_ready(f"until {opens_at(raw)}")
            await self.until_the_window(LYNC)

    async def approve(self) -> None:
        """Commit the digest of the plan that waits, as the people do who answer for the pools."""
        raw = await self.cluster.get(*ORGANIZATION)
        assert raw is not None
        digest = raw["status"]["plan"]["digest"]
        stored = await self.cluster.client.get(CONFIG_MAPS, NAMESPACE, digest)
        steps = json.loads(stored["data"]["plan.json"])["steps"]
        stops = [step["want"] for step in steps if step["type"] == FRONT_ENDS]
        declarations = self.site.rollout.operator.declarations
        declarations.approved |= {computer for stop in stops for computer in stop["batch"]}
        declarations.exactly_quorum |= {POOL for stop in stops if stop["exactlyQuorum"]}
        await self.push(
            "organization.yaml", "  mode: Enforce ", f"  approvedPlan: {digest}\n  mode: Enforce "
        )

    async def load_certificates(self) -> None:
        """Load what is published for peers into devices as soon as it is there, as a person would."""
        while True:
            for anchor in await self._anchors():
                for name in self.people.loads_ca:
                    self.lab.calls.gateways[name].tls.trusted.trust(anchor)
            await asyncio.sleep(OFTEN)

    async def _anchors(self) -> list[x509.Certificate]:
        try:
            found = await self.cluster.client.get(CONFIG_MAPS, NAMESPACE, "um-trust")
        except NotFoundError:
            return []
        return x509.load_pem_x509_certificates(found["data"]["ca.crt"].encode())

    def _declare(self) -> None:
        """Tell who judges what the repository allows from now on."""
        shutil.rmtree(self.published, ignore_errors=True)
        self.published.mkdir()
        for name in yaml.safe_load(self.files[f"{NAME}/kustomization.yaml"])["resources"]:
            (self.published / name).write_text(self.files[f"{NAME}/{name}"])
        declarations = self.site.rollout.operator.declarations
        self.lab.invariants.declare(declarations.allow([self.published], self.lab.clock.now()))


def says(type_: str, *reasons: str) -> Holds:
    """Return whether a condition of a resource has one of these reasons."""

    def holds(raw: RawObject) -> bool:
        found = condition(raw, type_)
        return found is not None and found["reason"] in reasons

    return holds


def is_ready(raw: RawObject) -> bool:
    """Whether a resource is as declared, by what was declared last."""
    found = condition(raw, "Ready")
    assert found is not None
    return bool(found["status"] == "True" and found["observedGeneration"] == raw["metadata"]["generation"])


def restarted(raw: RawObject) -> bool:
    """Whether all front ends of the Enterprise pool have found what is there to be found."""
    return any((pool["fqdn"], pool["restart"]) == (POOL, "NotNeeded") for pool in raw["status"]["pools"])


def opens_at(raw: RawObject) -> datetime:
    """Return when the window opens that a resource waits for."""
    return datetime.fromisoformat(raw["status"]["nextWindow"]["startsAt"])


def _assert_ready(kustomization: RawObject) -> None:
    found = condition(kustomization, "Ready")
    assert found is not None
    assert (found["status"], found["reason"]) == ("True", "ReconciliationSucceeded"), found["message"]


@contextmanager
def _installed(folder: Path, definitions: Path) -> Iterator[APIServer]:
    """Run an API server of its own on which Flux is known and the chart is installed."""
    with real_api_server(folder) as server:
        know(server, *definitions.glob(OF_FLUX))
        done(server.kubectl("create", "namespace", NAMESPACE))
        install(server, {"watchNamespaces": [NAMESPACE]})
        yield server


@asynccontextmanager
async def everybody_at_work(folder: Path, definitions: Path) -> AsyncIterator[Scene]:
    """Start everything, with nothing deployed yet; the estate is judged in the end."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_installed(folder / "apiserver", definitions))
        enter = stack.enter_async_context
        site, people = await enter(larger_example(folder / "estate", SATURDAY - BEFORE))
        await enter(reachable(site.lab))
        clock = Leaps(site.rollout.time)
        cluster = await enter(at_work(server, clock, NAMESPACE))
        client = await enter(KubeClient(Credentials(server.kubeconfig).configuration, user_agent="somebody"))
        running = await enter(flux(server, client, folder))
        files = {f"{NAME}/{path.name}": path.read_text() for path in CONTOSO.glob("*.yaml")}
        files["kustomization.yaml"] = kustomization(site.lab, NAME)
        scene = Scene(server, site, people, clock, cluster, running, files, folder / "published")
        site.rollout.beside(scene.load_certificates())
        yield scene
