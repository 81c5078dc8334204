"""Recorded dialogues that the lab answers whole, as the real host did."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from um_operator.lab.clock import Clock
from um_operator.lab.wsman.accounts import Accounts
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import POWERSHELL_URI, Endpoint, Quotas
from wsman_dialogues import load
from wsman_jea import JEAHost
from wsman_replay import Replay
from wsman_support import ACCOUNT, PLAIN_BASIC, SERVER


async def replay(
    name: str,
    *,
    quotas: Quotas | None = None,
    script: Callable[[WSManServer, Clock], dict[int, Callable[[], Awaitable[None]]]] = lambda *_: {},
) -> None:
    """Replay one recording against a server with the configuration that it asks for."""
    dialogue = load(name)
    configurations = set(re.findall(f"{POWERSHELL_URI}([^<]+)<", dialogue.requests))
    endpoints = [Endpoint("/wsman", configuration, JEAHost()) for configuration in configurations or {"none"}]
    accounts, clock = Accounts([ACCOUNT]), Clock.frozen()
    limits = quotas or Quotas(idle_timeout=timedelta(hours=2))
    server = WSManServer(SERVER, endpoints, accounts, clock=clock, quotas=limits)
    port = await server.listen("127.0.0.1", 0, policy=PLAIN_BASIC)
    try:
        await Replay(
            dialogue,
            f"http://127.0.0.1:{port}/wsman",
            (ACCOUNT.name, ACCOUNT.password),
            before=script(server, clock),
        ).run()
    finally:
        await server.stop()
        accounts.close()


@pytest.mark.parametrize(
    "name",
    [
        "psrp_open_runspace",
        "psrp_set_runspaces",
        "psrp_reset_runspace_state_fail",
        "psrp_receive_failure",
        "psrp_is_alive_other_wsman_error",
        "psrp_with_jea_configuration",
    ],
)
async def test_the_lab_answers_as_the_recorded_host(name: str) -> None:
    await replay(name)


@pytest.mark.parametrize("kilobytes", [150, 500, 4096])
async def test_the_configuration_tells_the_envelope_size(kilobytes: int) -> None:
    await replay(f"wsman_update_envelope_size_{kilobytes}", quotas=Quotas(envelope_bytes=kilobytes * 1024))


async def test_a_shell_that_another_client_disconnected_says_so() -> None:
    def script(server: WSManServer, _: Clock) -> dict[int, Callable[[], Awaitable[None]]]:
        async def disconnect() -> None:
            (opened,) = server.service.shells.values()
            opened.state = "Disconnected"

        return {4: disconnect}

    await replay("psrp_is_alive_state_disconnected", script=script)


async def test_a_shell_that_is_gone_is_an_invalid_selector() -> None:
    def script(server: WSManServer, clock: Clock) -> dict[int, Callable[[], Awaitable[None]]]:
        async def idle() -> None:
            clock.advance(timedelta(seconds=61))

        return {4: idle}

    await replay("psrp_is_alive_invalid_selectors", script=script)


async def test_a_server_that_is_down_does_not_answer() -> None:
    def script(server: WSManServer, _: Clock) -> dict[int, Callable[[], Awaitable[None]]]:
        return {4: server.stop}

    await replay("psrp_is_alive_http_error", script=script)
