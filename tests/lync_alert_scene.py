"""A pool that has worked with Unified Messaging since long, its operator at work, and a Prometheus beside.

The lab's clock goes as ours and leaps besides: a day is over at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

from alert_scene import RATE, of_pool
from estate.integration import LYNC, accounts, config_map, way_in
from estate.pools import FIRST, POOL, SERVER, estate_of, manifests, pool_of
from estate.rollouts import QUICK, organization
from incluster.harness import Cluster, Reference, at_work, cluster_of, condition, reachable, secret
from prometheus_support import Alerts, Labels, free_port, watching
from um_operator.lab.clock import EPOCH, Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.lync.deployment import Deployment, FrontEnd
from um_operator.lab.lync.services import FRONT_END, SERVICES
from um_operator.web.listener import BindAddress

INTEGRATION: Final[Reference] = (LYNC.kind, LYNC.name)
_LOOPBACK: Final = "127.0.0.1"
_AGE: Final = timedelta(days=30)
"""How old a certificate of the lab is when the lab begins."""
_A_START: Final = timedelta(seconds=10)
"""Longer than a service takes to start."""


def about(name: str, severity: str, **more: str) -> Labels:
    """Return an alert about the integration."""
    return of_pool(name, severity, "um", **more)


@dataclass
class PoolScene:
    """A pool and Unified Messaging, whoever looks after both, and people who are called if need be."""

    lab: Lab
    cluster: Cluster
    alerts: Alerts
    _looks: Iterator[int] = field(default_factory=count)

    @property
    def deployment(self) -> Deployment:
        """Return Lync."""
        assert self.lab.lync is not None
        return self.lab.lync.deployment

    @property
    def front_end(self) -> FrontEnd:
        """Return the first computer of the pool."""
        return self.deployment.pools[POOL].front_ends[0]

    async def looks(self, after: timedelta = timedelta(0)) -> None:
        """Have the operator look at everything after some time."""
        self.lab.clock.advance(after)
        await self.cluster.reconciled(f"look {next(self._looks)}")

    async def only(self, *expected: Labels) -> None:
        """Wait until just these alerts fire."""
        await self.alerts.until(lambda firing: firing == {*expected})

    def said(self, alert: Labels) -> str:
        """Return what people who are called read; the runbook is that of the alert."""
        annotations = self.alerts.said[alert]
        assert annotations["runbook_url"].endswith(f"{dict(alert)['alertname']}.md")
        return f"{annotations['summary']}: {annotations['description']}"

    async def message(self, condition_type: str) -> str:
        """Return what a condition of the integration says; empty where it does not stand."""
        found = condition(await self.cluster.get(*INTEGRATION), condition_type)
        return str(found["message"]) if found else ""

    def forbid(self) -> None:
        """Take the rights on the containers of Unified Messaging from Lync."""
        directory = self.lab.directory
        controller = directory.domain_controllers[0]
        for one in directory.copy(controller).all(Kind.PERMISSION):
            directory.remove(controller, one.guid)
        directory.replicate_now()

    async def permit(self) -> None:
        """Run ExchUcUtil.ps1 in the Exchange Management Shell."""
        assert self.lab.lync is not None
        await self.lab.lync.console().change("ExchUcUtil.ps1")
        self.lab.directory.replicate_now()

    async def fail(self) -> None:
        """Have the Front-End service of the first computer end by itself, with what needs it."""
        services = self.front_end.host.services
        for name, kind in SERVICES.items():
            if name in services and (name == FRONT_END or FRONT_END in kind.needs):
                await services[name].kill("the process has ended")

    async def start(self) -> None:
        """Start everything on the first computer, while the time passes that this takes."""
        assert self.lab.lync is not None
        console = self.lab.lync.console(self.front_end.fqdn)
        starting = asyncio.create_task(console.change("Start-CsWindowsService"))
        while not (await asyncio.wait({starting}, timeout=0.05))[0]:
            self.lab.clock.advance(_A_START)
        await starting

    def assign(self, *, left: timedelta) -> None:
        """Give the first computer a certificate that ends in so long."""
        lifetime = self.lab.clock.now() - EPOCH + _AGE + left
        leaf = self.deployment.authority.issue(POOL, self.front_end.fqdn, lifetime=lifetime)
        self.front_end.host.stores.my.add(leaf)
        self.front_end.certificate = leaf.thumbprint


@asynccontextmanager
async def looked_after(folder: Path) -> AsyncIterator[PoolScene]:
    """Have an operator look after a pool of three that works, and Prometheus after the operator.

    Nothing is left to do, and nobody allows anything: whatever happens is left to people.
    """
    port = free_port()
    async with (
        Lab.start(estate_of(pool_of(3)), clock=Clock(), times=QUICK, seed=7) as lab,
        reachable(lab),
        ApiServer.start(folder / "api") as server,
        cluster_of(server) as cluster,
        watching(folder, [f"{_LOOPBACK}:{port}"], lab.clock, rate=RATE) as alerts,
    ):
        await cluster.apply(
            secret(lab),
            *accounts(lab),
            config_map("listeners", lab.authority.pem),
            organization(SERVER, **way_in()),
            *manifests((FIRST,), (POOL,)),
        )
        async with at_work(cluster, lab.clock, metrics_at=BindAddress(_LOOPBACK, port)):
            await cluster.until_ready(INTEGRATION)
            yield PoolScene(lab, cluster, alerts)
        lab.invariants.check()
        assert all(effect.is_by_hand for effect in lab.journal.effects)
