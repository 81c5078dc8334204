"""The reconcile loop of one organisation: marks coalesce, passes follow one another, nobody is polled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine import scopes
from um_operator.engine.one_pass import Memory, Passes, Report
from um_operator.engine.ports import Clock, PortError
from um_operator.engine.waiting import first_of
from um_operator.planning.scope import Scope

JITTER: Final = 0.1
"""A full pass comes each ``interval`` ± this share, so that organisations do not march in step."""
BREATH: Final = timedelta(seconds=1)
"""At least this long between a pass that did nothing and one that nobody asked for."""
SHORTEST_BACKOFF: Final = timedelta(seconds=1)
LONGEST_BACKOFF: Final = timedelta(seconds=30)
"""Between these a pass is tried again that was given up because manifests or records were not to be had."""

Desired: TypeAlias = Callable[[bool, Memory], Awaitable[DesiredOrganization | None]]
"""Returns what is declared now; given True it reads everything anew. ``None``: there is no organisation."""

log = logging.getLogger(__name__)


class Loop:
    """Keeps one organisation as declared, until it is stopped.

    Args:
        one_pass: the pass of the organisation.
        desired: what is declared.
        clock: the source of instants.
        chance: returns a number in [0, 1), for the jitter.
    """

    def __init__(
        self,
        one_pass: Passes,
        desired: Desired,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._pass = one_pass
        self._desired = desired
        self._clock = clock
        self._chance = chance
        self._marked: set[ObjectKey] = set()
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._full_at = clock.now()

    def mark(self, key: ObjectKey) -> None:
        """Say that a resource may have changed. Callable from any thread; bursts become one pass."""
        self._loop.call_soon_threadsafe(self._mark, key)

    def _mark(self, key: ObjectKey) -> None:
        self._marked.add(key)
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Pass after pass until ``stop`` is set or there is no organisation; a pass under way is finished.

        A pass that is given up is followed by one that recalls and reads everything, after a while.
        """
        last: Report | None = None
        memory: Memory | None = None
        backoff = SHORTEST_BACKOFF
        while not stop.is_set():
            try:
                memory = memory or await self._pass.recall()
                last = await self._once(stop, memory, last)
            except PortError as error:
                log.warning("a pass was given up and is tried again: %s", error)
                last, memory, self._full_at = None, None, self._clock.now()
                await self._sleep(stop, self._clock.now() + backoff)
                backoff = min(2 * backoff, LONGEST_BACKOFF)
                continue
            if last is None:
                return
            memory, backoff = last.memory, SHORTEST_BACKOFF
            await self._wait(stop, last)

    async def _once(self, stop: asyncio.Event, memory: Memory, last: Report | None) -> Report | None:
        """Do one pass; ``None`` if there is nothing to pass over any more."""
        marked, self._marked = self._marked, set()
        scope = self._scope(marked, last)
        desired = await self._desired(scope.everything, memory)
        if desired is not None and not scope.everything and scopes.is_asked(desired, memory.statuses):
            scope = scopes.everything(last.plan if last else None)
            desired = await self._desired(True, memory)
        if desired is None or stop.is_set():
            return None
        if scope.everything:
            self._full_at = self._clock.now() + self._interval(desired)
        return await self._pass.run(desired, scope, memory)

    def _scope(self, marked: set[ObjectKey], last: Report | None) -> Scope:
        now = self._clock.now()
        is_judged = last is not None and last.plan.judged_at is not None and now >= last.plan.judged_at
        if last is None or is_judged or now >= self._full_at:
            return scopes.everything(last.plan if last else None)
        scope = scopes.of_objects(marked, last.plan)
        if scope.fields is None:
            return scope
        return scopes.of_effects(last.steps, last.plan, also=scope.fields)

    def _interval(self, desired: DesiredOrganization) -> timedelta:
        return desired.interval * (1 - JITTER + 2 * JITTER * self._chance())

    async def _wait(self, stop: asyncio.Event, last: Report) -> None:
        """Return when the next pass is due: at once after effects, else at a mark or an instant."""
        if last.ran or self._marked or stop.is_set():
            return
        until = min(self._full_at, last.wake_at) if last.wake_at else self._full_at
        await self._sleep(stop, max(until, self._clock.now() + BREATH), until_marked=True)

    async def _sleep(self, stop: asyncio.Event, until: datetime, *, until_marked: bool = False) -> None:
        self._woken.clear()
        marked = [self._woken.wait()] if until_marked else []
        await first_of(self._clock.sleep_until(until), stop.wait(), *marked)
