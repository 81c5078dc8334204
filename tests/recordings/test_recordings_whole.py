"""Recorded dialogues that the lab answers whole, as the real host did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from um_operator.lab.clock import Clock
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import Quotas
from wsman_replay import ScriptStep
from wsman_replay_server import replay


@pytest.mark.parametrize(
    "name",
    [
        "psrp_open_runspace",
        "psrp_set_runspaces",
        "psrp_reset_runspace_state_fail",
        "psrp_receive_failure",
        "psrp_is_alive_other_wsman_error",
        "psrp_with_jea_configuration",
        "winrs_standard",
        "winrs_stderr_rc",
        "winrs_bad_cmd_id",
        "winrs_fail_poll_process",
        "winrs_open_already_opened",
    ],
)
async def test_the_lab_answers_as_the_recorded_host(name: str) -> None:
    await replay(name)


@pytest.mark.parametrize("kilobytes", [150, 500, 4096])
async def test_the_configuration_tells_the_envelope_size(kilobytes: int) -> None:
    await replay(f"wsman_update_envelope_size_{kilobytes}", quotas=Quotas(envelope_bytes=kilobytes * 1024))


async def test_a_shell_that_another_client_disconnected_says_so() -> None:
    def before(server: WSManServer, _: Clock) -> Mapping[int, ScriptStep]:
        async def disconnect() -> None:
            (opened,) = server.service.shells.values()
            opened.state = "Disconnected"

        return {4: disconnect}

    await replay("psrp_is_alive_state_disconnected", before=before)


async def test_a_shell_that_is_gone_is_an_invalid_selector() -> None:
    def before(_: WSManServer, clock: Clock) -> Mapping[int, ScriptStep]:
        async def idle() -> None:
            clock.advance(timedelta(seconds=61))

        return {4: idle}

    await replay("psrp_is_alive_invalid_selectors", before=before)


async def test_a_server_that_is_down_does_not_answer() -> None:
    def before(server: WSManServer, _: Clock) -> Mapping[int, ScriptStep]:
        return {4: server.stop}

    await replay("psrp_is_alive_http_error", before=before)
