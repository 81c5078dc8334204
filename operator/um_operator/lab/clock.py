"""One clock for the estate and for whoever works on it: a formula over the machine's monotonic clock.

``now = epoch + (monotonic - origin) * rate``. Two processes on one machine that share origin, epoch and rate
read the same time, so a lab hands its clock to a second process as a setting. Tests use a frozen clock
(rate 0), which moves only by :meth:`Clock.advance`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When a lab begins unless it is told otherwise: a Monday morning."""


class Clock:
    """The lab's time.

    Args:
        epoch: the time at the origin, with a time zone.
        origin: reading of the monotonic clock at the epoch, in seconds; now when absent.
        rate: lab seconds a real second; 0 freezes the clock.
        monotonic: the clock underneath, in seconds.
    """

    def __init__(
        self,
        epoch: datetime = EPOCH,
        *,
        origin: float | None = None,
        rate: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if epoch.tzinfo is None:
            raise ValueError("the epoch of a clock needs a time zone")
        if rate < 0:
            raise ValueError(f'a clock cannot run backwards: rate "{rate}"')
        self._epoch = epoch.astimezone(UTC)
        self._monotonic = monotonic
        self._origin = monotonic() if origin is None else origin
        self.rate = rate
        self._sleepers: set[asyncio.Future[None]] = set()

    @classmethod
    def frozen(cls, at: datetime = EPOCH) -> Clock:
        """A clock that stands still until it is advanced."""
        return cls(at, rate=0.0)

    def now(self) -> datetime:
        """The lab's time, in UTC."""
        return self._epoch + timedelta(seconds=(self._monotonic() - self._origin) * self.rate)

    def advance(self, by: timedelta) -> None:
        """Jump forward and wake every sleeper.

        The jump is seen in this process only: hand a clock to another process after the last jump.
        """
        if by < timedelta(0):
            raise ValueError(f'a clock cannot jump back: "{by}"')
        self._epoch += by
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def sleep(self, duration: timedelta) -> None:
        """Sleep for lab time."""
        await self.sleep_until(self.now() + duration)

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep until the lab's time reaches the instant; on a frozen clock until it is advanced that far."""
        while (left := (instant - self.now()).total_seconds()) > 0:
            moved = asyncio.get_running_loop().create_future()
            self._sleepers.add(moved)
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left / self.rate if self.rate else None):
                        await moved
            finally:
                self._sleepers.discard(moved)

    def to_setting(self) -> str:
        """The clock as one word, ``ORIGIN@EPOCH*RATE``, for another process on this machine."""
        return f"{self._origin!r}@{self._epoch.isoformat()}*{self.rate!r}"

    @classmethod
    def from_setting(cls, setting: str) -> Clock:
        """The clock that another process wrote with :meth:`to_setting`.

        Raises:
            ValueError: the setting is not of that form.
        """
        try:
            origin, rest = setting.split("@", 1)
            epoch, rate = rest.rsplit("*", 1)
            return cls(datetime.fromisoformat(epoch), origin=float(origin), rate=float(rate))
        except ValueError as error:
            raise ValueError(f'the clock setting "{setting}" is not ORIGIN@EPOCH*RATE: {error}') from error
