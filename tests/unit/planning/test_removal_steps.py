from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manifests_support import dial_plan, gateway, gateway_document, valid, with_metadata
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, deleted, findings, group_fact, kinds, of_type, reasons
from um_operator.api.annotations import HOLD
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.reasons import Reason
from um_operator.desired.organization import Obstacle
from um_operator.observed.exchange import MailboxPolicyFact
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import (
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetGatewayState,
)

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]


def going(**spec: Any) -> UMIPGateway:
    return deleted(gateway(dialPlanRefs=REFS, **{"deletionPolicy": "Delete", **spec}))


def linked(**calls: int) -> ModelEstate:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    return replace(estate, calls=calls)


def test_a_gateway_is_emptied_parted_and_removed_in_this_order() -> None:
    world = World((dial_plan(), going()), linked(sbc01=1)).seen()
    assert kinds(world.plan) == ["SetGatewayState", "RemoveHuntGroup", "RemoveGateway"]
    assert all(planned.step.interrupts for planned in world.plan.steps)
    assert [planned.ready for planned in world.plan.steps] == [True, False, False]
    closed = world.settled()
    assert closed.estate.gateways["sbc01"].state == "NoNewCalls"
    assert set(reasons(of_type(closed.plan, RemoveHuntGroup).waits)) == {"WaitingForCalls"}
    gone = replace(closed, estate=replace(closed.estate, calls={})).patient()
    assert not gone.estate.gateways
    assert not gone.estate.groups
    assert gone.plan.released == {SBC01: ""}


def test_the_unlisted_hunt_groups_of_a_deleted_gateway_go_too() -> None:
    estate = linked()
    more = replace(estate, groups=(*estate.groups, group_fact("sbc01", "other", "1", "theirs")))
    world = World((dial_plan(), going()), more).patient()
    assert not world.estate.gateways


def test_a_gateway_that_was_never_linked_goes_at_once() -> None:
    world = World((going(),), ModelEstate.of(gateway_fact("sbc01")))
    world = world.remembering(SBC01, origin="Created").seen()
    assert kinds(world.plan) == ["RemoveGateway"]
    assert not of_type(world.plan, RemoveGateway).step.interrupts


def test_a_gateway_that_was_parted_from_its_plans_is_emptied_all_the_same() -> None:
    parted = replace(ModelEstate.of(gateway_fact("sbc01")), calls={"sbc01": 1})
    world = World((going(),), parted).settled()
    assert world.estate.gateways["sbc01"].state == "NoNewCalls"
    assert set(reasons(of_type(world.plan, RemoveGateway).waits)) == {"WaitingForCalls"}
    quiet = replace(world, estate=replace(world.estate, calls={}))
    assert not quiet.patient().estate.gateways


def test_a_gateway_that_someone_just_disabled_goes_when_every_server_has_read_it() -> None:
    disabled = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01", state="Disabled"), *linked().groups)
    world = World((dial_plan(), going()), disabled).settled()
    assert world.estate.groups
    (wait,) = of_type(world.plan, RemoveHuntGroup).waits
    assert wait.until == world.now + timedelta(minutes=25)
    assert not world.patient().estate.gateways


def test_a_gateway_that_someone_opened_again_is_emptied_from_the_beginning() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled().later(timedelta(hours=1))
    opened = replace(closed, estate=linked(sbc01=1)).settled()
    assert reasons(of_type(opened.plan, RemoveHuntGroup).waits) == ["WaitingForCalls", "WaitingForCalls"]


def test_a_gateway_that_someone_made_anew_is_emptied_from_the_beginning() -> None:
    closed = World((dial_plan(), going()), linked()).settled().later(timedelta(hours=1))
    anew = replace(gateway_fact("sbc01", state="NoNewCalls"), guid="guid-of-another")
    gateways = {**closed.estate.gateways, "sbc01": anew}
    world = replace(closed, estate=replace(closed.estate, gateways=gateways)).settled()
    assert world.estate.groups
    assert set(reasons(of_type(world.plan, RemoveHuntGroup).waits)) == {"WaitingForCalls"}


