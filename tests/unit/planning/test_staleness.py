"""Approved on Monday, changed by hand on Thursday, run on Saturday: what no longer runs, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from manifests_support import dial_plan, gateway, gateway_document, valid, with_metadata
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import SBC01, World, deleted, group_fact, reasons
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import CreateHuntGroup, SetDialPlan, SetGateway
from um_operator.planning.stored_plan import StoredPlan

NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
SATURDAY_NIGHT = datetime(2026, 11, 28, 22, 0, tzinfo=UTC)
NEW_LINK = [{"name": "pbx", "pilotIdentifier": "4900"}, {"name": "pbx", "pilotIdentifier": "4950"}]


def manifest(name: str, generation: int = 1, **spec: Any) -> UMIPGateway:
    """A gateway that moves to port 5062 and gets one more hunt group."""
    document = gateway_document(name, **{"dialPlanRefs": NEW_LINK, "port": 5062, **spec})
    return valid(with_metadata(document, generation=generation), UMIPGateway)


def estate(**sbc01: Any) -> ModelEstate:
    return ModelEstate.of(
        plan_fact("pbx", audioCodec="Gsm"),
        gateway_fact("sbc01", **sbc01),
        group_fact("sbc01", "pbx", "4900"),
        gateway_fact("cube01"),
        group_fact("cube01", "pbx", "4900"),
    )


PLANNED = {"mode": "Plan", "maintenanceWindows": [NIGHT]}
DIAL_PLAN = dial_plan(audioCodec="Wma")
MONDAY = World(
    (DIAL_PLAN, manifest("sbc01"), manifest("cube01")),
    estate(),
    organization=PLANNED,
).seen()


def approved(world: World = MONDAY) -> StoredPlan:
    assert world.plan.approval.pending is not None
    return world.plan.approval.pending


def saturday(changed: ModelEstate, world: World = MONDAY) -> World:
    """Return Saturday night, after everything that needs no window has run."""
    return replace(world, estate=changed, now=SATURDAY_NIGHT).approving(approved()).seen()


def stale(world: World) -> dict[str, str]:
    """Return what does not run because it is stale, with the message."""
    return {
        f"{type(planned.step).__name__} {planned.step.subject.partition('-')[0]}": wait.message
        for planned in world.plan.steps
        for wait in planned.waits
        if wait.detail == "PlanStale"
    }


def of(world: World, subject: str, kind: type) -> PlannedStep:
    (found,) = [
        p for p in world.plan.steps if p.step.subject.startswith(subject) and isinstance(p.step, kind)
    ]
    return found


def test_an_unchanged_estate_spoils_nothing() -> None:
    world = saturday(estate())
    assert stale(world) == {}
    assert [type(p.step).__name__ for p in world.plan.steps if p.ready] == [
        "SetDialPlan",
        "SetGateway",
        "SetGateway",
    ]


def test_exactly_the_step_whose_have_changed_and_what_requires_it_are_refused() -> None:
    world = saturday(estate(port=5070))
    change = f'port: had "5060", has "5070"; changed after plan "{approved().digest}" was made'
    assert stale(world) == {
        "SetGateway UMIPGateway/sbc01": change,
        "CreateHuntGroup UMHuntGroup/sbc01\\pbx": (
            f'it comes after a step on "UMIPGateway/sbc01", which is stale: {change}'
        ),
    }
    assert of(world, "UMDialPlan/pbx", SetDialPlan).ready
    assert of(world, "UMIPGateway/cube01", SetGateway).ready
    end = world.settled()
    assert {p.step.subject.partition("-")[0] for p in end.plan.steps} == {
        "UMIPGateway/sbc01",
        "UMHuntGroup/sbc01\\pbx",
    }
    assert end.estate.gateways["sbc01"].port == 5070


def test_the_organization_is_told_what_changed_and_the_new_plan() -> None:
    report = saturday(estate(port=5070)).plan.approval
    (told,) = report.told
    assert told == (
        "PlanStale",
        f'since plan "{approved().digest}" was made, the ground of 1 step was changed: '
        '"UMIPGateway/sbc01" port: had "5060", has "5070"; 1 more comes after that',
    )
    assert report.pending is not None
    assert report.pending.digest != approved().digest
    assert not report.carried_out


def test_the_new_plan_once_approved_runs_all_that_is_left() -> None:
    world = saturday(estate(port=5070))
    world = world.approving(approved(world)).settled()
    assert not world.plan.steps
    assert world.plan.approval.carried_out


def test_one_of_two_steps_on_a_gateway_is_spoilt_alone() -> None:
    monday = MONDAY.declaring(DIAL_PLAN, manifest("sbc01", outcallsAllowed=False))
    plan = approved(monday)
    world = replace(monday, estate=estate(port=5070), now=SATURDAY_NIGHT).approving(plan).seen()
    assert set(stale(world)) == {"SetGateway UMIPGateway/sbc01", "CreateHuntGroup UMHuntGroup/sbc01\\pbx"}
    (harmless,) = [p.step for p in world.plan.steps if p.ready and isinstance(p.step, SetGateway)]
    assert [change.path for change in harmless.changes] == ["outcallsAllowed"]


def test_a_declared_field_that_drifted_meanwhile_is_told_with_what_it_was() -> None:
    monday = MONDAY.declaring(DIAL_PLAN, manifest("sbc01", outcallsAllowed=False, simulator=False))
    plan = approved(monday)
    changed = estate(simulator=True)
    world = replace(monday, estate=changed, now=SATURDAY_NIGHT).approving(plan).seen()
    assert list(stale(world).values()) == [
        f'simulator: had "false", has "true"; changed after plan "{plan.digest}" was made'
    ]
    assert of_port(world).ready


def of_port(world: World) -> PlannedStep:
    (found,) = [
        p for p in world.plan.steps if isinstance(p.step, SetGateway) and p.step.changes[0].path == "port"
    ]
    return found


def test_a_field_that_somebody_corrected_by_hand_is_told_as_well() -> None:
    monday = MONDAY.declaring(DIAL_PLAN, manifest("sbc01", outcallsAllowed=False, simulator=True))
    plan = approved(monday)
    world = replace(monday, estate=estate(simulator=True), now=SATURDAY_NIGHT).approving(plan).seen()
    assert list(stale(world).values()) == [
        f'simulator: had "false", has "true"; changed after plan "{plan.digest}" was made'
    ]


def test_a_step_that_somebody_did_by_hand_just_goes() -> None:
    world = saturday(estate(port=5062))
    assert stale(world) == {}
    assert of(world, "UMHuntGroup/sbc01", CreateHuntGroup).ready


def test_another_manifest_is_no_change_by_hand() -> None:
    world = saturday(estate()).declaring(DIAL_PLAN, manifest("sbc01", generation=2, port=5063))
    assert stale(world) == {}
    (step,) = of_port(world).waits
    assert (step.reason, step.detail) == ("WaitingForApproval", "")
    assert "does not have this step" in step.message


def test_another_manifest_hides_no_change_by_hand() -> None:
    world = saturday(estate(port=5070)).declaring(DIAL_PLAN, manifest("sbc01", generation=2, port=5063))
    assert set(stale(world)) == {"SetGateway UMIPGateway/sbc01", "CreateHuntGroup UMHuntGroup/sbc01\\pbx"}


def test_a_field_that_is_declared_since_is_no_change_by_hand() -> None:
    monday = MONDAY.declaring(DIAL_PLAN, manifest("sbc01", outcallsAllowed=False))
    plan = approved(monday)
    wider = manifest("sbc01", generation=2, outcallsAllowed=False, simulator=True)
    world = replace(monday, now=SATURDAY_NIGHT).approving(plan).declaring(DIAL_PLAN, wider)
    assert stale(world) == {}


def test_what_comes_after_a_step_that_was_never_approved_is_not_stale() -> None:
    world = saturday(estate()).declaring(
        DIAL_PLAN, manifest("sbc01", generation=2, port=5063), manifest("cube01")
    )
    link = of(world, "UMHuntGroup/sbc01", CreateHuntGroup)
    assert reasons(link.waits) == ["WaitingForGateway"]


def test_a_gateway_made_anew_under_its_name_is_another_one_to_remove() -> None:
    gone = deleted(gateway(deletionPolicy="Delete"))
    monday = World(
        (gone,), ModelEstate.of(gateway_fact("sbc01", state="Disabled")), organization={"mode": "Plan"}
    ).seen()
    plan = approved(monday)
    other = replace(gateway_fact("sbc01", state="Disabled"), guid="another")
    world = replace(monday, estate=ModelEstate.of(other)).approving(plan).seen()
    assert list(stale(world).values()) == [
        f'guid: had "guid-of-sbc01", has "another"; changed after plan "{plan.digest}" was made'
    ]


def test_many_stale_steps_are_counted_and_some_named() -> None:
    names = [f"sbc{number:02}" for number in range(1, 9)]
    monday = World(
        tuple(gateway(name, port=5062) for name in names),
        ModelEstate.of(*(gateway_fact(name) for name in names)),
        organization={"mode": "Plan"},
    ).seen()
    plan = approved(monday)
    moved = ModelEstate.of(*(gateway_fact(name, port=5070) for name in names))
    (told,) = replace(monday, estate=moved).approving(plan).plan.approval.told
    assert told[1].startswith(f'since plan "{plan.digest}" was made, the ground of 8 steps was changed: ')
    assert told[1].endswith('"UMIPGateway/sbc05" port: had "5060", has "5070" and 3 more')


@pytest.mark.parametrize("mode", ["Plan", "Enforce"])
def test_only_what_asks_for_an_approval_can_be_stale(mode: str) -> None:
    world = saturday(estate(port=5070), replace(MONDAY, organization={**MONDAY.organization, "mode": mode}))
    assert bool(stale(world)) == (mode == "Plan")


def test_what_was_carried_out_and_drifted_since_is_a_new_step_and_none_is_stale() -> None:
    monday = World(
        (dial_plan(), gateway(port=5070, outcallsAllowed=False)), organization={"mode": "Plan"}
    ).seen()
    plan = approved(monday)
    done = monday.approving(plan).settled()
    assert not done.plan.steps
    moved = gateway_fact("sbc01", port=5071, outcallsAllowed=False)
    drifted = replace(done, estate=replace(done.estate, gateways={"sbc01": moved}))
    assert stale(drifted) == {}
    (step,) = drifted.plan.steps
    assert step.corrects == {"port"}
    assert [wait.reason for wait in step.waits] == ["WaitingForApproval"]


def test_a_repair_that_waits_is_stale_when_the_field_is_changed_again() -> None:
    in_force = ObjectEntry(origin="Adopted", guid="guid-of-sbc01", applied_generation=1)
    monday = replace(
        World((dial_plan(), manifest("sbc01", dialPlanRefs=NEW_LINK[:1])), estate(), organization=PLANNED),
        ledger=Ledger().with_entries({SBC01: in_force}),
    ).seen()
    plan = approved(monday)
    world = replace(monday, estate=estate(port=5070)).approving(plan)
    assert list(stale(world).values()) == [
        f'port: had "5060", has "5070"; changed after plan "{plan.digest}" was made'
    ]
