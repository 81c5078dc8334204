"""A real Prometheus that scrapes the operator's process, all on the lab's clock; the alerts to be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from estate.manifests import organization
from incluster.harness import Cluster, Reference, cluster_of, secret
from incluster.processes import Process, started
from prometheus_support import Alerts, Labels, alert, free_port, watching
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.presets import first_steps

RATE = 300.0
"""Lab seconds a real second: five minutes become one second."""
INTERVAL = "10m"
OWNER: Reference = ("ExchangeOrganization", "default")


def about(name: str, severity: str, kind: str, resource: str) -> Labels:
    """Return an alert about a resource of the one organisation."""
    labels = {"kind": kind, "namespace": "um", "name": resource, "organization": "default"}
    return alert(name, severity, **labels)


DRIFT = about("UmOperatorDrift", "warning", "UMIPGateway", "sbc01")
STALLED = about("UmOperatorStalled", "warning", "UMDialPlan", "branch")
NOT_READY = about("UmOperatorNotReady", "warning", "UMIPGateway", "cube01")
UNREACHABLE = about("UmOperatorNotReady", "critical", *OWNER)
STALE = alert("UmOperatorPassStale", "critical", namespace="um", organization="default")
LOCKED_OUT = alert("UmOperatorAuthenticationFailing", "critical", namespace="um", organization="default")
NO_LEADER = alert("UmOperatorNoLeader", "critical", namespace="um", lease="um-operator")
NEVER_SCRAPED = alert("UmOperatorNoLeader", "critical")
SEEN = (DRIFT, STALLED, NOT_READY, UNREACHABLE, STALE, LOCKED_OUT, NO_LEADER)
"""What the tests with an operator wait for, each to fire and to be over."""

EX01 = "ex01.contoso.com"


def of_certificate(name: str, severity: str, namespace: str, **more: str) -> Labels:
    """Return an alert about the UMCertificate of an organisation."""
    more |= {"kind": "UMCertificate", "namespace": namespace, "name": "um"}
    return alert(name, severity, organization="default", **more)


def of_server(name: str, severity: str, namespace: str) -> Labels:
    """Return an alert about a server of an organisation."""
    return alert(name, severity, namespace=namespace, organization="default", server=EX01)


OF_CERTIFICATES = (
    of_certificate("UmOperatorCertificateExpiring", "warning", "refused", server=EX01),
    of_certificate("UmOperatorCertificateExpiring", "critical", "refused", server=EX01),
    of_server("UmOperatorCertificateExpiring", "warning", "unowned"),
    of_certificate("UmOperatorRenewalFailing", "warning", "refused"),
    of_certificate("UmOperatorRolloutStalled", "warning", "rejecting"),
    of_certificate("UmOperatorRestartOwed", "warning", "owed", server=EX01),
    of_certificate("UmOperatorWrongCertificate", "warning", "foreign", server=EX01, service="UM"),
    of_certificate("UmOperatorWrongCertificate", "warning", "foreign", server=EX01, service="UMCallRouter"),
    of_certificate("UmOperatorRolloutInfeasible", "warning", "infeasible"),
    of_certificate("UmOperatorTrustUnknown", "warning", "untrusted"),
    of_server("UmOperatorServerLeftDrained", "critical", "drained"),
    of_certificate("UmOperatorRolloutStalled", "warning", "drained"),
    of_certificate("UmOperatorRestartOwed", "warning", "drained", server=EX01),
    of_certificate("UmOperatorAuthorityExpiring", "warning", "authority"),
)
"""What the test of certificates waits for; ``tests/troubled_sites.py`` has who is in which trouble."""


def of_pool(name: str, severity: str, namespace: str, **more: str) -> Labels:
    """Return an alert about the LyncIntegration of an organisation."""
    more |= {"kind": "LyncIntegration", "namespace": namespace, "name": "lync"}
    return alert(name, severity, organization="default", **more)


FIRST_FRONT_END = "lyncfe01.contoso.com"
OF_LYNC = (
    of_pool("UmOperatorContactsMissing", "warning", "uncontacted"),
    of_pool("UmOperatorManualActionRequired", "warning", "forbidden"),
    of_pool("UmOperatorFrontEndCertificateExpiring", "warning", "expiring", server=FIRST_FRONT_END),
    of_pool("UmOperatorFrontEndCertificateExpiring", "critical", "expiring", server=FIRST_FRONT_END),
    of_pool("UmOperatorPoolAtQuorum", "critical", "at-quorum", pool="lyncpool01.contoso.com"),
)
"""What the test of Lync waits for; ``tests/troubled_pools.py`` has which pool is in which trouble."""


@dataclass
class Scene:
    """An estate without telephones, an API server, and a Prometheus that looks for an operator."""

    lab: Lab
    server: ApiServer
    cluster: Cluster
    alerts: Alerts
    metrics_at: str

    @asynccontextmanager
    async def operator(self, identity: str) -> AsyncIterator[Process]:
        """Run an operator that works already."""
        async with started(self.cluster, self.lab, identity, metrics_at=self.metrics_at) as process:
            await self.cluster.until_ready(OWNER)
            yield process

    async def only(self, *expected: Labels) -> None:
        """Wait until just these alerts fire."""
        await self.alerts.until(lambda firing: firing == {*expected})


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[Scene]:
    """Start everything but the operator."""
    clock, metrics_at = Clock(rate=RATE), f"127.0.0.1:{free_port()}"
    async with (
        Lab.start(EstateSpec(first_steps().organization), clock=clock) as lab,
        ApiServer.start(folder / "api") as server,
        cluster_of(server) as cluster,
        watching(folder, [metrics_at], clock) as alerts,
    ):
        await cluster.apply(secret(lab), organization(interval=INTERVAL))
        yield Scene(lab, server, cluster, alerts, metrics_at)
        lab.invariants.check()
