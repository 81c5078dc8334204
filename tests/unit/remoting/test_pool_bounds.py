from __future__ import annotations

import asyncio
import threading

import pytest

from remoting_support import READ, WRITE, Estate, ManualClock, Server, eventually
from um_operator.remoting.errors import DeadlineExceeded, RemotingError, SessionLost, Throttled
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.server_sessions import Limits
from um_operator.remoting.session import Command, ErrorRecord, Result


class Gate:
    """Holds commands until the test lets them go."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.running = 0

    def act(self, _: Command) -> Result:
        self.running += 1
        assert self.open.wait(10)
        return Result(rows=())


async def test_sessions_are_reused_and_never_more_than_allowed() -> None:
    server = Server()
    pool = SessionPool(
        Estate({"ex01": server}).endpoints(),
        open_session=Estate({"ex01": server}).session,
        limits=Limits(per_endpoint=3, total=3),
    )
    async with pool:
        await asyncio.gather(*(pool.invoke(READ, deadline=10, write=False) for _ in range(60)))
        assert len(server.ran) == 60
        assert server.most_open <= 3
    assert server.shells == 0


async def test_the_pool_tells_how_many_sessions_are_open() -> None:
    gate = Gate()
    estate = Estate({"ex01": Server(invoking=gate.act)})
    async with SessionPool(estate.endpoints(), open_session=estate.session) as pool:
        assert pool.sessions == 0
        calls = [asyncio.create_task(pool.invoke(READ, deadline=10, write=False)) for _ in range(2)]
        await eventually(lambda: gate.running == 2)
        assert pool.sessions == 2
        gate.open.set()
        await asyncio.gather(*calls)
        assert pool.sessions == 2
    assert pool.sessions == 0


async def test_a_full_queue_refuses_at_once() -> None:
    gate = Gate()
    estate = Estate({"ex01": Server(invoking=gate.act)})
    limits = Limits(per_endpoint=1, total=1, waiting=2, attempts=1)
    async with SessionPool(estate.endpoints(), open_session=estate.session, limits=limits) as pool:
        calls = [asyncio.create_task(pool.invoke(READ, deadline=10, write=False)) for _ in range(3)]
        await eventually(lambda: gate.running == 1)
        with pytest.raises(Throttled) as caught:
            await pool.invoke(WRITE, deadline=10, write=True)
        assert not caught.value.sent
        gate.open.set()
        await asyncio.gather(*calls)


async def test_waiting_for_a_session_ends_at_the_deadline_with_nothing_sent() -> None:
    gate = Gate()
    server = Server(invoking=gate.act)
    estate = Estate({"ex01": server})
    limits = Limits(per_endpoint=1, total=1)
    async with SessionPool(estate.endpoints(), open_session=estate.session, limits=limits) as pool:
        first = asyncio.create_task(pool.invoke(READ, deadline=10, write=False))
        await eventually(lambda: gate.running == 1)
        with pytest.raises(DeadlineExceeded) as caught:
            await pool.invoke(WRITE, deadline=0.05, write=True)
        assert not caught.value.sent
        gate.open.set()
        await first
    assert server.ran == ["Get-UMDialPlan"]


async def test_a_cancelled_caller_leaves_its_session_in_order() -> None:
    gate = Gate()
    server = Server(invoking=gate.act)
    estate = Estate({"ex01": server})
    limits = Limits(per_endpoint=1, total=1)
    async with SessionPool(estate.endpoints(), open_session=estate.session, limits=limits) as pool:
        call = asyncio.create_task(pool.invoke(WRITE, deadline=10, write=True))
        await eventually(lambda: gate.running == 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        gate.open.set()
        await pool.invoke(READ, deadline=10, write=False)
        assert server.opened == 1
    assert server.shells == 0


async def test_a_thread_that_hangs_keeps_its_slot_but_not_its_caller() -> None:
    gate = Gate()
    server = Server(invoking=gate.act)
    estate = Estate({"ex01": server})
    limits = Limits(per_endpoint=1, total=1)
    async with SessionPool(estate.endpoints(), open_session=estate.session, limits=limits) as pool:
        with pytest.raises(DeadlineExceeded, match="past the deadline") as caught:
            await pool.invoke(WRITE, deadline=0.05, write=True)
        assert caught.value.sent
        with pytest.raises(DeadlineExceeded, match="became free") as next_one:
            await pool.invoke(READ, deadline=0.05, write=False)
        assert not next_one.value.sent
        gate.open.set()
    assert server.most_open == 1
    assert server.shells == 0


async def test_a_worn_session_is_replaced_and_closed() -> None:
    server = Server()
    estate = Estate({"ex01": server})
    clock = ManualClock()
    limits = Limits(commands=2, age=100)
    async with SessionPool(
        estate.endpoints(), open_session=estate.session, limits=limits, clock=clock
    ) as pool:
        for _ in range(4):
            await pool.invoke(READ, deadline=10, write=False)
        assert (server.opened, server.shells) == (2, 1)
        clock.now += 101
        await pool.invoke(READ, deadline=10, write=False)
        assert (server.opened, server.shells) == (3, 1)


async def test_the_total_holds_over_servers_by_closing_one_that_rests() -> None:
    failures: list[RemotingError] = []
    both = threading.Barrier(2)
    held: list[int] = []

    def first(_: Command) -> Result:
        if failures:
            raise failures.pop()
        return Result(rows=())

    def together(command: Command) -> Result:
        if command == WRITE:
            both.wait(10)
            held.append(sum(server.shells for server in estate.servers.values()))
        return Result(rows=())

    estate = Estate({"ex01": Server(invoking=first), "ex02": Server(invoking=together)})
    limits = Limits(per_endpoint=2, total=2)
    async with SessionPool(estate.endpoints(), open_session=estate.session, limits=limits) as pool:
        await asyncio.gather(*(pool.invoke(READ, deadline=10, write=False) for _ in range(8)))
        failures.append(Throttled("busy", sent=False))
        await pool.invoke(READ, deadline=10, write=False)
        await eventually(lambda: estate.servers["ex01"].shells == 1)
        await asyncio.gather(*(pool.invoke(WRITE, deadline=10, write=True) for _ in range(2)))
    assert held == [2, 2]


async def test_a_session_that_failed_is_closed_also_when_it_failed_to_open() -> None:
    def opening() -> None:
        raise SessionLost("half open", sent=False)

    server = Server(opening=opening)
    estate = Estate({"ex01": server})
    async with SessionPool(
        estate.endpoints(), open_session=estate.session, limits=Limits(attempts=2)
    ) as pool:
        with pytest.raises(SessionLost):
            await pool.invoke(READ, deadline=10, write=False)
    assert server.opened == 2
    assert server.shells == 0


async def test_a_closed_pool_waits_for_what_runs_and_takes_nothing_new() -> None:
    gate = Gate()
    server = Server(invoking=gate.act)
    estate = Estate({"ex01": server})
    pool = SessionPool(
        estate.endpoints(), open_session=estate.session, limits=Limits(per_endpoint=1, total=1)
    )
    running = asyncio.create_task(pool.invoke(WRITE, deadline=10, write=True))
    waiting = asyncio.create_task(pool.invoke(WRITE, deadline=10, write=True))
    await eventually(lambda: gate.running == 1)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)
    gate.open.set()
    await closing
    assert await running == Result(rows=())
    with pytest.raises(SessionLost):
        await waiting
    assert len(server.ran) == 1
    assert server.shells == 0


async def test_the_observer_hears_of_each_attempt() -> None:
    record = ErrorRecord("no", "id", "NotSpecified", "", None, terminating=False)
    results = [Result(rows=(), errors=(record,)), Result(rows=())]

    def act(command: Command) -> Result:
        if command == WRITE:
            raise SessionLost("gone", sent=True)
        return results.pop()

    estate = Estate({"ex01": Server(invoking=act)})
    heard: list[tuple[str, str, str]] = []
    async with SessionPool(
        estate.endpoints(),
        open_session=estate.session,
        observe=lambda url, cmdlet, _seconds, outcome: heard.append((url, cmdlet, outcome)),
    ) as pool:
        await pool.invoke(READ, deadline=10, write=False)
        await pool.invoke(READ, deadline=10, write=False)
        with pytest.raises(SessionLost):
            await pool.invoke(WRITE, deadline=10, write=True)
    url = "http://ex01.contoso.com/PowerShell/"
    assert heard == [
        (url, "Get-UMDialPlan", "ok"),
        (url, "Get-UMDialPlan", "error"),
        (url, "Set-UMDialPlan", "SessionLost"),
    ]
