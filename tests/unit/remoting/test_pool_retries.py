from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from remoting_support import READ, WRITE, Estate, ManualClock, Server
from um_operator.remoting.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    Forbidden,
    ProtocolError,
    RemotingError,
    SessionLost,
    Throttled,
    Unreachable,
)
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.server_sessions import Limits
from um_operator.remoting.session import Command, Result

LOST_BEFORE = SessionLost("gone", sent=False)
LOST_AFTER = SessionLost("gone", sent=True)


def failing(*failures: RemotingError | None) -> Callable[[Command], Result]:
    turns: Iterator[RemotingError | None] = iter(failures)

    def act(_: Command) -> Result:
        failure = next(turns, None)
        if failure is not None:
            raise failure
        return Result(rows=("done",))

    return act


def pool_of(estate: Estate, clock: ManualClock | None = None, limits: Limits | None = None) -> SessionPool:
    clock = clock or ManualClock()
    return SessionPool(
        estate.endpoints(), open_session=estate.session, clock=clock, sleep=clock.sleep, limits=limits
    )


@pytest.mark.parametrize(
    "failure", [LOST_BEFORE, LOST_AFTER, ProtocolError("half", sent=True), Throttled("busy", sent=False)]
)
async def test_a_read_is_repeated_on_a_new_session(failure: RemotingError) -> None:
    server = Server(invoking=failing(failure))
    async with pool_of(Estate({"ex01": server})) as pool:
        assert (await pool.invoke(READ, deadline=60, write=False)).rows == ("done",)
    assert (len(server.ran), server.opened) == (2, 2)


async def test_a_write_that_may_have_run_is_sent_once_and_called_sent() -> None:
    server = Server(invoking=failing(LOST_AFTER))
    async with pool_of(Estate({"ex01": server})) as pool:
        with pytest.raises(SessionLost) as caught:
            await pool.invoke(WRITE, deadline=60, write=True)
    assert caught.value.sent
    assert server.ran == ["Set-UMDialPlan"]


async def test_a_write_that_never_left_is_sent_again() -> None:
    server = Server(invoking=failing(LOST_BEFORE))
    async with pool_of(Estate({"ex01": server})) as pool:
        assert (await pool.invoke(WRITE, deadline=60, write=True)).rows == ("done",)
    assert len(server.ran) == 2


@pytest.mark.parametrize(
    "failure",
    [
        AuthenticationFailed("no", sent=False),
        Forbidden("no", sent=False),
        DeadlineExceeded("late", sent=True),
        DeadlineExceeded("late", sent=False),
    ],
)
async def test_what_a_new_session_cannot_better_is_not_repeated(failure: RemotingError) -> None:
    server = Server(invoking=failing(failure))
    async with pool_of(Estate({"ex01": server})) as pool:
        with pytest.raises(type(failure)):
            await pool.invoke(READ, deadline=60, write=False)
    assert len(server.ran) == 1


async def test_repetition_is_bounded_by_attempts() -> None:
    server = Server(invoking=failing(*[LOST_AFTER] * 50))
    async with pool_of(Estate({"ex01": server}), limits=Limits(attempts=3)) as pool:
        with pytest.raises(SessionLost):
            await pool.invoke(READ, deadline=3600, write=False)
    assert len(server.ran) == 3


async def test_no_retry_waits_past_the_deadline() -> None:
    server = Server(invoking=failing(*[Throttled("busy", sent=False)] * 50))
    clock = ManualClock()
    async with pool_of(Estate({"ex01": server}), clock, Limits(attempts=50)) as pool:
        with pytest.raises(Throttled):
            await pool.invoke(READ, deadline=5, write=False)
    assert clock.now <= 1005


