"""Which front ends of a pool run together: quorum, cold start, and what a change costs (lab L12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any

from um_operator.lab.clock import Clock
from um_operator.lab.hosts.times import Span
from um_operator.lab.journal import Journal
from um_operator.lab.lync import quorum
from um_operator.lab.lync.spec import Release

REBUILDING = Span(600, 1800)
"""How long replicas take to be whole again after a front end came or went: the pool says Busy (lab L12)."""


class Membership:
    """The front ends of one pool as the fabric sees them.

    Attributes:
        members: in the order in which they first appeared.
        running: those whose Front-End service runs.
        rebuilding: how long the pool is busy after a change, in the lab's seconds.

    Args:
        stop: ends the services of a front end that is left without quorum.
    """

    def __init__(
        self,
        pool: str,
        members: tuple[str, ...],
        release: Release,
        *,
        clock: Clock,
        journal: Journal,
        random: Random,
        stop: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        self.members = members
        self.running: set[str] = set()
        self.rebuilding = REBUILDING
        self._pool = pool
        self._release = release
        self._clock = clock
        self._journal = journal
        self._random = random
        self._stop = stop
        self._waiting: set[str] = set()
        self._formed = asyncio.Event()
        self._whole_at: dict[str, datetime] = {}
        self._busy_until = clock.now()
        self._stopping: set[asyncio.Task[None]] = set()
        self._over = False

    @property
    def margin(self) -> int:
        """How many more may fail before the pool stops."""
        return quorum.margin(self.members, self.running, self._release)

    @property
    def is_busy(self) -> bool:
        """Whether replicas are being made whole again."""
        return self._clock.now() < self._busy_until

    @property
    def having(self) -> frozenset[str]:
        """Front ends that run with whole replicas."""
        now = self._clock.now()
        return frozenset(one for one in self.running if self._whole_at[one] <= now)

    async def join(self, fqdn: str, started: datetime) -> None:
        """Become a member that runs: at once in a pool with quorum, else when enough come up together."""
        self._waiting.add(fqdn)
        if len(self._waiting | self.running) >= quorum.to_start(len(self.members)):
            self._formed.set()
        try:
            await self._formed.wait()
        finally:
            self._waiting.discard(fqdn)
        self.running.add(fqdn)
        now = self._clock.now()
        since_long = now - started > timedelta(days=1)
        self._whole_at[fqdn] = now if since_long else self._busy()

    def leave(self, fqdn: str) -> None:
        """Be gone; a pool that has lost its quorum by it stops altogether."""
        if fqdn not in self.running:
            return
        self.running.discard(fqdn)
        self._busy()
        if self.margin >= 0 or not self._formed.is_set() or self._over:
            return
        self._formed.clear()
        self._journal.note("QuorumLost", server=self._pool, running=len(self.running))
        for other in sorted(self.running):
            task = asyncio.create_task(self._stop(other))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    async def end(self) -> None:
        """Be told that the estate ends: what goes now is no loss."""
        self._over = True
        await asyncio.gather(*self._stopping)

    def _busy(self) -> datetime:
        until = self._clock.now() + self.rebuilding.draw(self._random)
        self._busy_until = max(self._busy_until, until)
        return until
