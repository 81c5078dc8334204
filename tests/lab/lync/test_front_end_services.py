"""Services of front ends: what a stop takes along, what a start does not, and what a pool can lose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from gateways_support import eventually
from lynclab import FE01, POOL, SE
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import INSTANT, ServiceTimes
from um_operator.lab.lync import quorum
from um_operator.lab.lync.contoso import LYNC
from um_operator.lab.lync.deployment import Pool
from um_operator.lab.lync.endpoints import LyncEndpoints
from um_operator.lab.lync.services import FRONT_END, SERVICES
from um_operator.lab.lync.spec import LyncSpec, PoolSpec, Release
from um_operator.lab.powershell import CmdletError
from um_operator.lab.presets import smallest, with_lync
from um_operator.lab.variants import CsServiceControl, GracefulNoWait, Variants

FE02, FE03 = "lyncfe02.contoso.com", "lyncfe03.contoso.com"


@asynccontextmanager
async def running(spec: LyncSpec = LYNC, **choices: object) -> AsyncIterator[LyncEndpoints]:
    variants = replace(Variants(), **choices)  # type: ignore[arg-type]
    async with Lab.start(
        with_lync(smallest(), spec), variants=variants, clock=Clock.frozen(), times=INSTANT
    ) as lab:
        assert lab.lync is not None
        yield lab.lync


def statuses(lync: LyncEndpoints, computer: str) -> dict[str, Status]:
    front_end = lync.deployment.front_end(computer)
    assert front_end is not None
    return {name: service.status for name, service in front_end.host.services.items()}


def runs(lync: LyncEndpoints, computer: str, service: str = FRONT_END) -> bool:
    return statuses(lync, computer)[service] is Status.RUNNING


async def stop(lync: LyncEndpoints, computer: str, **how: bool) -> None:
    await lync.console(FE01).change("Stop-CsWindowsService", FRONT_END, ComputerName=computer, **how)


async def start(lync: LyncEndpoints, computer: str, *names: str, **how: bool) -> None:
    await lync.console(FE01).change("Start-CsWindowsService", *names, ComputerName=computer, **how)


def pool_of(lync: LyncEndpoints) -> Pool:
    return lync.deployment.pools[POOL]


async def test_a_stop_takes_dependents_along_and_a_start_does_not_bring_them_back() -> None:
    async with running() as lync:
        await stop(lync, FE02)
        stopped = {name for name, status in statuses(lync, FE02).items() if status is Status.STOPPED}
        assert stopped == {FRONT_END, *(name for name, kind in SERVICES.items() if FRONT_END in kind.needs)}
        await start(lync, FE02, FRONT_END)
        assert runs(lync, FE02)
        assert not runs(lync, FE02, "RTCRGS")
        await start(lync, FE02)
        assert set(statuses(lync, FE02).values()) == {Status.RUNNING}


async def test_a_service_is_not_stopped_that_another_one_needs_which_somebody_started_meanwhile() -> None:
    async with running() as lync:
        services = pool_of(lync).front_ends[1].host.services
        services["RTCRGS"].times = ServiceTimes.fixed(60)
        stopping = asyncio.create_task(stop(lync, FE02))
        await eventually(lambda: services["RTCRGS"].status is Status.STOP_PENDING)
        await start(lync, FE02, "RTCASMCU")
        lync.deployment.clock.advance(timedelta(minutes=1))
        with pytest.raises(CmdletError, match="RTCASMCU depends on it"):
            await stopping
        assert runs(lync, FE02)
        assert runs(lync, FE02, "RTCASMCU")


async def test_a_graceful_stop_never_ends_while_a_call_lasts_and_a_start_takes_it_back() -> None:
    async with running() as lync:
        front_end = pool_of(lync).front_ends[1]
        call = front_end.sessions.begin()
        await stop(lync, FE02, Graceful=True, NoWait=True)
        lync.deployment.clock.advance(timedelta(hours=5))
        await asyncio.sleep(0.01)
        assert runs(lync, FE02)
        assert not lync.telephones.programs[FE02].takes_new_sessions
        await start(lync, FE02)
        assert lync.telephones.programs[FE02].takes_new_sessions
        front_end.sessions.end(call)
        await asyncio.sleep(0.01)
        assert runs(lync, FE02), "the stop was taken back"
        front_end.sessions.begin(lync.deployment.clock.now() + timedelta(minutes=3))
        await stop(lync, FE02, Graceful=True, NoWait=True)
        lync.deployment.clock.advance(timedelta(minutes=3))
        await eventually(lambda: not runs(lync, FE02))


async def test_waiting_for_sessions_is_what_the_other_variant_does_in_spite_of_no_wait() -> None:
    async with running(graceful_no_wait=GracefulNoWait.WAITS) as lync:
        pool_of(lync).front_ends[1].sessions.begin()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stop(lync, FE02, Graceful=True, NoWait=True)


async def test_other_computers_are_out_of_reach_where_there_is_no_second_hop() -> None:
    async with running(cs_service_control=CsServiceControl.OWN_COMPUTER) as lync:
        with pytest.raises(CmdletError, match="access is denied"):
            await stop(lync, FE02)
        await lync.console(FE02).change("Stop-CsWindowsService", FRONT_END)
        assert not runs(lync, FE02)


async def test_below_quorum_the_others_stop_and_a_cold_start_needs_most_of_the_pool() -> None:
    async with running() as lync:
        await stop(lync, FE01)
        assert runs(lync, FE02)
        assert pool_of(lync).state == "InsufficientActiveFrontEnds"
        await stop(lync, FE02)
        await eventually(lambda: not runs(lync, FE03))
        await start(lync, FE01, NoWait=True)
        await start(lync, FE02, NoWait=True)
        await asyncio.sleep(0.02)
        assert not runs(lync, FE01)
        await start(lync, FE03)
        await eventually(lambda: all(runs(lync, one) for one in (FE01, FE02, FE03)))


async def test_a_front_end_that_comes_back_keeps_the_pool_busy_and_its_replicas_late() -> None:
    async with running() as lync:
        pool = pool_of(lync)
        assert (pool.state, pool.is_sound_without({FE02})) == ("Ready", True)
        await stop(lync, FE02)
        await start(lync, FE02)
        assert pool.state == "Busy"
        assert not pool.is_sound_without({FE03})
        lync.deployment.clock.advance(timedelta(minutes=30))
        assert (pool.state, pool.is_sound_without({FE03})) == ("Ready", True)


async def test_a_person_restarts_a_standard_edition_server_and_all_of_it_comes_back() -> None:
    async with Lab.start(with_lync(smallest()), clock=Clock.frozen(), times=INSTANT) as lab:
        assert lab.lync is not None
        before = len(lab.journal.effects)
        await lab.restart(SE, FRONT_END)
        assert set(statuses(lab.lync, SE).values()) == {Status.RUNNING}
        touched = {effect.name.partition("\\")[2] for effect in lab.journal.effects[before:]}
        assert touched == {FRONT_END, *(name for name, kind in SERVICES.items() if FRONT_END in kind.needs)}
        assert all(effect.is_by_hand for effect in lab.journal.effects[before:])


@pytest.mark.parametrize("size", range(1, 13))
async def test_a_pool_of_any_size_runs_until_one_more_than_its_margin_is_gone(size: int) -> None:
    members = tuple(f"fe{n:02}.contoso.com" for n in range(size))
    spec = LyncSpec((PoolSpec("pool.contoso.com", "Berlin", computers=members),))
    async with running(spec) as lync:
        console = lync.console(members[-1])
        margin = quorum.margin(members, members, Release.LYNC2013)
        assert margin == lync.deployment.pools["pool.contoso.com"].membership.margin
        for gone in members[:margin]:
            await console.change("Stop-CsWindowsService", FRONT_END, ComputerName=gone)
        left = [one for one in members if runs(lync, one)]
        assert len(left) == size - margin
        await console.change("Stop-CsWindowsService", FRONT_END, ComputerName=left[0])
        await eventually(lambda: not any(runs(lync, one) for one in members))
