"""What probes and metrics are told of the process: kinds served and watched, the Lease, loops, passes."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Final

from um_operator.api.meta import GROUP, VERSION, ObjectKey
from um_operator.api.status import Status
from um_operator.app.cluster import ClusterAccess
from um_operator.engine.waiting import first_of
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError
from um_operator.kube.lease import LeaseElector
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import OURS
from um_operator.kube.watch import Watch
from um_operator.observability.board import BuildInfo, LeaseSample
from um_operator.observability.loop_lag import LoopLag
from um_operator.observability.recorder import Metrics
from um_operator.web import samples
from um_operator.web.health import LeaseState, ReadinessFacts, Verdict, liveness, readiness
from um_operator.web.listener import BindAddress, listening
from um_operator.web.serving import metrics_app, probes_app

LOOK: Final = 2.0
"""Seconds between two looks at the Lease, and at which kinds are served while some are missing."""

log = logging.getLogger(__name__)


def new_metrics() -> Metrics:
    """Return the metrics of this process."""
    return Metrics(
        BuildInfo(version=version("um-operator"), python=platform.python_version(), kopf=version("kopf"))
    )


def show_strays(metrics: Metrics, objects: Objects, found: Mapping[str, Mapping[ObjectKey, Status]]) -> None:
    """Show the resources that no organisation looks after, by namespace."""
    metrics.show_stray(
        [
            samples.object_sample(key, status, namespace=namespace, organization=held.organization)
            for namespace, statuses in found.items()
            for key, status in statuses.items()
            if (held := objects.get(Reference(namespace, key))) is not None
        ]
    )


class VitalSigns:
    """Facts about the process, judged whenever somebody asks.

    Attributes:
        listed: whether everything was listed to the end once.
        stopping: whether the process was told to end.
    """

    def __init__(
        self, client: KubeClient, lease: LeaseElector, watch: Watch, access: ClusterAccess, metrics: Metrics
    ) -> None:
        self._client = client
        self._lease = lease
        self._watch = watch
        self._access = access
        self._metrics = metrics
        self._served: frozenset[str] = frozenset()
        self.listed = False
        self.stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Look at what can only be looked at, until ``stop``."""
        while not stop.is_set():
            await self._look()
            await first_of(stop.wait(), timeout=LOOK)

    def ready(self) -> Verdict:
        """Say whether the process works, or could take over at once."""
        return readiness(
            ReadinessFacts(
                kinds=frozenset(OURS),
                served=self._served,
                watched=self._watch.watched(),
                listed=frozenset(OURS) if self.listed else frozenset(),
                lease=self._lease_state(),
                passes=tuple(kept.fact() for kept in self._access.kept.values()),
                stopping=self.stopping,
            )
        )

    async def _look(self) -> None:
        lease = self._lease
        self._metrics.show_lease(
            LeaseSample(
                namespace=lease.namespace,
                name=lease.name,
                held=lease.held(),
                transitions=lease.transitions,
                renewed=lease.renewed.timestamp() if lease.renewed else None,
            )
        )
        if self._served < OURS.keys():
            try:
                self._served = await self._client.discover(GROUP, VERSION) & OURS.keys()
            except KubeError as error:
                log.warning("which kinds are served cannot be read: %s", error)

    def _lease_state(self) -> LeaseState:
        if self._lease.held():
            return "Held"
        return "Standby" if self._lease.renewed else "Unknown"


@asynccontextmanager
async def served(
    signs: VitalSigns,
    metrics: Metrics,
    lags: dict[str, LoopLag],
    *,
    metrics_at: BindAddress,
    probes_at: BindAddress,
) -> AsyncIterator[None]:
    """Serve metrics and probes while the block runs.

    Raises:
        BindAddressError: an address is taken, or not one of this machine.
    """

    def alive() -> Verdict:
        return liveness({name: timedelta(seconds=lag.lag()) for name, lag in lags.items()})

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(metrics_app(metrics), metrics_at))
        await stack.enter_async_context(listening(probes_app(signs.ready, alive), probes_at))
        yield
