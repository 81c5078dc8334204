from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from manifests_support import dial_plan, plan_document, valid, with_metadata
from model_estate import ModelEstate, plan_fact
from planning_support import PBX, World, findings, of_type
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.api.dial_plan import UMDialPlan
from um_operator.planning.steps import CreateDialPlan, SetDialPlan

MANIFEST = plan_document(audioCodec="Wma", faxEnabled=False)


def changed_back(world: World, minutes: int = 1) -> World:
    """Somebody changes the audio codec by hand, a while later."""
    live = world.estate.plans["pbx"]
    by_hand = plan_fact("pbx", **{**live.properties, "audioCodec": "Gsm"})
    return replace(world.later(timedelta(minutes=minutes)), estate=ModelEstate.of(by_hand))


def fought(times: int, minutes: int = 1) -> World:
    """The audio codec was corrected so many times, and was changed back once more."""
    world = World((valid(MANIFEST, UMDialPlan),)).settled()
    for _ in range(times):
        world = changed_back(world, minutes).settled()
    return changed_back(world, minutes)


def test_two_corrections_are_no_fight() -> None:
    assert of_type(fought(2).plan, SetDialPlan).ready


def test_after_three_corrections_within_an_hour_a_field_is_left_alone() -> None:
    world = fought(3)
    assert not world.plan.steps
    assert set(findings(world.plan, PBX)) == {("Drift", "Differs"), ("Blocked", "CorrectionStopped")}


def test_it_stays_alone_however_much_later() -> None:
    assert not fought(3).later(timedelta(days=2)).plan.steps


def test_three_corrections_in_more_than_an_hour_are_no_fight() -> None:
    assert of_type(fought(3, minutes=40).plan, SetDialPlan).ready


def test_other_fields_of_the_object_are_still_corrected() -> None:
    world = fought(3)
    more = plan_fact("pbx", **{**world.estate.plans["pbx"].properties, "faxEnabled": True})
    step = of_type(replace(world, estate=ModelEstate.of(more)).plan, SetDialPlan).step
    assert step.sentence == 'Set faxEnabled from "true" to "false" of dial plan "pbx".'


def test_a_person_who_asks_for_another_try_ends_the_fight() -> None:
    asked = with_metadata(MANIFEST, annotations={RETRY_REQUESTED_AT: "2026-11-25T12:30:00Z"})
    world = replace(fought(3), resources=(valid(asked, UMDialPlan),))
    assert of_type(world.plan, SetDialPlan).ready


def test_a_plan_that_is_removed_again_and_again_is_not_made_again() -> None:
    world = World((dial_plan(),)).settled()
    for _ in range(3):
        world = replace(world.later(timedelta(minutes=1)), estate=ModelEstate()).settled()
    gone = replace(world.later(timedelta(minutes=1)), estate=ModelEstate())
    assert not [one for one in gone.plan.steps if isinstance(one.step, CreateDialPlan)]
    assert ("Blocked", "CorrectionStopped") in findings(gone.plan, PBX)
