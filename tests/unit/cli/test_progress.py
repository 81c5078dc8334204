"""What a run says while it goes on, so that nobody takes patience for a hang."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.cli.progress import Waits, show_event
from um_operator.engine.one_pass import Memory, Report
from um_operator.engine.ports import Event
from um_operator.planning.plan import Plan, PlannedStep, Wait
from um_operator.planning.steps import RemoveGateway

CUBE = ObjectKey("UMIPGateway", "cube01")
REMOVE = RemoveGateway(owner=CUBE, interrupts=True, gateway="cube01", guid="g")
UNTIL = datetime(2026, 11, 25, 20, 25, tzinfo=UTC)


def report(*waits: Wait) -> Report:
    return Report(Plan((PlannedStep(REMOVE, waits),), ()), (), True, Memory())


def test_what_ends_by_itself_is_said_once_however_many_passes_see_it() -> None:
    said: list[str] = []
    waits = Waits(said.append)
    calls = Wait("WaitingForCalls", 'gateway "cube01" still has calls', str(CUBE), until=UNTIL)
    for _ in range(3):
        waits.passed(report(calls))
    assert said == ['UMIPGateway/cube01 waits: gateway "cube01" still has calls, until 2026-11-25T20:25:00Z']


def test_what_the_last_plan_will_say_anyway_is_not_said_on_the_way() -> None:
    said: list[str] = []
    Waits(said.append).passed(report(Wait("WaitingForWindow", "waits for a window")))
    assert said == []


def test_events_go_to_stderr_one_a_line_and_warnings_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    show_event(Event(CUBE, "Normal", "Applied", "Remove gateway."))
    show_event(Event(CUBE, "Warning", "InUse", "is referred to"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "UMIPGateway/cube01 Applied: Remove gateway.",
        "warning UMIPGateway/cube01 InUse: is referred to",
    ]
