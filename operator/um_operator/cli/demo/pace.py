"""The estate's clock for the operator of the demo: while that has nothing to do but wait, time jumps."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from um_operator.lab.clock import Clock

TASKS: Final = 2
"""Tasks of an operator that sleep when it waits: one for all organisations, and one for the only one."""
JUMP: Final = timedelta(seconds=40)
"""How far at a time: so far that an operator that looks again every few seconds looks less often."""
FURTHER: Final = timedelta(minutes=1)
"""The same where the story is a long one."""
FAR: Final = timedelta(minutes=2)
"""The same where the calls of a gateway have to end, or replicas of a pool to be whole: half an hour each."""
BREATH: Final = 0.02
"""Real seconds before a jump, in which calls and services have their turn."""
LEISURE: Final = 1.0
"""The same where somebody works by hand, and the machine should not be busy for nothing."""


class Pace:
    """A clock for one operator process that looks after one organisation.

    Attributes:
        breath: real seconds before each jump.
        jump: how far each goes.
    """

    def __init__(self, clock: Clock) -> None:
        self.breath = BREATH
        self.jump = JUMP
        self._clock = clock
        self._waiting: list[datetime] = []

    def now(self) -> datetime:
        """Return the estate's present instant."""
        return self._clock.now()

    async def sleep_until(self, instant: datetime) -> None:
        """Return at ``instant`` or soon after; while everyone sleeps, time jumps to who wakes first."""
        self._waiting.append(instant)
        try:
            while instant > self.now():
                await asyncio.sleep(self.breath)
                if len(self._waiting) >= TASKS and instant == min(self._waiting):
                    self._clock.advance(self.jump)
        finally:
            self._waiting.remove(instant)
