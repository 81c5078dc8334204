"""What someone changes by hand is found, said with field, want and have, and repaired where that is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring, live, text
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

GATEWAY = ObjectKey("UMIPGateway", "sbc01")
PLAN = ObjectKey("UMDialPlan", "hq")


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator whose one plan and gateway are in force."""
    operator = declaring(lab, tmp_path, organization(), hq(), sbc())
    await operator.apply()
    return operator


def hq(**spec: Any) -> dict[str, Any]:
    return dial_plan("hq", defaultLanguage="en-US", maxRecordingDuration="10m", **spec)


def sbc(**spec: Any) -> dict[str, Any]:
    return gateway("sbc01", ("hq", "4900"), port=5060, outcallsAllowed=False, **spec)


async def test_observe_shows_drift_with_path_want_and_have_and_changes_nothing(
    lab: Lab, operator: Operator
) -> None:
    operator.declare(organization(mode="Observe"), hq(), sbc())
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    before = len(lab.journal.effects)
    report = await operator.apply()
    status = report.memory.statuses[GATEWAY]
    [drift] = status.drift  # type: ignore[union-attr]
    assert (drift.path, drift.want, drift.have) == ("port", "5060", "5070")
    assert {c.type: c.reason for c in status.conditions}["Ready"] == "Drifted"
    assert len(lab.journal.effects) == before


async def test_a_hunt_group_removed_by_hand_comes_back(lab: Lab, operator: Operator) -> None:
    [group] = lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": "hq"}).rows
    lab.change("Remove-UMHuntGroup", Identity=f"sbc01\\{text(group.properties['Name'])}")
    await operator.apply()
    [again] = lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": "hq"}).rows
    assert again.properties["PilotIdentifier"] == "4900"


async def test_a_gateway_removed_by_hand_comes_back_whole(lab: Lab, operator: Operator) -> None:
    [group] = lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": "hq"}).rows
    lab.change("Remove-UMHuntGroup", Identity=f"sbc01\\{text(group.properties['Name'])}")
    lab.change("Remove-UMIPGateway", Identity="sbc01")
    report = await operator.apply()
    assert report.plan.steps == ()
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is False


async def test_ignored_drift_is_neither_repaired_nor_reported(lab: Lab, operator: Operator) -> None:
    operator.declare(organization(), hq(), sbc(ignoreDrift=["port"]))
    await operator.apply()
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    report = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5070
    assert report.memory.statuses[GATEWAY].drift == ()  # type: ignore[union-attr]


async def test_a_field_that_someone_keeps_changing_back_is_left_after_three_corrections(
    lab: Lab, operator: Operator
) -> None:
    for _ in range(3):
        lab.change("Set-UMDialPlan", Identity="hq", MaxRecordingDuration=15)
        await operator.apply()
        assert live(lab, "UMDialPlan", "hq")["MaxRecordingDuration"] == 10
    lab.change("Set-UMDialPlan", Identity="hq", MaxRecordingDuration=15)
    report = await operator.apply()
    assert live(lab, "UMDialPlan", "hq")["MaxRecordingDuration"] == 15
    conditions = {c.type: c for c in report.memory.statuses[PLAN].conditions}
    assert conditions["Stalled"].reason == "CorrectionStopped"

    asked = hq()
    asked["metadata"]["annotations"] = {"unifiedmessaging.dev/retry-requested-at": "2026-11-25T12:00:00Z"}
    operator.declare(organization(), asked, sbc())
    await operator.apply()
    assert live(lab, "UMDialPlan", "hq")["MaxRecordingDuration"] == 10


async def test_a_change_of_the_manifest_is_applied_and_is_no_drift(lab: Lab, operator: Operator) -> None:
    operator.declare(organization(), hq(operatorExtension="4000"), sbc())
    report = await operator.apply()
    assert live(lab, "UMDialPlan", "hq")["OperatorExtension"] == "4000"
    assert not any(event.reason == "Drifted" for event in operator.events)
    assert report.memory.ledger.entry(PLAN).applied_generation == 2
