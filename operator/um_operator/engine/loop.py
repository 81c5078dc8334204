"""The reconcile loop of one organisation: marks coalesce, passes follow one another, nobody is polled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine import scopes
from um_operator.engine.one_pass import Passes, Report
from um_operator.engine.ports import Clock
from um_operator.planning.scope import Scope

JITTER: Final = 0.1
"""A full pass comes each ``interval`` ± this share, so that organisations do not march in step."""


BREATH: Final = timedelta(seconds=1)
"""At least this long between a pass that did nothing and one that nobody asked for."""


class Loop:
    """Keeps one organisation as declared, until it is stopped.

    Args:
        one_pass: the pass of the organisation.
        desired: reads what is declared now.
        clock: the source of instants.
        chance: returns a number in [0, 1), for the jitter.
        published: is called with the report of each pass.
    """

    def __init__(
        self,
        one_pass: Passes,
        desired: Callable[[], Awaitable[DesiredOrganization]],
        clock: Clock,
        chance: Callable[[], float],
        published: Callable[[Report], None],
    ) -> None:
        self._pass = one_pass
        self._desired = desired
        self._clock = clock
        self._chance = chance
        self._published = published
        self._marked: set[ObjectKey] = set()
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def mark(self, key: ObjectKey) -> None:
        """Say that a resource may have changed. Callable from any thread; bursts become one pass."""
        self._loop.call_soon_threadsafe(self._mark, key)

    def _mark(self, key: ObjectKey) -> None:
        self._marked.add(key)
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Pass after pass until ``stop`` is set; the pass under way is finished."""
        memory = await self._pass.recall()
        last: Report | None = None
        full_at = self._clock.now()
        while not stop.is_set():
            desired = await self._desired()
            now = self._clock.now()
            if now >= full_at:
                scope = scopes.everything(last.plan if last else None)
                full_at = now + self._interval(desired)
            else:
                scope = self._next_scope(last)
            last = await self._pass.run(desired, scope, memory)
            memory = last.memory
            self._published(last)
            await self._wait(stop, last, full_at)

    def _next_scope(self, last: Report | None) -> Scope:
        marked, self._marked = self._marked, set()
        if last is None:
            return scopes.everything(None)
        scope = scopes.of_objects(marked, last.plan)
        if scope.fields is None:
            return scope
        return scopes.of_effects(scope.fields | last.touched, last.plan)

    def _interval(self, desired: DesiredOrganization) -> timedelta:
        return desired.interval * (1 - JITTER + 2 * JITTER * self._chance())

    async def _wait(self, stop: asyncio.Event, last: Report, full_at: datetime) -> None:
        """Return when the next pass is due: at once after effects, else at a mark or an instant."""
        if last.ran or self._marked or stop.is_set():
            return
        self._woken.clear()
        until = min(full_at, last.wake_at) if last.wake_at else full_at
        until = max(until, self._clock.now() + BREATH)
        waiters = [
            asyncio.ensure_future(coroutine)
            for coroutine in (self._clock.sleep_until(until), self._woken.wait(), stop.wait())
        ]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
