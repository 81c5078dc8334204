"""Time that leaps while an operator in a cluster only waits, and stands still while people are looked at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from estate.rollouts import Leaping
from um_operator.cli.demo.pace import TASKS

BREATH = 0.02
"""Real seconds after which it is looked again whether time may leap."""


@dataclass
class Leaps:
    """A clock for one operator process that looks after one organisation.

    Attributes:
        time: how time passes when it does.
        leaps: whether it may; else hardly any passes.
    """

    time: Leaping
    leaps: bool = True
    _waiting: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the estate's present instant."""
        return self.time.now()

    async def sleep_until(self, instant: datetime) -> None:
        """Return at ``instant`` or soon after; while everyone sleeps, time leaps to who wakes first."""
        self._waiting.append(instant)
        try:
            while instant > self.now():
                await asyncio.sleep(BREATH)
                if self.leaps and len(self._waiting) >= TASKS and instant == min(self._waiting):
                    await self.time.leap(self.time.nap)
        finally:
            self._waiting.remove(instant)
