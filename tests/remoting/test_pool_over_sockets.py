"""The pool over real sockets: many callers, trouble in between, no shell left at the end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from remoting_lab import Backend, Farm, Way, farm
from remoting_support import ManualClock, eventually
from um_operator.lab.wsman.interference import Disturbance
from um_operator.lab.wsman.service import Quotas
from um_operator.remoting.errors import RemotingError, SessionLost, Throttled
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.server_sessions import Limits
from um_operator.remoting.session import Command

READ = Command("Get-UMService")
WRITE = Command("Set-UMService")


@pytest.fixture
async def pool(lab: Farm) -> AsyncIterator[SessionPool]:
    limits = Limits(per_endpoint=4, total=4, closing=10)
    async with SessionPool([lab.endpoint], open_session=lab.backend, limits=limits) as pool:
        yield pool
    assert lab.shells == 0
    assert lab.server.counters.commands_abandoned == 0


def patient(lab: Farm) -> SessionPool:
    """A pool whose pauses between attempts cost no time."""
    clock = ManualClock()
    return SessionPool([lab.endpoint], open_session=lab.backend, clock=clock, sleep=clock.sleep)


async def test_many_callers_share_few_sessions_and_each_gets_its_own_answer(
    lab: Farm, pool: SessionPool
) -> None:
    async def ask(number: int) -> None:
        command = Command("Get-Argument", {"Value": f"caller {number}"})
        assert (await pool.invoke(command, deadline=30, write=False)).rows == (f"caller {number}",)

    await asyncio.gather(*map(ask, range(32)))
    assert lab.server.counters.wsman["Create"] <= 4
    assert lab.commands == 0


@pytest.mark.parametrize(
    "disturbance",
    [
        Disturbance.RESET_BEFORE,
        Disturbance.RESET_AFTER,
        Disturbance.UNAVAILABLE,
        Disturbance.QUOTA,
        Disturbance.MALFORMED,
        Disturbance.TRUNCATED,
    ],
)
async def test_a_read_comes_through_trouble(lab: Farm, disturbance: Disturbance) -> None:
    async with patient(lab) as pool:
        for verb in ("Create", "Receive", "Command"):
            lab.trouble.at(verb, disturbance)
            assert len((await pool.invoke(READ, deadline=30, write=False)).rows) == 1
            assert lab.trouble.script == []
    assert lab.shells == 0


async def test_a_write_takes_effect_once_or_says_that_it_may_have(lab: Farm) -> None:
    unclear = 0
    script = itertools.product(("Command", "Receive"), Disturbance)
    async with patient(lab) as pool:
        for verb, disturbance in script:
            if disturbance is Disturbance.HANG:
                continue
            before = lab.host.effects
            lab.trouble.at(verb, disturbance)
            try:
                await pool.invoke(WRITE, deadline=30, write=True)
            except RemotingError as error:
                assert error.sent, error  # noqa: PT017 - most trouble is over before it reaches us
                unclear += 1
                await eventually(lambda before=before: lab.host.effects - before <= 1)  # type: ignore[misc]
            else:
                assert lab.host.effects - before == 1
    assert unclear > 0


async def test_a_lost_shell_is_replaced_even_for_a_write(lab: Farm, pool: SessionPool) -> None:
    await pool.invoke(READ, deadline=10, write=False)
    lab.server.service.close()
    await pool.invoke(WRITE, deadline=10, write=True)
    assert lab.host.effects == 1


async def test_a_cancelled_caller_leaves_no_command_behind(lab: Farm) -> None:
    limits = Limits(per_endpoint=1, total=1)
    async with SessionPool([lab.endpoint], open_session=lab.backend, limits=limits) as pool:
        call = asyncio.create_task(pool.invoke(Command("Wait-Release"), deadline=10, write=True))
        await eventually(lambda: lab.commands == 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        lab.host.release.set()
        await pool.invoke(READ, deadline=10, write=False)
        assert lab.commands == 0
    assert lab.server.counters.wsman["Create"] == 1
    assert lab.shells == 0


async def test_the_event_loop_stays_free_while_sessions_work(pool: SessionPool) -> None:
    loop = asyncio.get_running_loop()
    lags: list[float] = []

    async def measure() -> None:
        while True:
            began = loop.time()
            await asyncio.sleep(0.005)
            lags.append(loop.time() - began - 0.005)

    meter = asyncio.create_task(measure())
    await asyncio.gather(*(pool.invoke(READ, deadline=30, write=False) for _ in range(40)))
    meter.cancel()
    assert sorted(lags)[len(lags) // 2] < 0.1


@pytest.mark.parametrize("way", [Way.NTLM_HTTP], ids=["ntlm_http"])
async def test_a_quota_of_shells_is_an_error_that_passes(backend: Backend, way: Way) -> None:
    async with farm(backend, way, quotas=Quotas(shells_per_user=1)) as lab:
        others = await lab.open()
        async with SessionPool([lab.endpoint], open_session=backend, limits=Limits(attempts=1)) as pool:
            with pytest.raises(Throttled) as caught:
                await pool.invoke(WRITE, deadline=10, write=True)
            assert not caught.value.sent
        await others.close()
        async with SessionPool([lab.endpoint], open_session=backend) as pool:
            await pool.invoke(WRITE, deadline=10, write=True)


@pytest.mark.parametrize("way", [Way.NTLM_HTTP], ids=["ntlm_http"])
async def test_the_second_server_takes_over_while_the_first_is_down(backend: Backend, way: Way) -> None:
    async with farm(backend, way) as first, farm(backend, way) as second:
        async with SessionPool([first.endpoint, second.endpoint], open_session=backend) as pool:
            await pool.invoke(READ, deadline=10, write=False)
            await first.server.stop()
            await pool.invoke(WRITE, deadline=10, write=True)
            assert (first.host.effects, second.host.effects) == (0, 1)
        assert second.shells == 0


@pytest.mark.parametrize("way", [Way.NTLM_HTTP], ids=["ntlm_http"])
async def test_closing_amid_work_leaves_no_shell(backend: Backend, way: Way) -> None:
    async with farm(backend, way) as lab:
        pool = SessionPool([lab.endpoint], open_session=backend, limits=Limits(per_endpoint=2, total=2))
        calls = [asyncio.create_task(pool.invoke(READ, deadline=10, write=False)) for _ in range(30)]
        await eventually(lambda: lab.shells == 2)
        await pool.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(outcome).__name__ for outcome in outcomes} <= {"Result", "SessionLost"}
        assert any(isinstance(outcome, SessionLost) for outcome in outcomes)
        assert lab.shells == 0
