"""The operator in a cluster, put together: who watches, who lists, who works, who tells."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any, Final

from um_operator.app.cluster import ClusterAccess
from um_operator.app.settings import Settings
from um_operator.app.vital_signs import VitalSigns, new_metrics, served, show_strays
from um_operator.engine.fleet import Fleet
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import Planner
from um_operator.engine.ports import Clock, PortError
from um_operator.engine.unattended import Unattended
from um_operator.engine.waiting import first_of
from um_operator.engine.worker import Surroundings
from um_operator.kube.client import KubeClient
from um_operator.kube.events import EventPoster
from um_operator.kube.lease import LeaseElector, LeaseTimes
from um_operator.kube.login import Credentials
from um_operator.kube.manifests import KubeManifests
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.records import KubeRecords
from um_operator.kube.router import Router
from um_operator.kube.status_writer import StatusWriter
from um_operator.kube.watch import Watch
from um_operator.observability.loop_lag import LoopLag
from um_operator.observability.recorder import Metrics
from um_operator.planning.planner import make_plan
from um_operator.web.listener import BindAddress

FLUSH: Final = 1.0
"""Seconds between two looks at statuses that wait for their pace, and at whether the watch is alive."""
PAUSE: Final = 2.0
"""Seconds until the first reading is tried again."""
LATE: Final = 20.0
"""Seconds for what runs beside the work to end."""

log = logging.getLogger(__name__)


class Ending(IntEnum):
    """How the operator ended: the exit code of its process."""

    STOPPED = 0
    BROKEN = 1
    """The Lease was lost or the watch ended; another process begins anew."""


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """How one operator process works.

    Attributes:
        credentials: for the API server.
        lease_namespace: where its Lease is.
        identity: this process among its replicas.
        namespaces: where it works; ``None``: everywhere.
        lease_name: of its Lease; releases with another one work beside each other.
        metrics_at: where ``/metrics`` is served; port 0: a free one.
        probes_at: where ``/healthz`` and ``/readyz`` are served.
        planner: decides; another one in its place shows what a wrong one would do.
        refuse: says why a connection to Exchange must not be made, if so.
    """

    credentials: Credentials
    lease_namespace: str
    identity: str
    clock: Clock
    metrics_at: BindAddress
    probes_at: BindAddress
    namespaces: Sequence[str] | None = None
    lease_name: str = "um-operator"
    lease_times: LeaseTimes = field(default_factory=LeaseTimes)
    planner: Planner = make_plan
    refuse: Callable[[Settings], str | None] = lambda _: None


async def run(settings: OperatorSettings, stop: asyncio.Event) -> Ending:
    """Work until ``stop`` is set, the Lease is lost, or the watch ends.

    Raises:
        LoginError: there are no usable credentials.
        BindAddressError: an address to listen on cannot be used.
    """
    metrics = new_metrics()
    login = settings.credentials.configuration
    async with (
        KubeClient(login, metrics.api_request) as client,
        KubeClient(login, metrics.api_request) as of_the_lease,
    ):
        return await _Operator(settings, client, of_the_lease, metrics, stop).run()


class _Operator:
    """The parts of one process, and the order in which they begin and end.

    The Lease has a client of its own: a renewal that stood in line behind a thousand statuses would come too
    late, and the replica would end just when there is most to do.
    """

    def __init__(
        self,
        settings: OperatorSettings,
        client: KubeClient,
        of_the_lease: KubeClient,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        clock, objects, identities = settings.clock, Objects(self._changed), Identities()
        self._settings, self._metrics, self._stop = settings, metrics, stop
        self._broken = asyncio.Event()
        self._lags = {name: LoopLag(partial(metrics.loop_lagged, name)) for name in ("operator", "watch")}
        self._lease = LeaseElector(
            of_the_lease,
            settings.lease_namespace,
            settings.lease_name,
            settings.identity,
            settings.lease_times,
        )
        self._writer = StatusWriter(client, objects, self._lease.held)
        self._manifests = KubeManifests(client, objects, settings.namespaces, self._lease.held)
        self._poster = EventPoster(client, objects, settings.identity, clock.now)
        access = ClusterAccess(
            client,
            objects,
            self._writer,
            self._poster,
            self._lease,
            clock,
            metrics,
            identities,
            planner=settings.planner,
            refuse=settings.refuse,
        )
        around = Surroundings(
            manifests=self._manifests,
            access=access,
            clock=clock,
            chance=random.random,
            interrupting_from=lambda: self._lease.interrupting_from,
            identities=identities,
        )
        unattended = Unattended(
            manifests=self._manifests,
            records=lambda namespace: KubeRecords(client, objects, self._writer, namespace=namespace),
            events=self._poster.of,
            lease=self._lease,
            clock=clock,
            shown=partial(show_strays, metrics, objects),
        )
        self._fleet = Fleet(around, unattended.attend)
        self._router = Router(
            self._manifests,
            objects,
            self._writer,
            may_write=self._lease.held,
            now=clock.now,
        )
        self._watch = Watch(
            settings.credentials,
            settings.namespaces,
            self._router.told,
            restarted=metrics.watch_restarted,
            lag=self._lags["watch"],
        )
        self._signs = VitalSigns(client, self._lease, self._watch, access, metrics)

    async def run(self) -> Ending:
        """Read, stand by until the Lease is held, work; end in the opposite order, the Lease last."""
        settings = self._settings
        async with (
            served(
                self._signs,
                self._metrics,
                self._lags,
                metrics_at=settings.metrics_at,
                probes_at=settings.probes_at,
            ),
            self._beside(lambda end: first_of(end.wait(), self._lags["operator"].run())),
            self._beside(self._signs.run),
        ):
            await self._read_first()
            self._watch.start()
            try:
                async with (
                    self._beside(self._lease.run),
                    self._beside(self._poster.run),
                    self._beside(self._flush),
                    self._beside(self._router.run),
                ):
                    await first_of(self._lease.acquired.wait(), self._stop.wait(), self._broken.wait())
                    if self._lease.held():
                        await self._work()
                    return self._ending()
            finally:
                await asyncio.to_thread(self._watch.stop)

    def _changed(self, reference: Reference, organization: str) -> None:
        self._fleet.changed(reference.namespace, organization, reference.key)

    async def _read_first(self) -> None:
        while not self._stop.is_set():
            try:
                await self._manifests.read(None)
            except PortError as error:
                log.warning("resources cannot be read yet: %s", error)
                await first_of(self._stop.wait(), timeout=PAUSE)
            else:
                self._signs.listed = True
                return

    async def _work(self) -> None:
        """Look after the organisations until there is a reason to end; without the Lease, end at once."""
        end = asyncio.Event()
        fleet = asyncio.create_task(self._fleet.run(end), name="fleet")
        await first_of(self._stop.wait(), self._lease.lost.wait(), self._broken.wait(), asyncio.shield(fleet))
        self._signs.stopping = True
        end.set()
        if self._lease.lost.is_set():
            fleet.cancel()
        await asyncio.wait([fleet])
        if self._lease.held():
            await self._writer.drain()

    def _ending(self) -> Ending:
        broken = self._broken.is_set() or self._lease.lost.is_set()
        return Ending.BROKEN if broken else Ending.STOPPED

    async def _flush(self, stop: asyncio.Event) -> None:
        """Write statuses whose pace allows it, and see that the watch still runs."""
        while not stop.is_set():
            if self._lease.held():
                await self._writer.flush()
            if not self._watch.alive:
                raise RuntimeError("the watch ended, and nothing would tell of changes any more")
            await first_of(stop.wait(), timeout=FLUSH)

    @asynccontextmanager
    async def _beside(self, run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run something beside the block, and let it end with it; if it breaks, everything ends."""
        end = asyncio.Event()
        task = asyncio.create_task(run(end))
        task.add_done_callback(self._noticed)
        try:
            yield
        finally:
            end.set()
            _, late = await asyncio.wait([task], timeout=LATE)
            for one in late:
                one.cancel()

    def _noticed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a part of the operator broke: %s", error, exc_info=error)
            self._broken.set()