async def test_the_next_endpoint_serves_while_the_first_is_down_and_the_first_when_it_is_back() -> None:
    down = [Unreachable("refused", sent=False)]

    def opening() -> None:
        if down:
            raise down[0]

    estate = Estate({"ex01": Server(opening=opening), "ex02": Server()})
    clock = ManualClock()
    async with pool_of(estate, clock) as pool:
        await pool.invoke(WRITE, deadline=60, write=True)
        await pool.invoke(READ, deadline=60, write=False)
        assert estate.servers["ex01"].opened == 1
        assert len(estate.servers["ex02"].ran) == 2
        down.clear()
        clock.now += 60
        await pool.invoke(READ, deadline=60, write=False)
        assert len(estate.servers["ex01"].ran) == 1


async def test_a_silent_server_is_left_after_its_second_failure_in_a_row() -> None:
    late = DeadlineExceeded("late", sent=True)
    estate = Estate({"ex01": Server(invoking=failing(late, late, late)), "ex02": Server()})
    async with pool_of(estate) as pool:
        for _ in range(2):
            with pytest.raises(DeadlineExceeded):
                await pool.invoke(READ, deadline=60, write=False)
        await pool.invoke(READ, deadline=60, write=False)
    assert len(estate.servers["ex02"].ran) == 1


async def test_every_server_down_means_the_last_reason_with_nothing_sent() -> None:
    def opening() -> None:
        raise Unreachable('"http://ex01" can\'t be reached', sent=False)

    server = Server(opening=opening)
    async with pool_of(Estate({"ex01": server}), limits=Limits(attempts=2)) as pool:
        for _ in range(2):
            with pytest.raises(Unreachable, match="can't be reached") as caught:
                await pool.invoke(WRITE, deadline=60, write=True)
            assert not caught.value.sent


async def test_a_refused_account_is_not_tried_again_at_once_on_any_server() -> None:
    def opening() -> None:
        raise AuthenticationFailed("no", sent=False)

    estate = Estate({"ex01": Server(opening=opening), "ex02": Server(opening=opening)})
    clock = ManualClock()
    async with pool_of(estate, clock) as pool:
        for _ in range(20):
            with pytest.raises(AuthenticationFailed):
                await pool.invoke(READ, deadline=60, write=False)
        assert sum(server.opened for server in estate.servers.values()) == 1
        clock.now += 61
        with pytest.raises(AuthenticationFailed):
            await pool.invoke(READ, deadline=60, write=False)
        assert sum(server.opened for server in estate.servers.values()) == 2


async def test_nobody_waits_long_for_a_server_that_stays_down() -> None:
    clock = ManualClock()
    down = failing(*[Unreachable("refused", sent=False)] * 99)
    async with pool_of(Estate({"ex01": Server(invoking=down)}), clock) as pool:
        began = clock()
        for _ in range(3):
            with pytest.raises(Unreachable):
                await pool.invoke(READ, deadline=60, write=False)
        assert clock() - began < 10


async def test_the_endpoint_that_answered_last_is_the_one_in_use() -> None:
    gone = Server(invoking=failing(Unreachable("no answer", sent=False)))
    estate = Estate({"ex01": gone, "ex02": Server(invoking=failing())})
    async with pool_of(estate) as pool:
        assert pool.answered_by is None
        await pool.invoke(READ, deadline=60, write=False)
        assert pool.answered_by == estate.endpoints()[1].url


async def test_idle_sessions_that_a_server_ended_say_nothing_against_the_server() -> None:
    together = threading.Barrier(2)

    def act(_: Command) -> Result:
        if len(first.ran) <= 2:
            together.wait(10)
        elif first.opened <= 2:
            raise LOST_AFTER
        return Result(rows=())

    first = Server(invoking=act)
    estate = Estate({"ex01": first, "ex02": Server()})
    async with pool_of(estate) as pool:
        for _ in range(2):
            await asyncio.gather(*(pool.invoke(READ, deadline=60, write=False) for _ in range(2)))
    assert first.opened > 2
    assert estate.servers["ex02"].opened == 0
