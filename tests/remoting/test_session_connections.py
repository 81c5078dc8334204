"""A session outlives its connections: rest, loss of the connection, and what it leaves on the server."""

from __future__ import annotations

import asyncio

import pytest

from remoting_lab import QUICK, Farm, Way
from remoting_support import ManualClock
from um_operator.remoting.connect_to import installed, parse
from um_operator.remoting.errors import SessionLost, Unreachable
from um_operator.remoting.pypsrp_backend import IDLE_SECONDS, PypsrpSession
from um_operator.remoting.session import Command
from wsman_support import SERVER

READ = Command("Get-UMService")


async def drop_connections(lab: Farm) -> None:
    """Close every connection as http.sys does with an idle one."""
    connections = list(lab.server._connections.values())
    for writer in connections:
        writer.close()
    await asyncio.sleep(0.05)


async def test_a_session_at_rest_meets_a_closed_connection_without_harm(lab: Farm) -> None:
    clock = ManualClock()
    session = PypsrpSession(lab.endpoint, clock=clock)
    await asyncio.to_thread(session.open, 10)
    await drop_connections(lab)
    clock.now += IDLE_SECONDS + 1
    result = await asyncio.to_thread(session.invoke, READ, 10)
    assert len(result.rows) == 1
    assert lab.server.counters.wsman["Create"] == 1, "the shell is the same"
    await asyncio.to_thread(session.close)
    assert lab.shells == 0


async def test_a_new_connection_keeps_the_cookie_that_leads_to_the_shell_behind_a_proxy(lab: Farm) -> None:
    clock = ManualClock()
    session = PypsrpSession(lab.endpoint, clock=clock)
    await asyncio.to_thread(session.open, 10)
    assert session._pool is not None
    transport = session._pool.connection.transport
    assert transport.session is not None
    transport.session.cookies.set("X-BackEndCookie", "ex01")
    clock.now += IDLE_SECONDS + 1
    await asyncio.to_thread(session.invoke, READ, 10)
    assert transport.session.cookies.get("X-BackEndCookie") == "ex01"
    await asyncio.to_thread(session.close)


async def test_a_connection_closed_early_costs_no_write_its_certainty(lab: Farm, way: Way) -> None:
    async with await lab.open() as remote:
        await remote("Get-UMService")
        await drop_connections(lab)
        if way is Way.NTLM_HTTP:
            # message encryption ends with its connection; the server can't read what comes over the next
            with pytest.raises(SessionLost) as caught:
                await remote("Set-UMService")
            assert not caught.value.sent
            assert lab.host.effects == 0
        else:
            await remote("Set-UMService")
            assert lab.host.effects == 1
    assert lab.shells == 0


async def test_one_connection_serves_many_commands_and_none_stays_on_the_server(lab: Farm) -> None:
    async with await lab.open() as remote:
        before = lab.server.counters.connections
        for _ in range(20):
            await remote("Get-UMService")
        assert lab.server.counters.connections == before
        assert lab.commands == 0
    assert lab.server.counters.commands_abandoned == 0


async def test_a_command_costs_three_requests(lab: Farm) -> None:
    async with await lab.open() as remote:
        await remote("Get-UMService")
        before = lab.server.counters.http_requests
        await remote("Get-UMService", ResultSize=100)
        assert lab.server.counters.http_requests - before == 3


async def test_a_closed_session_runs_nothing_and_closes_again(lab: Farm) -> None:
    remote = await lab.open()
    await remote.close()
    await remote.close()
    with pytest.raises(SessionLost) as caught:
        await remote("Set-UMService")
    assert not caught.value.sent


async def test_an_address_of_its_own_changes_where_a_name_leads_and_nothing_else(lab: Farm) -> None:
    with installed(parse([f"{SERVER}::127.0.0.254:1"])):
        with pytest.raises(Unreachable):
            await lab.open()
        async with await lab.open(address="127.0.0.1") as remote:
            assert len((await remote("Get-UMService")).rows) == 1


async def test_closing_takes_no_longer_than_it_may_when_the_server_is_silent(lab: Farm) -> None:
    loop = asyncio.get_running_loop()
    remote = await lab.open()
    lab.trouble.down = True
    await drop_connections(lab)
    began = loop.time()
    await remote.close()
    assert loop.time() - began < QUICK.close + 1


@pytest.mark.parametrize("proxy", ["http_proxy", "https_proxy", "all_proxy"])
async def test_a_proxy_of_the_environment_is_not_used(
    lab: Farm, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    async with await lab.open() as remote:
        assert (await remote("Get-UMService")).rows
