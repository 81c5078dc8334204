"""The right to write: one Lease for the release. One replica works, the others stand by, warm.

The protocol is that of client-go's leader election: a record that its holder renews, and that another one
may take when it was not renewed for its duration by the *other's* own clock, so that clocks need not agree.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from um_operator.api.strings import parse_instant
from um_operator.engine.waiting import first_of
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, KubeError, NotFoundError
from um_operator.kube.instants import micro_time
from um_operator.kube.resources import LEASES, RawObject, ResourceType
from um_operator.planning.steps import LONGEST_DEADLINE

Write: TypeAlias = Callable[[ResourceType, str | None, RawObject], Awaitable[RawObject]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How the Lease is kept; the defaults are those of client-go and Kubernetes' own controllers.

    Attributes:
        duration: how long a successor waits after the last renewal that it saw.
        renew_deadline: how old the last renewal may be before the holder stops writing; below ``duration``.
        retry: time between two renewals, or two tries to take it.
        longest_step: the longest deadline of any step: what a predecessor sent last has ended by then.
    """

    duration: timedelta = timedelta(seconds=15)
    renew_deadline: timedelta = timedelta(seconds=10)
    retry: timedelta = timedelta(seconds=2)
    longest_step: timedelta = LONGEST_DEADLINE


@dataclass(slots=True)
class _Seen:
    """The record as another holder wrote it last.

    Attributes:
        wall: since when it was seen unchanged, by the machine's clock.
        until: when it expires unless it changes, by the monotonic one.
    """

    record: tuple[object, ...]
    wall: datetime
    until: float


@dataclass
class LeaseElector:
    """Takes, renews and releases the Lease.

    Attributes:
        acquired: set from the moment it is held.
        lost: set when it was held and is no more: the process ends then, and another one begins anew.
        interrupting_from: before that instant (by the machine's clock) no interrupting step may begin,
            because a predecessor's last call may still be under way; ``None``: at any time.
        renewed: the last renewal that was seen, whoever made it; ``None``: the Lease was not read yet.
        transitions: how often it changed hands.
    """

    client: KubeClient
    namespace: str
    name: str
    identity: str
    times: LeaseTimes = LeaseTimes()
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        """Begin as somebody who does not hold it."""
        self.acquired = asyncio.Event()
        self.lost = asyncio.Event()
        self.interrupting_from: datetime | None = None
        self.transitions = 0
        self.renewed: datetime | None = None
        self._renewed: tuple[float, datetime] | None = None
        self._seen: _Seen | None = None

    def held(self) -> bool:
        """Whether this process may write now: the greater age of both clocks counts.

        A process that was stopped, or a machine that slept, is found by one of them.
        """
        return self._renewed is not None and self._age(*self._renewed) < self.times.renew_deadline

    async def run(self, stop: asyncio.Event) -> None:
        """Take the Lease, keep it until ``stop`` or until it is lost, and release it in the end."""
        try:
            while not stop.is_set() and not self.lost.is_set():
                await self._try_once()
                await first_of(stop.wait(), timeout=self._pause())
        finally:
            if self.held():
                await self._release()

    def _pause(self) -> float:
        """Return the seconds until the next try: not longer than until another's record expires."""
        retry = self.times.retry.total_seconds()
        left = self._seen.until - self.monotonic() if self._seen and not self.acquired.is_set() else 0.0
        return min(retry, left) if left > 0 else retry

    async def _try_once(self) -> None:
        began = (self.monotonic(), self.wall())
        try:
            async with asyncio.timeout(self.times.renew_deadline.total_seconds() / 2):
                if await self._take():
                    self._renewed = began
                    self.acquired.set()
        except (KubeError, TimeoutError) as error:
            log.warning('lease "%s/%s" is not renewed: %s', self.namespace, self.name, error or "no answer")
        if self.acquired.is_set() and not self.held():
            log.error('lease "%s/%s" is lost: nothing is written any more', self.namespace, self.name)
            self.lost.set()

    async def _take(self) -> bool:
        """Write the record if it is ours, free or expired; return whether it is ours now."""
        try:
            lease = await self.client.get(LEASES, self.namespace, self.name)
        except NotFoundError:
            return await self._written(self.client.create, _lease(self.namespace, self.name), None)
        holder = lease["spec"].get("holderIdentity") or ""
        self._note(lease)
        if holder == self.identity:
            return await self._written(self.client.replace, lease, holder)
        if self.acquired.is_set():
            self._renewed = None
            return False
        if holder and not self._expired(lease):
            return False
        return await self._written(self.client.replace, lease, holder)

    def _note(self, lease: RawObject) -> None:
        renewed = lease["spec"].get("renewTime")
        self.renewed = parse_instant(renewed) if renewed else None
        self.transitions = int(lease["spec"].get("leaseTransitions") or 0)

    def _expired(self, lease: RawObject) -> bool:
        """Whether another's record stood unchanged for its whole duration while we looked on."""
        spec = lease["spec"]
        record = (spec.get("holderIdentity"), spec.get("renewTime"), lease["metadata"]["resourceVersion"])
        if self._seen is None or self._seen.record != record:
            duration = spec.get("leaseDurationSeconds") or self.times.duration.total_seconds()
            self._seen = _Seen(record, self.wall(), self.monotonic() + duration)
        return self.monotonic() >= self._seen.until

    async def _written(self, write: Write, lease: RawObject, holder: str | None) -> bool:
        mine = holder == self.identity
        spec = dict(lease.get("spec") or {})
        transitions = int(spec.get("leaseTransitions") or 0) + (holder not in {None, self.identity})
        now = micro_time(self.wall())
        spec |= {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": int(self.times.duration.total_seconds()),
            "renewTime": now,
            "leaseTransitions": transitions,
        }
        if not mine:
            spec["acquireTime"] = now
        try:
            await write(LEASES, self.namespace, {**lease, "spec": spec})
        except ConflictError:
            return False
        self.renewed, self.transitions = self.wall(), transitions
        if not mine:
            self._begin(holder)
        return True

    def _begin(self, holder: str | None) -> None:
        """Remember from when on interrupting steps may begin: at once after a Lease that was released."""
        if holder and self._seen is not None:
            self.interrupting_from = self._seen.wall + self.times.duration + self.times.longest_step
        log.info('lease "%s/%s" is held by "%s"', self.namespace, self.name, self.identity)

    async def _release(self) -> None:
        """Let the successor begin at once. Never raises: without it the successor waits."""
        self._renewed = None
        try:
            lease = await self.client.get(LEASES, self.namespace, self.name)
            if lease["spec"].get("holderIdentity") == self.identity:
                spec = {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}
                await self.client.replace(LEASES, self.namespace, {**lease, "spec": spec})
        except KubeError as error:
            log.warning('lease "%s/%s" is not released: %s', self.namespace, self.name, error)

    def _age(self, at: float, wall: datetime) -> timedelta:
        return max(timedelta(seconds=self.monotonic() - at), self.wall() - wall)


def _lease(namespace: str, name: str) -> RawObject:
    return {
        "apiVersion": LEASES.api_version,
        "kind": LEASES.kind,
        "metadata": {"namespace": namespace, "name": name},
    }
