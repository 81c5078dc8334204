from __future__ import annotations

from dataclasses import replace
from typing import Any

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import SBC01, World, deleted, findings, group_fact, kinds, of_type, reasons
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.observed.exchange import HuntGroupFact
from um_operator.planning.steps import CreateHuntGroup, RemoveHuntGroup


def listing(*pilots: str, **spec: Any) -> UMIPGateway:
    return gateway(dialPlanRefs=[{"name": "pbx", "pilotIdentifier": pilot} for pilot in pilots], **spec)


def estate(*groups: HuntGroupFact) -> ModelEstate:
    return ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), *groups)


def test_a_listed_hunt_group_may_have_any_name() -> None:
    there = group_fact("SBC01", "Pbx", "4900", name="made by hand")
    assert not World((dial_plan(), listing("4900")), estate(there)).seen().plan.steps


def test_unlisted_hunt_groups_are_kept_unless_the_manifest_says_otherwise() -> None:
    world = World((dial_plan(), gateway()), estate(group_fact("sbc01", "pbx", "4900"))).seen()
    assert not world.plan.steps
    assert not world.plan.findings


def test_an_unlisted_hunt_group_is_removed_where_declared_and_that_interrupts() -> None:
    live = estate(group_fact("sbc01", "pbx", "4900", "old"), group_fact("sbc01", "other", "", "theirs"))
    world = World((dial_plan(), listing("4900", unlistedHuntGroups="Remove")), live).seen()
    step = of_type(world.plan, RemoveHuntGroup).step
    assert step.interrupts
    assert step.subject == "UMHuntGroup/sbc01\\theirs"


def test_another_pilot_is_added_before_the_old_one_is_removed() -> None:
    live = estate(group_fact("sbc01", "pbx", "4900", "old"))
    world = World((dial_plan(), listing("4950", unlistedHuntGroups="Remove")), live).seen()
    assert kinds(world.plan) == ["CreateHuntGroup", "RemoveHuntGroup"]
    assert reasons(of_type(world.plan, RemoveHuntGroup).waits) == ["WaitingForHuntGroup"]
    added = world.ran(of_type(world.plan, CreateHuntGroup))
    assert len(added.estate.groups) == 2
    assert of_type(added.plan, RemoveHuntGroup).ready
    assert [group.pilot_identifier for group in added.settled().estate.groups] == ["4950"]


def test_nothing_is_removed_while_a_reference_leads_nowhere() -> None:
    live = estate(group_fact("sbc01", "pbx", "4900", "old"))
    refs = [{"name": "nowhere", "pilotIdentifier": "4900"}]
    world = World((gateway(dialPlanRefs=refs, unlistedHuntGroups="Remove"),), live).seen()
    assert not world.plan.steps


def test_a_hunt_group_that_somebody_removed_is_drift_and_comes_back() -> None:
    world = World((dial_plan(), listing("4900"))).settled()
    gone = replace(world, estate=replace(world.estate, groups=()))
    assert findings(gone.plan, SBC01) == [("Drift", "Differs")]
    assert of_type(gone.plan, CreateHuntGroup).corrects == {"dialPlanRefs[name=pbx,pilotIdentifier=4900]"}
    assert len(gone.settled().estate.groups) == 1


def test_ignoring_dial_plan_refs_ignores_every_hunt_group() -> None:
    world = World((dial_plan(), listing("4900", ignoreDrift=["dialPlanRefs"]))).settled()
    assert len(world.estate.groups) == 1
    gone = replace(world, estate=replace(world.estate, groups=()))
    assert not gone.plan.steps


def test_the_201st_gateway_of_a_plan_is_not_linked() -> None:
    names = [f"gw{number:03}" for number in range(200)]
    live = ModelEstate.of(
        plan_fact("pbx"),
        *(gateway_fact(name) for name in names),
        *(group_fact(name, "pbx", "1", name) for name in names),
    )
    world = World((dial_plan(), listing("4900")), live).seen()
    assert "CreateHuntGroup" not in kinds(world.plan)
    assert ("Blocked", "TooManyGateways") in findings(world.plan, SBC01)
    assert any('"sbc01"' in finding.message for finding in world.plan.findings)


def test_of_too_many_new_gateways_as_many_are_linked_as_there_is_room() -> None:
    names = [f"gw{number:03}" for number in range(199)]
    live = ModelEstate.of(
        plan_fact("pbx"),
        *(gateway_fact(name) for name in names),
        *(group_fact(name, "pbx", "1", name) for name in names),
    )
    refs = [{"name": "pbx"}]
    manifests = (dial_plan(), gateway("a", dialPlanRefs=refs), gateway("b", dialPlanRefs=refs))
    plan = World(manifests, live).seen().plan
    links = [one.step for one in plan.steps if isinstance(one.step, CreateHuntGroup)]
    assert [step.gateway for step in links] == ["a"]


def test_no_new_link_is_made_to_a_plan_that_is_being_deleted() -> None:
    world = World((deleted(dial_plan()), listing("4900")), estate()).seen()
    assert "CreateHuntGroup" not in kinds(world.plan)
    assert ("Pending", "DependencyNotFound") in findings(world.plan, SBC01)
