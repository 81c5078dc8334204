"""What interrupts calls waits for a window, repairs as well; the rest does not wait (R12, R26)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring, live
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

GATEWAY = ObjectKey("UMIPGateway", "sbc01")
NIGHT = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}


def sbc(**spec: Any) -> dict[str, Any]:
    return gateway("sbc01", ("hq", "4900"), **{"port": 5060, "outcallsAllowed": True, **spec})


def org(**spec: Any) -> dict[str, Any]:
    return organization(maintenanceWindows=[NIGHT], disruption={"drainTimeout": "30m"}, **spec)


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator whose one plan and gateway are in force, and that may interrupt at night."""
    operator = declaring(lab, tmp_path, org(), dial_plan("hq"), sbc())
    await operator.apply()
    return operator


async def test_a_new_plan_and_gateway_need_no_window(operator: Operator, lab: Lab) -> None:
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": "hq"}).rows


async def test_a_repair_that_interrupts_waits_and_one_that_does_not_happens_at_once(
    lab: Lab, operator: Operator
) -> None:
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070, OutcallsAllowed=False)
    report = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5070
    [planned] = report.plan.steps
    assert planned.step.interrupts
    assert [wait.reason for wait in planned.waits] == ["WaitingForWindow"]
    conditions = {c.type: c.reason for c in report.memory.statuses[GATEWAY].conditions}
    assert conditions["Drifted"] == "WaitingForWindow"
    assert "Reconciling" not in conditions
    assert report.wake_at is not None


async def test_the_repair_happens_once_the_window_opens(lab: Lab, operator: Operator) -> None:
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    report = await operator.apply()
    assert report.wake_at is not None
    lab.clock.advance(report.wake_at - lab.clock.now() + timedelta(seconds=1))
    report = await operator.apply()
    assert report.plan.steps == ()
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060


async def test_a_blackout_closes_the_window(lab: Lab, operator: Operator) -> None:
    now = lab.clock.now()
    blackout = {
        "name": "christmas",
        "startsAt": (now - timedelta(days=1)).isoformat(),
        "endsAt": (now + timedelta(days=14)).isoformat(),
    }
    operator.declare(org(blackouts=[blackout]), dial_plan("hq"), sbc())
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    report = await operator.apply()
    assert report.wake_at is not None
    assert report.wake_at >= now + timedelta(days=13)


async def test_a_hold_stops_new_writes_and_ends_by_itself(lab: Lab, operator: Operator) -> None:
    until = lab.clock.now() + timedelta(hours=3)
    held = gateway(
        "sbc01",
        ("hq", "4900"),
        port=5060,
        outcallsAllowed=False,
        annotations={"unifiedmessaging.dev/hold": f"{until.isoformat(timespec='seconds')} incident 4711"},
    )
    operator.declare(org(), dial_plan("hq"), held)
    report = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True
    assert [wait.reason for planned in report.plan.steps for wait in planned.waits] == ["Hold"]
    lab.clock.advance(timedelta(hours=4))
    await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is False


async def test_suspended_means_that_nothing_is_written(lab: Lab, operator: Operator) -> None:
    operator.declare(org(), dial_plan("hq"), sbc(outcallsAllowed=False, suspend=True))
    report = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True
    assert "Suspended" in {c.type for c in report.memory.statuses[GATEWAY].conditions}


async def test_mode_plan_waits_for_an_approval_and_runs_nothing(lab: Lab, operator: Operator) -> None:
    start = len(lab.journal.effects)
    operator.declare(org(mode="Plan"), dial_plan("hq"), sbc(outcallsAllowed=False))
    report = await operator.apply()
    assert len(lab.journal.effects) == start
    conditions = {c.type: c.reason for c in report.memory.statuses[GATEWAY].conditions}
    assert conditions["Ready"] == "WaitingForApproval"
    assert "PlanPending" in conditions
