"""How far an event loop lags: something that blocks it delays everything else that it has to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

PERIOD: Final = 0.25
"""Seconds between two looks."""


class LoopLag:
    """Wakes each ``period`` in the loop that it watches, and measures how late it was woken.

    Args:
        observed: is told each measured lag in seconds.
        clock: monotonic seconds, the same for every thread that asks.
        sleep: how it waits.
    """

    def __init__(
        self,
        observed: Callable[[float], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        period: float = PERIOD,
    ) -> None:
        self._observed = observed
        self._clock = clock
        self._sleep = sleep
        self._period = period
        self._due: float | None = None

    async def run(self) -> None:
        """Measure until it is cancelled."""
        while True:
            self._due = self._clock() + self._period
            await self._sleep(self._period)
            self._observed(self.lag())

    def lag(self) -> float:
        """Return the seconds by which the loop is late now; callable from any thread.

        It grows while the loop is blocked, and also once ``run`` has ended with its loop; before ``run`` has
        begun there is nothing to be late.
        """
        return 0.0 if self._due is None else max(0.0, self._clock() - self._due)
