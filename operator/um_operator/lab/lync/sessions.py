"""What goes on at a front end: a graceful stop waits for the end of it, however long that is (lab L12)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from um_operator.lab.clock import Clock


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A call or a conference.

    Attributes:
        until: when it ends; None for one that ends when somebody hangs up.
        dropped: set when its front end went down under it.
    """

    until: datetime | None = None
    dropped: asyncio.Event = field(default_factory=asyncio.Event)


class Sessions:
    """The sessions of one front end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: set[Session] = set()
        self._changed = asyncio.Event()

    def begin(self, until: datetime | None = None) -> Session:
        """Begin one."""
        session = Session(until)
        self._open.add(session)
        return session

    def end(self, session: Session) -> None:
        """Hang up; nothing happens if it was over."""
        self._open.discard(session)
        self._changed.set()

    def drop(self) -> None:
        """End them all at once."""
        for session in self._open:
            session.dropped.set()
        self._open.clear()
        self._changed.set()

    def __len__(self) -> int:
        now = self._clock.now()
        self._open = {one for one in self._open if one.until is None or one.until > now}
        return len(self._open)

    async def over(self) -> None:
        """Wait until none is left."""
        while len(self):
            self._changed.clear()
            ends = min((one.until for one in self._open if one.until is not None), default=None)
            waits: list[Coroutine[Any, Any, object]] = [self._changed.wait()]
            if ends is not None:
                waits.append(self._clock.sleep_until(ends))
            await first_of(*waits)


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait for the first of several things."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
