"""Time jumps only while everyone in the operator of the demo sleeps."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from um_operator.cli.demo.pace import JUMP, Pace
from um_operator.lab.clock import EPOCH, Clock

SOON, LATER = EPOCH + timedelta(minutes=2), EPOCH + timedelta(minutes=9)


async def test_while_everyone_sleeps_time_jumps_to_who_wakes_first() -> None:
    pace = Pace(Clock.frozen())
    pace.breath = 0.0
    late = asyncio.create_task(pace.sleep_until(LATER))
    async with asyncio.timeout(5):
        await pace.sleep_until(SOON)
    assert SOON <= pace.now() < SOON + JUMP
    assert not late.done()
    late.cancel()


async def test_while_somebody_works_time_stands_still() -> None:
    pace = Pace(Clock.frozen())
    pace.breath = 0.0
    alone = asyncio.create_task(pace.sleep_until(SOON))
    for _ in range(50):
        await asyncio.sleep(0)
    assert pace.now() == EPOCH
    alone.cancel()


async def test_who_is_woken_by_something_else_is_counted_as_asleep_no_more() -> None:
    pace = Pace(Clock.frozen())
    pace.breath = 0.0
    woken = asyncio.create_task(pace.sleep_until(LATER))
    await asyncio.sleep(0)
    woken.cancel()
    await asyncio.gather(woken, return_exceptions=True)
    alone = asyncio.create_task(pace.sleep_until(SOON))
    for _ in range(50):
        await asyncio.sleep(0)
    assert pace.now() == EPOCH
    alone.cancel()
