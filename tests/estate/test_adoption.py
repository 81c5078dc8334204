"""What is there already is taken over as it is; what nobody declared is left alone (R2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.harness import declaring, hunt_groups, live
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

GATEWAY = ObjectKey("UMIPGateway", "sbc01")
PLAN = ObjectKey("UMDialPlan", "hq")


@pytest.fixture
def by_hand(lab: Lab) -> int:
    """Make a plan and a gateway by hand, with values that no manifest names; return the effects so far."""
    lab.change("New-UMDialPlan", Name="HQ", CountryOrRegionCode="49", NumberOfDigitsInExtension=4)
    lab.change("Set-UMDialPlan", Identity="HQ", OperatorExtension="4711", MaxCallDuration=45)
    lab.change("New-UMIPGateway", Name="SBC01", Address="SBC01.contoso.com")
    lab.change("Set-UMIPGateway", Identity="SBC01", Port=5070, OutcallsAllowed=False)
    lab.change("New-UMHuntGroup", Name="old", UMDialPlan="HQ", UMIPGateway="SBC01", PilotIdentifier="4900")
    return len(lab.journal.effects)


async def test_minimal_manifests_of_live_objects_write_nothing(
    lab: Lab, by_hand: int, tmp_path: Path
) -> None:
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900")))
    report = await operator.apply()
    assert report.plan.steps == ()
    assert len(lab.journal.effects) == by_hand
    assert {report.memory.ledger.entry(key).origin for key in (GATEWAY, PLAN)} == {"Adopted"}
    assert {c.reason for c in report.memory.statuses[GATEWAY].conditions} == {"UpToDate"}


async def test_only_declared_fields_of_an_adopted_object_are_written(
    lab: Lab, by_hand: int, tmp_path: Path
) -> None:
    manifests = (dial_plan("hq", defaultLanguage="en-US"), gateway("sbc01", port=5060))
    operator = declaring(lab, tmp_path, organization(), *manifests)
    await operator.apply()
    assert live(lab, "UMIPGateway", "SBC01")["Port"] == 5060
    assert live(lab, "UMIPGateway", "SBC01")["OutcallsAllowed"] is False
    assert live(lab, "UMDialPlan", "HQ")["OperatorExtension"] == "4711"
    assert live(lab, "UMDialPlan", "HQ")["MaxCallDuration"] == 45


async def test_hunt_groups_that_nobody_listed_stay(lab: Lab, by_hand: int, tmp_path: Path) -> None:
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4950")))
    await operator.apply()
    assert hunt_groups(lab, "SBC01") == {("HQ", "4900"), ("HQ", "4950")}


async def test_an_unlisted_hunt_group_goes_only_after_the_listed_one_is_there(
    lab: Lab, by_hand: int, tmp_path: Path
) -> None:
    sbc = gateway("sbc01", ("hq", "4950"), unlistedHuntGroups="Remove")
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq"), sbc)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert hunt_groups(lab, "SBC01") == {("HQ", "4950")}
    cmdlets = [effect.cmdlet for effect in lab.journal.effects[by_hand:]]
    assert cmdlets == ["New-UMHuntGroup", "Remove-UMHuntGroup"]


async def test_an_adopted_plan_with_another_immutable_value_is_refused_and_left(
    lab: Lab, by_hand: int, tmp_path: Path
) -> None:
    operator = declaring(
        lab, tmp_path, organization(), dial_plan("hq", numberOfDigitsInExtension=5, operatorExtension="1")
    )
    report = await operator.apply()
    assert len(lab.journal.effects) == by_hand
    conditions = {c.type: c for c in report.memory.statuses[PLAN].conditions}
    assert conditions["Stalled"].reason == "ImmutableFieldDiffers"


async def test_a_lost_state_adopts_what_it_finds_and_writes_nothing(
    lab: Lab, by_hand: int, tmp_path: Path
) -> None:
    manifests = (organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    first = declaring(lab, tmp_path, *manifests)
    await first.apply()
    effects = len(lab.journal.effects)
    second = declaring(lab, tmp_path, *manifests)
    second.state = tmp_path / "another state"
    report = await second.apply()
    assert len(lab.journal.effects) == effects
    assert report.memory.ledger.entry(GATEWAY).origin == "Adopted"
