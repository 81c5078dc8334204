"""How late an event loop is, also while nobody can be woken."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from remoting_support import ManualClock, eventually
from um_operator.observability.loop_lag import LoopLag


async def measured(late: list[float]) -> tuple[list[float], LoopLag, ManualClock]:
    """Run in a loop that wakes each time as late as given."""
    clock, found = ManualClock(), list[float]()

    async def sleep(seconds: float) -> None:
        if not late:
            raise asyncio.CancelledError
        await clock.sleep(seconds + late.pop(0))

    lag = LoopLag(found.append, clock=clock, sleep=sleep, period=0.25)
    with suppress(asyncio.CancelledError):
        await lag.run()
    return found, lag, clock


async def test_a_loop_that_turns_is_not_late() -> None:
    found, lag, _ = await measured([0.0, 0.0])
    assert found == [0.0, 0.0]
    assert lag.lag() == 0


async def test_each_delay_is_told() -> None:
    found, _, _ = await measured([0.0, 3.0, 0.5])
    assert found == [0.0, 3.0, 0.5]


async def test_a_delay_does_not_count_twice() -> None:
    found, _, _ = await measured([3.0, 0.0])
    assert found == [3.0, 0.0]


async def test_a_loop_that_has_not_begun_is_not_late() -> None:
    clock = ManualClock()
    lag = LoopLag(lambda _: None, clock=clock)
    clock.now += 3600
    assert lag.lag() == 0


async def test_a_loop_that_stands_still_grows_later_for_who_asks() -> None:
    _, lag, clock = await measured([])
    clock.now += 40.25
    assert lag.lag() == 40


async def test_a_real_loop_that_is_blocked_is_late() -> None:
    found: list[float] = []
    lag = LoopLag(found.append, period=0.001)
    task = asyncio.create_task(lag.run())
    await eventually(lambda: bool(found))
    blocked_until = time.monotonic() + 0.1
    while time.monotonic() < blocked_until:
        pass
    await eventually(lambda: max(found) > 0.05)
    task.cancel()