@pytest.mark.parametrize(
    ("left_behind", "spec"),
    [
        ("", {"deletionPolicy": "Orphan"}),
        ("", {"deletionPolicy": "Orphan", "mode": "Observe"}),
        ('mode is "Observe"', {"mode": "Observe"}),
        ("it is suspended", {"suspend": True}),
    ],
)
def test_a_resource_is_released_without_touching_the_gateway(left_behind: str, spec: dict[str, Any]) -> None:
    world = World((dial_plan(), going(**spec)), linked()).seen()
    assert not world.plan.steps
    assert world.plan.released == {SBC01: left_behind}


@pytest.mark.parametrize(
    ("left_behind", "spec"),
    [
        ("", {"deletionPolicy": "Orphan"}),
        ('mode is "Observe"', {"mode": "Observe"}),
        ("it is suspended", {"suspend": True}),
    ],
)
def test_a_dial_plans_resource_is_released_as_well(left_behind: str, spec: dict[str, Any]) -> None:
    manifest = deleted(dial_plan(**{"deletionPolicy": "Delete", **spec}))
    world = World((manifest,), ModelEstate.of(plan_fact("pbx"))).seen()
    assert not world.plan.steps
    assert world.plan.released == {PBX: left_behind}


def without(obstacle: str) -> World:
    """Everything is being deleted, and the organisation cannot be used."""
    world = World((deleted(dial_plan(deletionPolicy="Delete")), going()), linked())
    changed = replace(
        world.desired, obstacles=(Obstacle(Reason.DEPENDENCY_NOT_FOUND, obstacle, stalled=False),)
    )
    return world.wanting(changed)


def test_without_the_organizations_secret_everything_is_released_though_nothing_is_read() -> None:
    world = without('Secret "exchange-operator" does not exist')
    nothing = Snapshot.unread("NotRead", "no session", NOW)
    plan = make_plan(world.desired, nothing, world.ledger, NOW, pass_started=NOW)
    assert not plan.steps
    assert set(plan.released) == {PBX, SBC01}
    assert set(plan.released.values()) == {'Secret "exchange-operator" does not exist'}


def test_a_gateway_that_was_being_emptied_then_is_told_with_the_state_that_it_had() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    world = replace(without("it is gone"), ledger=closed.ledger, estate=closed.estate)
    assert world.plan.released[SBC01] == (
        'it is gone; it was closed to be emptied, and its state was "Enabled" before'
    )


def test_with_the_organization_nothing_of_it_is_removed() -> None:
    world = World((dial_plan(), going()), linked()).seen()
    world = world.wanting(replace(world.desired, deleting=True))
    assert not world.plan.steps
    assert world.plan.released == {
        SBC01: '"ExchangeOrganization/default" is being deleted as well',
        world.desired.key: "",
    }


def test_who_claims_a_name_in_vain_is_released_and_the_holders_gateway_stays() -> None:
    holder = gateway("first", name="sbc01", address="sbc01.contoso.com")
    world = World((holder, going(address="sbc02.contoso.com")), linked()).seen()
    assert not world.plan.steps
    message = 'the name "sbc01" in Exchange is claimed by "UMIPGateway/first", which has it'
    assert world.plan.released == {SBC01: message}


@pytest.mark.parametrize(
    ("why", "spec"),
    [
        ("policy Orphan", {"deletionPolicy": "Orphan"}),
        ("Observe", {"mode": "Observe"}),
        ("suspend", {"suspend": True}),
    ],
)
def test_a_deletion_given_up_gives_the_gateway_its_state_back(why: str, spec: dict[str, Any]) -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    given_up = replace(closed, resources=(dial_plan(), going(**spec)))
    back = of_type(given_up.plan, SetGatewayState)
    assert back.ready, why
    assert given_up.plan.released == {}
    done = given_up.ran(back)
    assert done.estate.gateways["sbc01"].state == "Enabled"
    assert set(done.plan.released) == {SBC01}


