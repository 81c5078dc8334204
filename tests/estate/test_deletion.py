"""Deleting: empty the gateway, then its hunt groups, then the gateway; no call in progress is cut (R3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.harness import SERVERS_HAVE_READ, Operator, declaring, names
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

GATEWAY = ObjectKey("UMIPGateway", "sbc01")
PLAN = ObjectKey("UMDialPlan", "hq")


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator whose one plan and gateway are in force and may be deleted."""
    operator = declaring(lab, tmp_path, organization(), hq(), sbc())
    await operator.apply()
    return operator


def hq() -> dict[str, object]:
    return dial_plan("hq", deletionPolicy="Delete")


def sbc() -> dict[str, object]:
    return gateway("sbc01", ("hq", "4900"), deletionPolicy="Delete")


def effects_after(lab: Lab, start: int) -> list[tuple[str, str]]:
    return [(effect.cmdlet, effect.kind) for effect in lab.journal.effects[start:]]


async def test_a_gateway_is_emptied_before_it_goes_and_no_call_is_cut(lab: Lab, operator: Operator) -> None:
    lab.clock.advance(SERVERS_HAVE_READ)
    await lab.calls.until_each_gateway_called(gateways=["sbc01"], deadline=30)
    start = len(lab.journal.effects)
    operator.declare(organization(), hq())
    await operator.apply(delete={GATEWAY})
    cmdlets = [cmdlet for cmdlet, _ in effects_after(lab, start)]
    assert cmdlets == ["Set-UMIPGateway", "Remove-UMHuntGroup", "Remove-UMIPGateway"]
    assert "sbc01" not in names(lab, "UMIPGateway")
    assert lab.calls.summary().total.cut == 0


async def test_a_manifest_that_vanished_leaves_the_object_alone(lab: Lab, operator: Operator) -> None:
    start = len(lab.journal.effects)
    operator.declare(organization(), hq())
    await operator.apply()
    assert effects_after(lab, start) == []
    assert "sbc01" in names(lab, "UMIPGateway")


async def test_a_plan_of_ours_goes_with_its_default_policy_once_nothing_uses_it(
    lab: Lab, operator: Operator
) -> None:
    operator.declare(organization())
    await operator.apply(delete={GATEWAY, PLAN})
    assert "hq" not in names(lab, "UMDialPlan")
    assert "hq Default Policy" not in names(lab, "UMMailboxPolicy")


async def test_a_plan_in_use_stays_and_says_who_uses_it(lab: Lab, operator: Operator) -> None:
    lab.change("New-UMIPGateway", Name="other", Address="other.contoso.com")
    lab.change("New-UMHuntGroup", Name="other", UMDialPlan="hq", UMIPGateway="other")
    operator.declare(organization())
    report = await operator.apply(delete={GATEWAY, PLAN})
    assert "hq" in names(lab, "UMDialPlan")
    conditions = {c.type: c for c in report.memory.statuses[PLAN].conditions}
    assert conditions["Stalled"].reason == "InUse"
    assert "other\\other" in conditions["Stalled"].message


async def test_an_adopted_plan_keeps_the_policy_that_was_there_before(lab: Lab, tmp_path: Path) -> None:
    lab.change("New-UMDialPlan", Name="hq", CountryOrRegionCode="49", NumberOfDigitsInExtension=4)
    operator = declaring(lab, tmp_path, organization(), hq())
    await operator.apply()
    operator.declare(organization())
    await operator.apply(delete={PLAN})
    assert "hq Default Policy" in names(lab, "UMMailboxPolicy")


async def test_in_observe_a_deletion_lets_go_and_removes_nothing(lab: Lab, operator: Operator) -> None:
    start = len(lab.journal.effects)
    operator.declare(organization(mode="Observe"), hq())
    await operator.apply(delete={GATEWAY})
    assert effects_after(lab, start) == []
