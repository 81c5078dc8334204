"""Trouble on the way: which error it is, whether the command may have run, and that nothing stays behind."""

from __future__ import annotations

import asyncio

import pytest

from remoting_lab import A_WAY_OF_EACH_KIND, Farm
from remoting_support import eventually
from um_operator.lab.wsman.faults import timed_out
from um_operator.lab.wsman.interference import Disturbance
from um_operator.remoting.errors import (
    DeadlineExceeded,
    EndpointNotFound,
    ProtocolError,
    RemotingError,
    SessionConfigurationNotFound,
    SessionLost,
    Throttled,
    Unreachable,
)

pytestmark = A_WAY_OF_EACH_KIND


@pytest.mark.parametrize(
    ("verb", "disturbance", "kind", "sent", "effects"),
    [
        ("Command", Disturbance.RESET_BEFORE, SessionLost, True, 0),
        ("Command", Disturbance.RESET_AFTER, SessionLost, True, 1),
        ("Receive", Disturbance.RESET_BEFORE, SessionLost, True, 1),
        ("Receive", Disturbance.RESET_AFTER, SessionLost, True, 1),
        ("Command", Disturbance.UNAVAILABLE, Throttled, False, 0),
        ("Command", Disturbance.QUOTA, Throttled, False, 0),
        ("Receive", Disturbance.UNAVAILABLE, Throttled, True, 1),
        ("Command", Disturbance.MALFORMED, ProtocolError, True, 1),
        ("Receive", Disturbance.MALFORMED, ProtocolError, True, 1),
        ("Receive", Disturbance.TRUNCATED, SessionLost, True, 1),
        ("Command", Disturbance.HANG, DeadlineExceeded, True, 0),
        ("Receive", Disturbance.HANG, DeadlineExceeded, True, 1),
    ],
)
async def test_trouble_with_a_command(
    lab: Farm, verb: str, disturbance: Disturbance, kind: type[RemotingError], *, sent: bool, effects: int
) -> None:
    async with await lab.open() as remote:
        lab.trouble.at(verb, disturbance)
        with pytest.raises(kind) as caught:
            await remote("Set-UMService", deadline=0.5 if disturbance is Disturbance.HANG else 20)
        assert type(caught.value) is kind
        assert caught.value.sent is sent
        await eventually(lambda: lab.host.effects == effects)
        with pytest.raises(SessionLost) as after:
            await remote("Set-UMService")
        assert not after.value.sent
    assert lab.host.effects == effects
    assert lab.shells == 0, "closing a broken session deletes its shell"


@pytest.mark.parametrize(
    ("disturbance", "kind"),
    [
        (Disturbance.RESET_BEFORE, SessionLost),
        (Disturbance.RESET_AFTER, SessionLost),
        (Disturbance.UNAVAILABLE, Throttled),
        (Disturbance.QUOTA, Throttled),
        (Disturbance.MALFORMED, ProtocolError),
        (Disturbance.HANG, DeadlineExceeded),
    ],
)
async def test_trouble_with_opening_never_sent_anything(
    lab: Farm, disturbance: Disturbance, kind: type[RemotingError]
) -> None:
    lab.trouble.at("Create", disturbance)
    with pytest.raises(kind) as caught:
        await lab.open(deadline=0.5 if disturbance is Disturbance.HANG else 20)
    assert not caught.value.sent
    assert lab.shells == 0, "a shell whose creation was never answered is deleted, too"


async def test_a_server_that_opens_slowly_is_asked_again(lab: Farm) -> None:
    lab.trouble.at("Receive", *[timed_out()] * 3)
    async with await lab.open() as remote:
        assert (await remote("Get-UMService")).rows
    assert lab.server.counters.faults[2150858793] == 3


async def test_a_half_opened_shell_is_deleted(lab: Farm) -> None:
    lab.trouble.at("Receive", Disturbance.RESET_BEFORE)
    with pytest.raises(SessionLost):
        await lab.open()
    assert lab.server.counters.wsman["Create"] == 1
    assert lab.shells == 0


async def test_trouble_after_the_result_does_not_take_it_away(lab: Farm) -> None:
    lab.trouble.at("Signal", Disturbance.RESET_BEFORE)
    async with await lab.open() as remote:
        assert (await remote("Set-UMService")).warnings
    assert lab.shells == 0


async def test_a_command_that_takes_too_long_is_stopped_at_its_deadline(lab: Farm) -> None:
    loop = asyncio.get_running_loop()
    async with await lab.open() as remote:
        began = loop.time()
        with pytest.raises(DeadlineExceeded) as caught:
            await remote("Wait-Release", deadline=1.5)
        assert 1.4 < loop.time() - began < 8
        assert caught.value.sent
    assert lab.shells == 0
    lab.host.release.set()
    await asyncio.sleep(0)
    assert lab.host.effects == 0


async def test_a_long_command_outlives_many_empty_answers(lab: Farm) -> None:
    async with await lab.open() as remote:
        call = asyncio.create_task(remote("Wait-Release"))
        await eventually(lambda: lab.server.counters.faults[2150858793] >= 2)
        lab.host.release.set()
        assert (await call).rows == ("released",)


async def test_a_command_that_ends_without_its_state_is_not_asked_for_ever(lab: Farm) -> None:
    async with await lab.open() as remote:
        call = asyncio.create_task(remote("Wait-Release"))
        await eventually(lambda: lab.commands == 1)
        (opened,) = lab.server.service.shells.values()
        (command,) = opened.shell.commands.values()
        command.stream.finish()
        with pytest.raises(SessionLost, match="without its result") as caught:
            await call
        assert caught.value.sent
    assert lab.shells == 0


async def test_a_lost_shell_means_that_nothing_ran(lab: Farm) -> None:
    async with await lab.open() as remote:
        lab.server.service.close()
        with pytest.raises(SessionLost) as caught:
            await remote("Set-UMService")
        assert not caught.value.sent
    assert lab.host.effects == 0


async def test_a_server_that_resets_every_connection_opens_no_session(lab: Farm) -> None:
    lab.trouble.down = True
    with pytest.raises((Unreachable, SessionLost)) as caught:
        await lab.open()
    assert not caught.value.sent


async def test_a_stopped_server_is_unreachable(lab: Farm) -> None:
    await lab.server.stop()
    with pytest.raises(Unreachable, match="Connection refused") as caught:
        await lab.open()
    assert not caught.value.sent


async def test_a_wrong_path_and_a_wrong_configuration_are_not_found(lab: Farm) -> None:
    with pytest.raises(EndpointNotFound, match="HTTP 404"):
        await lab.open(path="OcsPowershell")
    with pytest.raises(SessionConfigurationNotFound, match="no such session configuration"):
        await lab.open(configuration_name="Microsoft.PowerShell")
