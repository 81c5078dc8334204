"""A real Prometheus sees each alert fire while its trouble lasts, and resolve after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from board_support import BUILD, organization_of, sample
from prometheus_support import Labels, alert, free_port, missing, watching
from um_operator.observability.alerts import ALERTS
from um_operator.observability.board import LeaseSample, ObjectSample
from um_operator.observability.recorder import Metrics
from um_operator.web.listener import BindAddress, listening
from um_operator.web.serving import metrics_app

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SCALE = 1 / 300
"""Five minutes become one second."""
LEASE = LeaseSample(namespace="um-operator", name="um-operator", held=True)
NO_LEADER = alert("UmOperatorNoLeader", "critical", namespace="um-operator", lease="um-operator")
NEVER_SCRAPED = alert("UmOperatorNoLeader", "critical")


def gateway(name: str, **more: Any) -> ObjectSample:
    """Return the gateway of an organisation that has the same name."""
    return sample(name=name, organization=name, **more)


def owner(name: str, **more: Any) -> ObjectSample:
    """Return an organisation."""
    return sample("ExchangeOrganization", name, organization=name, **more)


def about(name: str, severity: str, item: ObjectSample) -> Labels:
    """Return an alert about a resource."""
    labels = {"kind": item.kind, "namespace": "um", "name": item.name, "organization": item.organization}
    return alert(name, severity, **labels)


TROUBLES = {
    "drifts": about("UmOperatorDrift", "warning", gateway("drifts")),
    "fails": about("UmOperatorNotReady", "warning", gateway("fails")),
    "unreachable": about("UmOperatorNotReady", "critical", owner("unreachable")),
    "stalls": about("UmOperatorStalled", "warning", gateway("stalls")),
    "deleted": about("UmOperatorStalled", "warning", gateway("deleted")),
    "hangs": alert("UmOperatorPassStale", "critical", namespace="um", organization="hangs"),
    "locked": alert("UmOperatorAuthenticationFailing", "critical", namespace="um", organization="locked"),
}
"""An organisation for each trouble."""


class Operator:
    """What an operator shows of these organisations; each has its passes, all the time."""

    def __init__(self) -> None:
        self.metrics = Metrics(BUILD)
        self.since = time.time()
        self.kept = {name: self.metrics.organization("um", name) for name in TROUBLES}
        self.well()

    def well(self) -> None:
        """Let every resource be as declared, but one that is deleted; every organisation pass; one lead."""
        self.objects: dict[str, tuple[ObjectSample, ...]] = {name: (gateway(name),) for name in TROUBLES}
        self.objects["deleted"] = ()
        self.hung_at: float | None = None
        self.metrics.show_lease(LEASE)

    def in_trouble(self) -> None:
        """Let each organisation have its trouble, and nobody lead."""
        now = time.time()
        bad: dict[str, Any] = {"ready": "False", "not_ready_since": now}
        found = (
            gateway("drifts", **bad, reason="Drifted", also=("Drifted",), drift_since=now, drifted_fields=1),
            gateway("fails", **bad, reason="DependencyNotFound"),
            owner("unreachable", **bad, reason="EndpointUnreachable"),
            gateway("stalls", **bad, reason="Claimed", also=("Stalled",)),
            gateway("deleted", **bad, reason="Claimed", also=("Stalled",)),
            owner("locked", **bad, reason="AuthenticationFailed"),
        )
        self.objects.update((item.organization, (item,)) for item in found)
        self.hung_at = now
        self.metrics.show_lease(replace(LEASE, held=False))

    async def passing(self) -> None:
        """Show each organisation again and again, as its passes would."""
        while True:
            now = time.time()
            for name, kept in self.kept.items():
                ended = self.hung_at if name == "hangs" and self.hung_at else now
                passes = {"since": self.since, "last_pass": ended, "last_full_pass": ended}
                kept.show(organization_of(*self.objects[name], name=name, interval=1.0, **passes))
            await asyncio.sleep(0.1)


@asynccontextmanager
async def serving(operator: Operator, port: int) -> AsyncIterator[None]:
    """Serve the operator's metrics while its passes go on."""
    async with listening(metrics_app(operator.metrics), BindAddress("127.0.0.1", port)):
        passing = asyncio.create_task(operator.passing())
        try:
            yield
        finally:
            passing.cancel()


async def test_each_alert_fires_while_its_trouble_lasts_and_resolves_after_it(tmp_path: Path) -> None:
    operator, port, expected = Operator(), free_port(), {*TROUBLES.values(), NO_LEADER}
    async with (
        serving(operator, port),
        watching(tmp_path, [f"127.0.0.1:{port}"], time_scale=SCALE) as alerts,
    ):
        operator.in_trouble()
        await alerts.until(lambda firing: firing >= expected)
        operator.well()
        await alerts.until(lambda firing: not firing)
        assert alerts.seen() - {NEVER_SCRAPED} == expected
    tried = {(dict(labels)["alertname"], dict(labels)["severity"]) for labels in expected}
    assert tried == {(one.name, one.severity) for one in ALERTS}


async def test_when_no_replica_is_there_yet_or_any_more_nobody_leads(tmp_path: Path) -> None:
    operator, port = Operator(), free_port()
    async with watching(tmp_path, [f"127.0.0.1:{port}"], time_scale=SCALE) as alerts:
        await alerts.until(lambda firing: firing == {NEVER_SCRAPED})
        async with serving(operator, port):
            await alerts.until(lambda firing: not firing)
        await alerts.until(lambda firing: firing == {NO_LEADER})
        async with serving(operator, port):
            await alerts.until(lambda firing: not firing)
