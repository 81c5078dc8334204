"""Trouble enters where it is told to, and says truly whether the effect took place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
from pypsrp.exceptions import WinRMTransportError, WSManFaultError

from um_operator.lab.wsman.interference import Disturbance, Seen
from wsman_support import ACCOUNT, SERVER, ToyHost, running, session


class Trouble:
    """Disturbs the first request of one verb; remembers all requests."""

    def __init__(
        self, verb: str = "", disturbance: Disturbance = Disturbance.NONE, accept: bool = True
    ) -> None:
        self.verb, self.disturbance, self.accept = verb, disturbance, accept
        self.seen: list[Seen] = []

    def accepts(self, _server: str) -> bool:
        return self.accept

    async def before(self, seen: Seen) -> Disturbance:
        self.seen.append(seen)
        if seen.verb != self.verb:
            return Disturbance.NONE
        self.verb = ""
        return self.disturbance


async def set_service(port: int, **settings: Any) -> None:
    def work() -> None:
        with session(port, **settings) as remote:
            remote.invoke("Set-UMService", Identity="ex01")

    await asyncio.to_thread(work)


async def disturbed(
    disturbance: Disturbance, verb: str = "Command", **settings: Any
) -> tuple[Exception, int]:
    """Return what the client met and how many effects took place."""
    host = ToyHost()
    async with running(host, interference=Trouble(verb, disturbance)) as (_, port):
        with pytest.raises(Exception) as met:  # noqa: PT011 - the callers look at it
            await set_service(port, **settings)
        return met.value, host.effects


async def test_a_request_is_shown_with_server_account_verb_and_cmdlets() -> None:
    trouble = Trouble()
    async with running(ToyHost(), interference=trouble) as (_, port):
        await set_service(port)
    assert [seen.verb for seen in trouble.seen] == [
        "Create",
        "Receive",
        "Command",
        "Receive",
        "Signal",
        "Delete",
    ]
    assert trouble.seen[2].cmdlets == ("Set-UMService",)
    assert {(seen.server, seen.account) for seen in trouble.seen} == {(SERVER, ACCOUNT.name)}


async def test_a_refused_connection_is_reset() -> None:
    async with running(ToyHost(), interference=Trouble(accept=False)) as (server, port):
        with pytest.raises(requests.exceptions.ConnectionError):
            await set_service(port)
        assert server.counters.http_requests == 0


async def test_a_reset_before_the_effect_leaves_no_effect() -> None:
    met, effects = await disturbed(Disturbance.RESET_BEFORE)
    assert isinstance(met, requests.exceptions.ConnectionError)
    assert effects == 0


async def test_a_reset_after_the_effect_leaves_the_effect_and_no_reply() -> None:
    met, effects = await disturbed(Disturbance.RESET_AFTER)
    assert isinstance(met, requests.exceptions.ConnectionError)
    assert effects == 1


async def test_a_reply_may_be_lost_where_the_client_receives_it() -> None:
    host = ToyHost()
    trouble = Trouble("Command", Disturbance.NONE)
    async with running(host, interference=trouble) as (_, port):

        async def before(seen: Seen) -> Disturbance:
            lost = seen.verb == "Receive" and host.effects == 1
            return Disturbance.RESET_AFTER if lost else Disturbance.NONE

        trouble.before = before  # type: ignore[method-assign]
        with pytest.raises(requests.exceptions.ConnectionError):
            await set_service(port)
    assert host.effects == 1


async def test_unavailable_is_http_503_without_effect() -> None:
    met, effects = await disturbed(Disturbance.UNAVAILABLE)
    assert isinstance(met, WinRMTransportError)
    assert (met.code, effects) == (503, 0)


async def test_an_exceeded_load_quota_is_a_fault_without_effect() -> None:
    met, effects = await disturbed(Disturbance.QUOTA)
    assert isinstance(met, WSManFaultError)
    assert "will not be approved for at least 2000 milliseconds" in str(met.reason)
    assert (met.code, effects) == (2150859175, 0)


async def test_a_hanging_request_ends_by_the_client_s_own_time_out() -> None:
    met, effects = await disturbed(Disturbance.HANG, read_timeout=0.3)
    assert isinstance(met, requests.exceptions.ReadTimeout)
    assert effects == 0


async def test_a_truncated_reply_breaks_the_connection() -> None:
    met, effects = await disturbed(Disturbance.TRUNCATED)
    assert isinstance(met, requests.exceptions.RequestException)
    assert effects == 1


async def test_a_malformed_reply_is_no_xml() -> None:
    met, effects = await disturbed(Disturbance.MALFORMED)
    assert type(met).__name__ == "ParseError"
    assert effects == 1


async def test_latency_is_the_time_that_the_decision_takes() -> None:
    answered = asyncio.Event()

    class Slow(Trouble):
        async def before(self, seen: Seen) -> Disturbance:
            await answered.wait()
            return await super().before(seen)

    trouble = Slow()
    host = ToyHost()
    async with running(host, interference=trouble) as (server, port):
        work = asyncio.create_task(set_service(port))
        while not server.counters.http_requests:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)
        assert (trouble.seen, host.effects) == ([], 0)
        answered.set()
        await work
    assert host.effects == 1
