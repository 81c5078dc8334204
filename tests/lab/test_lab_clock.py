import asyncio
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from um_operator.lab.clock import EPOCH, Clock


def ticking() -> tuple[list[float], Clock]:
    monotonic = [100.0]
    return monotonic, Clock(rate=60.0, monotonic=lambda: monotonic[0])


def test_time_begins_at_the_epoch_and_runs_at_its_rate() -> None:
    monotonic, clock = ticking()
    assert clock.now() == EPOCH
    monotonic[0] += 2
    assert clock.now() == EPOCH + timedelta(minutes=2)


def test_advance_jumps_forward_and_never_back() -> None:
    _, clock = ticking()
    clock.advance(timedelta(hours=1))
    assert clock.now() == EPOCH + timedelta(hours=1)
    with pytest.raises(ValueError, match="jump back"):
        clock.advance(timedelta(seconds=-1))


def test_a_frozen_clock_stands_still() -> None:
    clock = Clock.frozen()
    assert clock.now() == clock.now() == EPOCH


def test_the_same_setting_is_the_same_time() -> None:
    monotonic, clock = ticking()
    clock.advance(timedelta(minutes=7))
    monotonic[0] += 1
    other = Clock.from_setting(clock.to_setting())
    assert other.to_setting() == clock.to_setting()


def test_another_process_reads_the_same_time_from_the_setting() -> None:
    clock = Clock(rate=60.0)
    program = (
        "import sys; from um_operator.lab.clock import Clock; print(Clock.from_setting(sys.argv[1]).now())"
    )
    before = clock.now()
    printed = subprocess.run(
        [sys.executable, "-c", program, clock.to_setting()], capture_output=True, text=True, check=True
    ).stdout
    assert before <= datetime.fromisoformat(printed.strip()) <= clock.now()


@pytest.mark.parametrize("setting", ["", "1@2", "x@2026-01-01T00:00:00+00:00*1", "1@2026-01-01T00:00:00*1"])
def test_a_setting_of_another_form_is_refused_with_what_it_should_be(setting: str) -> None:
    with pytest.raises(ValueError, match=r"ORIGIN@EPOCH\*RATE"):
        Clock.from_setting(setting)


@pytest.mark.parametrize(("epoch", "rate"), [(EPOCH.replace(tzinfo=None), 1.0), (EPOCH, -1.0)])
def test_a_clock_without_time_zone_or_running_backwards_is_refused(epoch: datetime, rate: float) -> None:
    with pytest.raises(ValueError, match="clock"):
        Clock(epoch, rate=rate)


async def test_sleepers_of_a_frozen_clock_wake_when_it_is_advanced_far_enough() -> None:
    clock = Clock.frozen()
    sleeper = asyncio.create_task(clock.sleep(timedelta(minutes=10)))
    await asyncio.sleep(0)
    clock.advance(timedelta(minutes=9))
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(timedelta(minutes=1))
    await asyncio.wait_for(sleeper, 1)


async def test_a_fast_clock_sleeps_less_of_real_time() -> None:
    clock = Clock(rate=3600.0)
    await asyncio.wait_for(clock.sleep(timedelta(minutes=10)), 2)


async def test_a_sleeper_that_is_woken_and_ended_at_once_ends() -> None:
    clock = Clock(rate=1.0)
    sleeper = asyncio.create_task(clock.sleep(timedelta(minutes=10)))
    await asyncio.sleep(0)
    clock.advance(timedelta(minutes=1))
    sleeper.cancel()
    await asyncio.wait([sleeper], timeout=1)
    assert sleeper.cancelled()
