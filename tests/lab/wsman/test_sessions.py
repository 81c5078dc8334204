"""Shells and their limits: quotas, idle time-outs, envelopes, replayed Receives, faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from um_operator.lab.clock import Clock
from um_operator.lab.wsman.service import Quotas
from wsman_support import ACCOUNT, OTHER, PLAIN_BASIC, Remote, ToyHost, running, session, transport


async def run(client: Callable[[Remote], Any], port: int, **settings: Any) -> Any:
    def work() -> Any:
        with session(port, **settings) as remote:
            return client(remote)

    return await asyncio.to_thread(work)


def hang_up(remote: Remote) -> None:
    connection = remote.pool.connection.transport.session
    assert connection is not None
    connection.close()


async def test_the_nineteenth_shell_of_a_user_is_refused_with_windows_own_words() -> None:
    def open_many(port: int) -> None:
        with ExitStack() as stack:
            for _ in range(18):
                stack.enter_context(session(port))
            with session(port, username=OTHER.name, password=OTHER.password):
                pass
            with pytest.raises(WSManFaultError) as refused, session(port):
                pass
            assert refused.value.code == 2150859173
            assert "This user is allowed a maximum number of 18 concurrent shells" in refused.value.reason

    async with running(ToyHost()) as (server, port):
        await asyncio.to_thread(open_many, port)
        assert server.service.shells == {}


async def test_an_idle_shell_is_gone_after_its_time_out_and_counted() -> None:
    clock = Clock.frozen()

    def late(remote: Remote) -> None:
        clock.advance(timedelta(minutes=14, seconds=59))
        remote.invoke("Get-UMService")
        clock.advance(timedelta(minutes=15))
        with pytest.raises(WSManFaultError) as lost:
            remote.invoke("Get-UMService")
        assert lost.value.code == 2150858843
        remote.forget()

    async with running(ToyHost(), clock=clock) as (server, port):
        await run(late, port)
        assert server.counters.shells_expired == 1


async def test_a_shell_whose_pipeline_runs_is_not_idle() -> None:
    clock = Clock.frozen()
    host = ToyHost()

    def slow(remote: Remote, loop: asyncio.AbstractEventLoop) -> Any:
        shell = PowerShell(remote.pool).add_cmdlet("Wait-Release")
        shell.begin_invoke()
        clock.advance(timedelta(hours=1))
        loop.call_soon_threadsafe(host.release.set)
        shell.end_invoke()
        shell.close()
        return shell.output

    loop = asyncio.get_running_loop()
    async with running(host, clock=clock) as (_, port):
        assert await run(lambda remote: slow(remote, loop), port) == ["released"]


async def test_an_idle_connection_is_closed_while_its_shell_lives() -> None:
    clock = Clock.frozen()
    loop = asyncio.get_running_loop()

    def pause(remote: Remote) -> Any:
        asyncio.run_coroutine_threadsafe(closed(), loop).result(timeout=60)
        return remote.invoke("Get-UMService").output

    async def closed() -> None:
        while not clock._sleepers:  # noqa: ASYNC110 - the server may not wait for the next request yet
            await asyncio.sleep(0.01)
        clock.advance(timedelta(minutes=2))
        while server._connections:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)

    quotas = Quotas(connection_idle=timedelta(minutes=2))
    async with running(ToyHost(), clock=clock, quotas=quotas) as (server, port):
        assert len(await run(pause, port)) == 1
        assert server.counters.connections == 2


async def test_a_request_beyond_the_envelope_size_is_refused() -> None:
    def big(remote: Remote) -> None:
        remote.invoke("Set-UMService", Identity="x" * 200_000)

    async with running(ToyHost(), quotas=Quotas(envelope_bytes=150 * 1024)) as (server, port):
        with pytest.raises(WSManFaultError) as refused:
            await run(big, port)
        assert refused.value.code == 2150858805
        assert server.counters.invocations == {}


async def test_a_client_that_terminates_no_command_meets_the_limit_of_its_shell() -> None:
    def careless(remote: Remote) -> None:
        for _ in range(3):
            PowerShell(remote.pool).add_cmdlet("Set-UMService").invoke()

    host = ToyHost()
    async with running(host, quotas=Quotas(commands_per_shell=2)) as (_, port):
        with pytest.raises(WSManFaultError) as refused:
            await run(careless, port)
        assert refused.value.code == 2150859241
        assert host.effects == 2


async def test_messages_that_come_one_by_one_are_the_same_messages() -> None:
    def client(remote: Remote) -> Any:
        missing = remote.invoke("Get-UMDialPlan", Identity="Bonn")
        rows = remote.invoke("Get-UMService", ResultSize=5).output
        return len(rows), missing.output, len(missing.streams.error)

    async with running(ToyHost(), quotas=Quotas(fragments_per_receive=1)) as (server, port):
        assert await run(client, port) == (5, ["went on"], 1)
        assert server.counters.wsman["Receive"] == 3 + 3 + 6


async def test_no_reply_is_larger_than_the_client_allows() -> None:
    sizes: list[int] = []

    def measured(remote: Remote) -> Any:
        def measure(send: Callable[..., bytes], message: bytes) -> bytes:
            reply = send(message)
            sizes.append(len(reply))
            return reply

        remote.each_send(measure)
        return remote.invoke("Get-UMService", ResultSize=2000).output

    async with running(ToyHost()) as (_, port):
        rows = await run(measured, port)
    assert len(rows) == 2000
    assert 400_000 < max(sizes) <= 512_000


async def test_an_identical_receive_gets_the_same_reply_again() -> None:
    def repeat(remote: Remote) -> Any:
        def lose_the_first_reply(send: Callable[..., bytes], message: bytes) -> bytes:
            if b"shell/Receive<" in message:
                send(message)
            return send(message)

        remote.each_send(lose_the_first_reply)
        return remote.invoke("Get-UMService", ResultSize=3).output

    async with running(ToyHost()) as (server, port):
        assert len(await run(repeat, port)) == 3
        assert server.counters.invocations["Get-UMService"] == 1


async def test_a_second_receive_on_a_stream_is_refused_while_one_waits() -> None:
    host = ToyHost()

    def receive_twice(remote: Remote, loop: asyncio.AbstractEventLoop) -> None:
        shell = PowerShell(remote.pool).add_cmdlet("Wait-Release")
        shell.begin_invoke()
        wait = asyncio.run_coroutine_threadsafe(first_receive(remote, shell), loop)
        asyncio.run_coroutine_threadsafe(waits(), loop).result(timeout=5)
        with pytest.raises(WSManFaultError) as refused:
            remote.pool.shell.receive("stdout", command_id=shell.id)
        assert refused.value.code == 2150858802
        loop.call_soon_threadsafe(host.release.set)
        wait.result(timeout=5)

    async def first_receive(remote: Remote, shell: PowerShell) -> Any:
        return await asyncio.to_thread(remote.pool.shell.receive, "stdout", command_id=shell.id)

    async def waits() -> None:
        while server.counters.wsman["Receive"] < opening + 1:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)

    async with running(host) as (server, port):
        opening = 1
        loop = asyncio.get_running_loop()
        await run(lambda remote: receive_twice(remote, loop), port)


async def test_an_unknown_configuration_is_an_invalid_resource() -> None:
    def open_other(port: int) -> None:
        with transport(port) as wsman, RunspacePool(wsman, configuration_name="Microsoft.PowerShell"):
            pass

    async with running(ToyHost()) as (_, port):
        with pytest.raises(WSManFaultError) as refused:
            await asyncio.to_thread(open_other, port)
    assert refused.value.code == 2150858811


async def test_a_shell_of_a_known_id_is_not_opened_twice() -> None:
    def open_twice(remote: Remote) -> None:
        with transport(port) as wsman:
            twin = RunspacePool(wsman, configuration_name="Microsoft.Exchange")
            twin.shell.id = remote.pool.shell.id
            with pytest.raises(WSManFaultError) as refused:
                twin.open()
        assert refused.value.code == 2150858803
        assert len(remote.invoke("Get-UMService").output) == 1

    async with running(ToyHost()) as (_, port):
        await run(open_twice, port)


async def test_a_path_that_is_not_served_is_not_found() -> None:
    async with running(ToyHost()) as (_, port):
        with pytest.raises(WinRMTransportError) as refused:
            await run(lambda _: None, port, path="wsman")
    assert refused.value.code == 404


async def test_a_session_survives_that_its_connection_is_closed() -> None:
    def reconnect(remote: Remote) -> Any:
        hang_up(remote)
        return remote.invoke("Get-UMService").output

    async with running(ToyHost()) as (server, port):
        assert len(await run(reconnect, port)) == 1
        assert server.counters.connections == 2


async def test_a_stopped_server_has_forgotten_its_shells() -> None:
    def after_restart(remote: Remote, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.run_coroutine_threadsafe(restart(), loop).result(timeout=5)
        with pytest.raises(WSManFaultError) as lost:
            remote.invoke("Get-UMService")
        assert lost.value.code == 2150858843
        remote.forget()

    async def restart() -> None:
        await server.stop()
        await server.listen("127.0.0.1", port, policy=PLAIN_BASIC)

    async with running(ToyHost()) as (server, port):
        loop = asyncio.get_running_loop()
        await run(lambda remote: after_restart(remote, loop), port)


async def test_the_caller_is_told_apart_by_account_server_configuration_and_shell() -> None:
    host = ToyHost()
    async with running(host) as (_, port):
        for _ in range(2):
            await run(lambda remote: remote.invoke("Get-UMService"), port)
    first, second = host.callers
    assert (first.account, first.server, first.endpoint) == (
        ACCOUNT.name,
        "ex01.contoso.com",
        "Microsoft.Exchange",
    )
    assert first.session != second.session


async def test_a_fault_names_the_request_it_answers() -> None:
    def ask(port: int) -> bytes:
        wsman: WSMan = transport(port)
        body = b"<not-soap><MessageID>uuid:1</MessageID>"
        with pytest.raises(WinRMTransportError) as refused:
            wsman.transport.send(body)
        return str(refused.value.response_text).encode()

    async with running(ToyHost()) as (_, port):
        reply = await asyncio.to_thread(ask, port)
    assert b"<a:RelatesTo>uuid:1</a:RelatesTo>" in reply
    assert b'Code="2150858819"' in reply
