"""Where instants come from: the machine, or a lab that lends its faster clock to this process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

CLOCK_SETTING: Final = "UM_OPERATOR_CLOCK"
"""The environment variable in which a lab hands its clock to this process (``umctl lab`` prints it)."""

_LONGEST_NAP: Final = 1.0
"""A sleeper looks at the clock at least this often (seconds), so that a corrected clock is noticed."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    async def sleep_until(self, instant: datetime) -> None:
        """Return at ``instant`` or soon after."""
        await _sleep_until(instant, self.now, rate=1.0)


@dataclass(frozen=True, slots=True)
class LentClock:
    """A lab's clock: ``epoch`` + (monotonic - ``origin``) * ``rate``, the same in both processes."""

    origin: float
    epoch: datetime
    rate: float

    def now(self) -> datetime:
        """Return the lab's present instant."""
        return self.epoch + timedelta(seconds=(time.monotonic() - self.origin) * self.rate)

    async def sleep_until(self, instant: datetime) -> None:
        """Return at ``instant`` or soon after."""
        await _sleep_until(instant, self.now, self.rate)


class ClockRefusedError(ValueError):
    """A lent clock was set for a real estate, or is not one."""


def lent_clock(setting: str, addresses: Iterable[str]) -> LentClock:
    """Read a lab's clock from ``ORIGIN@EPOCH*RATE``.

    Args:
        setting: the value of ``UM_OPERATOR_CLOCK``.
        addresses: where every endpoint of the run really is, after ``--connect-to``.

    Raises:
        ClockRefusedError: an address is not loopback (a real estate is never worked on with another clock
            than the machine's), or the setting is not of that form.
    """
    for address in addresses:
        if not _is_loopback(address):
            raise ClockRefusedError(
                f'{CLOCK_SETTING} is set, but "{address}" is not a loopback address: '
                "a lab's clock is only for a lab; unset it"
            )
    try:
        origin, rest = setting.split("@", 1)
        epoch, rate = rest.rsplit("*", 1)
        clock = LentClock(float(origin), datetime.fromisoformat(epoch), float(rate))
    except ValueError as error:
        raise ClockRefusedError(f'{CLOCK_SETTING} "{setting}" is not ORIGIN@EPOCH*RATE') from error
    if clock.rate <= 0 or clock.epoch.tzinfo is None:
        raise ClockRefusedError(f'{CLOCK_SETTING} "{setting}" needs a rate above 0 and a time zone')
    return clock


def chosen_clock(addresses: Iterable[str]) -> SystemClock | LentClock:
    """Return the machine's clock, or the one that a lab lends through the environment.

    Raises:
        ClockRefusedError: as ``lent_clock``.
    """
    setting = os.environ.get(CLOCK_SETTING)
    return lent_clock(setting, addresses) if setting else SystemClock()


async def _sleep_until(instant: datetime, now: Callable[[], datetime], rate: float) -> None:
    while (left := (instant - now()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock can only be looked at
        await asyncio.sleep(min(left / rate, _LONGEST_NAP))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
