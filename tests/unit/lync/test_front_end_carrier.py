"""Orders to front ends: one service stops with what needs it, each of the others is started by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange_support import TableInvoker
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.lync.carrier import FrontEndCarrier
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices
from um_operator.remoting.errors import DeadlineExceeded
from um_operator.remoting.session import Command, ErrorRecord, Result

OWNER = ObjectKey("LyncIntegration", "lync")
POOL, FE01 = "lyncpool01.contoso.com", "lyncfe01.contoso.com"
RAN = ("RTCCAA", "RTCRGS", "RTCSRV")
STOP = StopFrontEndServices(
    owner=OWNER, pool=POOL, computer=FE01, services=RAN, dial_plans=(), chain="", batch=(FE01,)
)
START = StartFrontEndServices(owner=OWNER, pool=POOL, computer=FE01, services=RAN)


def refused(command: Command) -> Result:
    """Refuse one of the services."""
    record = ErrorRecord("No.", "StartFailed", "OpenError", "System.Exception", None, terminating=False)
    return Result((), (record,) if command.parameters["Name"] == "RTCCAA" else ())


def lost(command: Command) -> Result:
    """Lose the answer about one of the services."""
    if command.parameters["Name"] == "RTCSRV":
        raise DeadlineExceeded("no answer", sent=True)
    return Result(())


async def test_the_front_end_service_alone_is_told_to_stop_and_nobody_waits() -> None:
    shell = TableInvoker()
    assert (await FrontEndCarrier(shell).carry(STOP, None)).kind == "Done"
    [command] = shell.writes
    assert command.name == "Stop-CsWindowsService"
    assert command.parameters == {
        "Name": "RTCSRV",
        "ComputerName": FE01,
        "Graceful": True,
        "NoWait": True,
        "Confirm": False,
    }


async def test_everything_that_ran_is_started_by_its_name_the_front_end_service_first() -> None:
    shell = TableInvoker()
    assert (await FrontEndCarrier(shell).carry(START, None)).kind == "Done"
    assert [command.parameters["Name"] for command in shell.writes] == ["RTCSRV", "RTCCAA", "RTCRGS"]
    assert {command.name for command in shell.writes} == {"Start-CsWindowsService"}
    assert all(command.parameters["ComputerName"] == FE01 for command in shell.writes)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [(refused, "Refused", Reason.REFUSED), (lost, "Unclear", Reason.DEADLINE_EXCEEDED)],
)
async def test_a_service_that_does_not_start_keeps_no_other_down(
    answer: Callable[[Command], Result], kind: str, reason: Reason
) -> None:
    shell = TableInvoker({"Start-CsWindowsService": answer})
    outcome = await FrontEndCarrier(shell).carry(START, None)
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert len(shell.writes) == len(RAN)