def test_the_state_comes_back_also_when_the_resource_is_no_longer_being_deleted() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    kept = replace(closed, resources=(dial_plan(), gateway(dialPlanRefs=REFS, mode="Observe")))
    assert kept.settled().estate.gateways["sbc01"].state == "Enabled"


def test_calls_that_do_not_end_hold_the_removal_for_a_person() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    assert closed.plan.wake_at is not None
    late = closed.later(timedelta(minutes=31))
    assert reasons(of_type(late.plan, RemoveHuntGroup).waits) == ["DrainTimedOut"]
    quiet = replace(late, estate=replace(late.estate, calls={}))
    assert not quiet.patient().estate.gateways


def test_calls_that_do_not_end_are_cut_only_where_that_is_declared() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    declared = {"disruption": {"drainTimeout": "30m", "onDrainTimeout": "Restart"}}
    late = replace(closed.later(timedelta(minutes=31)), organization=declared)
    assert of_type(late.plan, RemoveHuntGroup).ready


def test_a_plan_that_is_ours_goes_with_its_default_mailbox_policy() -> None:
    world = World((dial_plan(deletionPolicy="Delete"),)).settled()
    assert world.estate.policies
    going_now = replace(world, resources=(deleted(dial_plan(deletionPolicy="Delete")),))
    assert kinds(going_now.plan) == ["RemoveMailboxPolicy", "RemoveDialPlan"]
    assert reasons(of_type(going_now.plan, RemoveDialPlan).waits) == ["WaitingForMailboxPolicy"]
    gone = going_now.settled()
    assert not gone.estate.plans
    assert not gone.estate.policies
    assert gone.plan.released == {PBX: ""}


def test_the_default_policy_of_an_adopted_plan_holds_the_plan() -> None:
    estate = ModelEstate.of(plan_fact("pbx"), MailboxPolicyFact("pbx Default Policy", "pbx"))
    world = World((deleted(dial_plan(deletionPolicy="Delete")),), estate).seen()
    assert not world.plan.steps
    assert findings(world.plan, PBX) == [("Blocked", "InUse")]
    assert '"mailbox policy pbx Default Policy"' in world.plan.findings[0].message


def test_a_plan_waits_for_the_gateway_that_goes_with_it() -> None:
    world = World((deleted(dial_plan(deletionPolicy="Delete")), going()), linked()).seen()
    assert reasons(of_type(world.plan, RemoveDialPlan).waits) == ["WaitingForHuntGroup"]
    gone = world.patient()
    assert not gone.estate.plans
    assert set(gone.plan.released) == {PBX, SBC01}


def test_a_plan_is_held_by_the_hunt_group_of_a_gateway_that_stays() -> None:
    world = World((deleted(dial_plan(deletionPolicy="Delete")),), linked()).seen()
    assert not world.plan.steps
    assert '"hunt group sbc01\\Default Hunt Group"' in world.plan.findings[0].message


def test_a_policy_waits_until_no_gateway_uses_its_plan() -> None:
    world = World((dial_plan(deletionPolicy="Delete"), gateway(dialPlanRefs=REFS))).settled()
    both = replace(world, resources=(deleted(dial_plan(deletionPolicy="Delete")), going()))
    assert reasons(of_type(both.plan, RemoveMailboxPolicy).waits) == ["WaitingForHuntGroup"]
    assert not both.patient().estate.plans


def test_a_hold_gives_the_state_back_and_the_removal_waits_for_its_end() -> None:
    closed = World((dial_plan(), going()), linked(sbc01=1)).settled()
    manifest = with_metadata(
        gateway_document(dialPlanRefs=REFS, deletionPolicy="Delete"),
        annotations={HOLD: "2026-11-25T18:00:00Z calls are lost"},
    )
    held = replace(closed, resources=(dial_plan(), deleted(valid(manifest, UMIPGateway)))).settled()
    assert held.estate.gateways["sbc01"].state == "Enabled"
    assert held.plan.released == {}
    assert held.plan.wake_at == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    quiet = replace(held, estate=replace(held.estate, calls={}))
    assert not quiet.patient().estate.gateways
