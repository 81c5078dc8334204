"""What people do by hand beside the operator: it looks again, and does not take their word for its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from estate.conftest import RATE
from estate.harness import Operator, declaring, hunt_groups, names, text
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

PLAN, GATEWAY = ObjectKey("UMDialPlan", "hq"), ObjectKey("UMIPGateway", "sbc01")


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator whose one plan and gateway are in force."""
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq"), sbc())
    await operator.apply()
    return operator


def sbc() -> dict[str, object]:
    return gateway("sbc01", ("hq", "4900"), deletionPolicy="Delete")


def reasons(report: Report, key: ObjectKey) -> dict[str, str]:
    return {condition.type: condition.reason for condition in report.memory.statuses[key].conditions}


async def test_calls_of_a_gateway_that_was_just_parted_from_its_plan_are_not_cut(
    lab: Lab, operator: Operator
) -> None:
    await lab.calls.until(lambda seen: seen.gateways["sbc01"].in_progress > 0, deadline=30)
    [group] = lab.console().run("Get-UMHuntGroup", parameters={"UMDialPlan": "hq"}).rows
    lab.change("Remove-UMHuntGroup", Identity=f"sbc01\\{text(group.properties['Name'])}")
    operator.declare(organization(), dial_plan("hq"))
    await operator.apply(delete={GATEWAY})
    assert "sbc01" not in names(lab, "UMIPGateway")
    assert lab.calls.summary().total.cut == 0


async def test_a_gateway_is_disabled_and_unlisted_at_once_without_cutting_a_call(
    lab: Lab, operator: Operator
) -> None:
    await lab.calls.until(lambda seen: seen.gateways["sbc01"].in_progress > 0, deadline=30)
    operator.declare(
        organization(), dial_plan("hq"), gateway("sbc01", unlistedHuntGroups="Remove", state="Disabled")
    )
    report = await operator.apply()
    assert report.plan.steps == ()
    assert hunt_groups(lab, "sbc01") == set()
    assert lab.calls.summary().total.cut == 0


async def test_a_plan_that_someone_renamed_keeps_its_calls(lab: Lab, operator: Operator) -> None:
    before = len(lab.journal.effects)
    lab.change("Set-UMDialPlan", Identity="hq", Name="Main Office")
    report = await operator.apply()
    assert len(lab.journal.effects) == before + 1
    assert reasons(report, PLAN)["Stalled"] == "Renamed"
    assert hunt_groups(lab, "sbc01") == {("Main Office", "4900")}


async def test_manifests_pointed_at_another_forest_do_nothing_there(
    operator: Operator, tmp_path: Path
) -> None:
    spec = replace(first_steps().organization, name="Fabrikam")
    async with Lab.start(replace(first_steps(), organization=spec), clock=Clock(rate=RATE), seed=99) as other:
        there = declaring(other, tmp_path, organization(), dial_plan("hq"))
        there.state = operator.state
        report = await there.apply(delete={GATEWAY})
        assert not other.journal.effects
        assert reasons(report, PLAN)["Stalled"] == "OtherOrganization"
        assert reasons(report, ObjectKey("ExchangeOrganization", "default"))["Stalled"] == "OtherOrganization"
        assert GATEWAY in report.memory.statuses
