"""A certificate whose restart waits for its window: what kubectl, kstatus, Flux and Argo CD make of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

import kstatus
from cluster_apiserver import APIServer
from estate.manifests import organization, resource
from gitops import argo_lua, flux_health
from incluster.harness import Cluster, Reference, at_work, condition, reachable, secret, until
from incluster.scene import RATE
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import smallest

NAMESPACE = "waiting"
ORGANIZATION: Reference = ("ExchangeOrganization", "default")
UM: Reference = ("UMCertificate", "um")
FQDN = "ex01.contoso.com"
EXCHANGE = {
    "endpoints": [f"http://{FQDN}/PowerShell/"],
    "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
}
CLOSED = {"name": "saturday", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
"""The lab begins on a Monday."""


@dataclass(frozen=True)
class Judged:
    """What each of them says."""

    conditions: str
    kubectl: bool
    kstatus: str
    flux: str
    argo: str


async def judged(server: APIServer, cluster: Cluster) -> Judged:
    """Ask all of them about the certificate as it is now."""
    wait = ("wait", "--for=condition=Ready", "umcertificate/um", f"--namespace={NAMESPACE}", "--timeout=1s")
    waited = await asyncio.to_thread(server.kubectl, *wait)
    raw = await cluster.get(*UM)
    assert raw is not None
    told = (f"{one['type']}={one['status']}/{one['reason']}" for one in raw["status"]["conditions"])
    return Judged(
        " ".join(told),
        waited.returncode == 0,
        kstatus.outcome_of(raw),
        flux_health.health(raw),
        argo_lua.health(raw)["status"],
    )


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    times = ServiceTimes.fixed(5)
    async with Lab.start(smallest(), clock=Clock(rate=RATE), times=times, seed=7) as lab, reachable(lab):
        yield lab


@pytest.fixture
async def cluster(server: APIServer) -> AsyncIterator[Cluster]:
    async with KubeClient(Credentials(server.kubeconfig).configuration, user_agent="somebody") as client:
        cluster = Cluster(client, server.kubeconfig, NAMESPACE)
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        yield cluster


@pytest.mark.night
@pytest.mark.timeout(300)
async def test_a_renewal_that_waits_is_ready_to_all_of_them_and_a_first_deployment_is_not(
    server: APIServer, lab: Lab, cluster: Cluster
) -> None:
    of_one: dict[str, Any] = {
        "exchange": EXCHANGE,
        "servers": {"include": [FQDN]},
        "maintenanceWindows": [CLOSED],
    }
    await cluster.apply(
        secret(lab), organization(**of_one), resource("UMCertificate", "um", issuer={"ca": {}})
    )
    async with at_work(cluster, lab.clock, namespaces=[NAMESPACE]):
        await cluster.until_ready(UM, reason="WaitingForWindow")
        assert await judged(server, cluster) == Judged(
            "Ready=False/WaitingForWindow RestartPending=True/WaitingForWindow",
            kubectl=False,
            kstatus="InProgress",
            flux="Current",
            argo="Suspended",
        )
        await cluster.patch(*ORGANIZATION, {"spec": {"maintenanceWindows": None}})
        await cluster.until_ready(UM)
        await cluster.patch(*ORGANIZATION, {"spec": {"maintenanceWindows": [CLOSED]}})
        await cluster.annotate(*UM, renew_requested_at="now")

        async def waits() -> bool:
            found = condition(await cluster.get(*UM), "RestartPending")
            return found is not None and found["reason"] == "WaitingForWindow"

        await until(waits, "the renewal waits for its window")
        assert await judged(server, cluster) == Judged(
            "Ready=True/Serving RestartPending=True/WaitingForWindow",
            kubectl=True,
            kstatus="Current",
            flux="Current",
            argo="Healthy",
        )
