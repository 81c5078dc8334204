"""The larger example goes through Flux whole, and what waits for a person in Lync does not fail it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster_apiserver import APIServer
from cluster_programs import missing
from gitops.argo_lua import CUSTOMIZATIONS
from gitops.flux import flux
from gitops.scene import spec_of_the_example
from incluster.harness import Cluster, condition
from manifests_support import EXAMPLES
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.resources import OURS

CONTOSO = EXAMPLES / "contoso"
NAMESPACE = "unified-messaging"


def status_of(path: Path) -> dict[str, Any]:
    status: dict[str, Any] = yaml.safe_load(path.read_text())["status"]
    return status


async def test_flux_applies_the_larger_example_and_is_ready_while_a_person_is_waited_for(
    server: APIServer, tmp_path: Path
) -> None:
    if why := missing("kustomize-controller"):
        pytest.skip(why)
    files = {path.name: path.read_text() for path in CONTOSO.glob("*.yaml")}
    health = {"wait": True, "healthCheckExprs": spec_of_the_example()["healthCheckExprs"]}
    waits = status_of(CUSTOMIZATIONS / "testdata" / "lync-contacts-missing.yaml")
    ready = status_of(CUSTOMIZATIONS / "testdata" / "lync-up-to-date.yaml")
    async with (
        KubeClient(Credentials(server.kubeconfig).configuration, user_agent="somebody") as client,
        flux(server, client, tmp_path) as running,
    ):
        await running.deploy("contoso", files, **health)
        await running.checking_health("contoso")
        cluster = Cluster(client, server.kubeconfig, NAMESPACE)
        found = {kind: await cluster.listed(resource) for kind, resource in OURS.items()}
        assert {kind: len(objects) for kind, objects in found.items()} == {
            "ExchangeOrganization": 1,
            "LyncIntegration": 1,
            "UMCertificate": 1,
            "UMDialPlan": 2,
            "UMIPGateway": 3,
        }
        for kind, objects in found.items():
            status = {"status": waits if kind == "LyncIntegration" else ready}
            for one in objects:
                await client.patch(OURS[kind], NAMESPACE, one["metadata"]["name"], status, "status")
        applied = condition(await running.done("contoso"), "Ready")
    assert applied is not None
    assert (applied["status"], applied["reason"]) == ("True", "ReconciliationSucceeded")
