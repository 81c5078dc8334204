"""What runs in mode Plan: exactly what the approved plan has, however often it is planned anew meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, deleted, group_fact, kinds, of_type, reasons
from um_operator.observed.ledger import Draining, Ledger, ObjectEntry
from um_operator.planning.approval import Approval
from um_operator.planning.checks import dial_plan as dial_plan_checks
from um_operator.planning.checks.verdict import Verdict
from um_operator.planning.plan import Plan, PlannedStep
from um_operator.planning.steps import (
    CreateDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    SetDialPlan,
    SetGatewayState,
)
from um_operator.planning.stored_plan import StoredPlan, from_json, to_json

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
OTHER = "plan-000000000000000000000000"


def planning(**organization: Any) -> World:
    """A new plan with a new gateway, in mode Plan."""
    resources = (dial_plan(maxCallDuration="45m"), gateway(dialPlanRefs=REFS, port=5070))
    return World(resources, organization={"mode": "Plan", **organization}).seen()


def pending(world: World) -> StoredPlan:
    assert world.plan.approval.pending is not None
    return world.plan.approval.pending


def ready(world: World) -> list[PlannedStep]:
    return [planned for planned in world.plan.steps if planned.ready]


def approval_waits(plan: Plan) -> list[str]:
    """Return the detail of each step's wait for approval."""
    waits = [wait for planned in plan.steps for wait in planned.waits if wait.reason == "WaitingForApproval"]
    return [wait.detail or "WaitingForApproval" for wait in waits]


def test_in_mode_plan_the_whole_plan_waits_and_is_to_be_stored() -> None:
    world = planning()
    assert not ready(world)
    assert [step.id for step in pending(world).steps] == [p.step.step_id for p in world.plan.steps]
    assert pending(world).digest == world.plan.digest
    assert pending(world).organization == "default"


def test_a_stored_step_names_those_that_it_comes_after() -> None:
    world = planning()
    stored = pending(world)
    by_type = {step.type: step for step in stored.steps}
    assert kinds(world.plan) == [
        "CreateDialPlan",
        "SetDialPlan",
        "CreateGateway",
        "SetGateway",
        "CreateHuntGroup",
    ]
    assert by_type["CreateDialPlan"].requires == ()
    assert by_type["SetDialPlan"].requires == (by_type["CreateDialPlan"].id,)
    assert by_type["CreateHuntGroup"].requires == (by_type["CreateDialPlan"].id, by_type["CreateGateway"].id)


def test_the_approved_plan_runs_to_its_end_without_a_second_approval() -> None:
    world = planning()
    approved = from_json(to_json(pending(world)), pending(world).digest)
    world = world.approving(approved)
    ran = []
    while ready(world):
        assert world.plan.approval.pending is None
        assert not world.plan.approval.carried_out
        ran.append(ready(world)[0].step.step_id)
        world = world.ran(ready(world)[0])
    assert sorted(ran) == sorted(approved.by_id)
    assert not world.plan.steps
    assert world.plan.approval.carried_out


def test_windows_hold_an_approved_step_all_the_same() -> None:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    manifests = (dial_plan(), gateway(dialPlanRefs=REFS, port=5062))
    organization = {"mode": "Plan", "maintenanceWindows": [NIGHT]}
    world = World(manifests, estate, organization=organization).seen()
    assert approval_waits(world.plan) == ["WaitingForApproval"]
    world = world.approving(pending(world))
    assert [reasons(planned.waits) for planned in world.plan.steps] == [["WaitingForWindow"]]
    assert world.plan.approval.pending is None
    assert ready(world.later(timedelta(days=3, hours=9)))


def test_a_step_that_the_approved_plan_does_not_have_waits() -> None:
    world = planning()
    world = world.approving(pending(world))
    world = world.declaring(*world.resources, gateway("cube01"))
    (new,) = [p for p in world.plan.steps if "cube01" in p.step.subject]
    assert new.waits[0].detail == ""
    assert "does not have this step" in new.waits[0].message
    assert {p.step.subject for p in ready(world)} == {"UMDialPlan/pbx", "UMIPGateway/sbc01"}
    assert len(pending(world).steps) == 6


def test_what_is_left_of_an_approved_plan_belongs_to_the_next_one_as_well() -> None:
    world = planning()
    first = pending(world)
    world = world.approving(first)
    world = world.declaring(*world.resources, gateway("cube01"))
    second = pending(world)
    world = world.ran(ready(world)[0])
    approving_second = world.approving(second)
    while ready(approving_second):
        approving_second = approving_second.ran(ready(approving_second)[0])
    assert not approving_second.plan.steps


def test_the_plan_to_approve_stays_while_an_approved_one_is_carried_out() -> None:
    world = planning()
    world = world.approving(pending(world))
    world = world.declaring(*world.resources, gateway("cube01"))
    standing = pending(world)
    while ready(world):
        known = replace(world.approval, standing=standing)
        world = replace(world.ran(ready(world)[0]), approval=known)
        assert pending(world) == standing
    assert [p.step.subject for p in world.plan.steps] == ["UMIPGateway/cube01"]


def test_a_new_step_makes_a_new_plan_to_approve() -> None:
    world = planning()
    world = replace(world, approval=Approval(standing=pending(world)))
    wider = world.declaring(*world.resources, gateway("cube01"))
    assert pending(wider).digest == wider.plan.digest != pending(world).digest


@pytest.mark.parametrize("mode", ["Plan", "Enforce"])
def test_without_a_step_that_asks_nothing_is_said_of_an_approval(mode: str) -> None:
    organization = {"mode": mode, "approvedPlan": OTHER}
    world = World((dial_plan(),), ModelEstate.of(plan_fact("pbx")), organization=organization).seen()
    assert world.plan.approval.told == ()
    assert world.plan.approval.pending is None


def test_an_approval_of_a_plan_that_is_not_stored_runs_nothing_and_is_told() -> None:
    world = planning(approvedPlan=OTHER)
    assert not ready(world)
    assert set(approval_waits(world.plan)) == {"PlanNotFound"}
    (told,) = world.plan.approval.told
    assert told == ("PlanNotFound", f'spec.approvedPlan names "{OTHER}", and no plan of that name is stored')


def test_a_digest_approves_what_is_planned_now_also_before_it_was_stored() -> None:
    digest = planning().plan.digest
    world = planning(approvedPlan=digest)
    assert {type(p.step) for p in ready(world)} >= {CreateDialPlan}
    assert world.plan.approval.approved is not None
    assert world.plan.approval.approved.digest == digest
    assert world.plan.approval.pending is None


def test_a_stored_plan_that_cannot_be_used_approves_nothing_and_is_told() -> None:
    digest = planning().plan.digest
    world = replace(
        planning(approvedPlan=digest), approval=Approval(problem=f'stored plan "{digest}" is damaged')
    )
    assert not ready(world)
    assert set(approval_waits(world.plan)) == {"PlanUnusable"}
    assert world.plan.approval.told == (("PlanUnusable", f'stored plan "{digest}" is damaged'),)


def test_a_plan_too_large_to_be_stored_is_told_and_approves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("um_operator.planning.stored_plan.MOST_BYTES", 300)
    world = planning(approvedPlan=planning().plan.digest)
    assert not ready(world)
    assert [reason for reason, _ in world.plan.approval.told] == ["PlanNotFound", "PlanTooLarge"]
    assert world.plan.approval.pending is None


def test_in_enforce_only_a_step_that_says_so_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = dial_plan_checks.settings

    def asking(case: Any) -> Verdict:
        verdict = settings(case)
        steps = tuple(
            replace(wanted, step=replace(wanted.step, needs_approval=True)) for wanted in verdict.steps
        )
        return replace(verdict, steps=steps)

    monkeypatch.setattr(dial_plan_checks, "CHECKS", (dial_plan_checks.existence, asking))
    world = replace(planning(), organization={"mode": "Enforce"}).settled()
    (step,) = of_type(world.plan, SetDialPlan).waits
    assert step.message == "the step waits for an approval of its own"
    assert [stored.type for stored in pending(world).steps] == ["SetDialPlan"]
    assert world.approving(pending(world)).settled().plan.steps == ()
    observing = replace(world, organization={"mode": "Observe"})
    assert observing.plan.approval.pending is None


def test_a_resource_in_mode_plan_waits_while_the_rest_is_enforced() -> None:
    manifests = (dial_plan(), gateway(mode="Plan"))
    world = World(manifests, organization={"mode": "Enforce"}).seen()
    assert [type(p.step) for p in ready(world)] == [CreateDialPlan]
    assert {step.owner for step in pending(world).steps} == {str(SBC01)}


def test_a_resource_in_mode_observe_is_no_part_of_a_plan_to_approve() -> None:
    manifests = (dial_plan(), gateway(mode="Observe"))
    world = World(manifests, organization={"mode": "Plan"}).seen()
    assert {step.owner for step in pending(world).steps} == {str(PBX)}


def draining() -> World:
    entry = ObjectEntry(
        origin="Adopted", guid="guid-of-sbc01", draining=Draining(NOW - timedelta(hours=1), "Enabled")
    )
    estate = ModelEstate.of(
        plan_fact("pbx"), gateway_fact("sbc01", state="NoNewCalls"), group_fact("sbc01", "pbx", "4900")
    )
    return World(
        (dial_plan(), gateway(dialPlanRefs=REFS)),
        estate,
        Ledger().with_entries({SBC01: entry}),
        organization={"mode": "Plan"},
    )


def test_the_way_back_of_a_gateway_that_we_closed_needs_no_approval() -> None:
    world = draining()
    assert of_type(world.plan, SetGatewayState).ready
    assert world.plan.approval.pending is None


def test_the_rest_of_an_approved_deletion_runs_and_nothing_that_came_between() -> None:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    manifests = (dial_plan(), deleted(gateway(dialPlanRefs=REFS, deletionPolicy="Delete")))
    world = World(manifests, estate, organization={"mode": "Plan"}).seen()
    world = world.approving(pending(world))
    world = world.ran(of_type(world.plan, SetGatewayState)).later(timedelta(hours=1))
    by_hand = group_fact("sbc01", "pbx", "4999", "by hand")
    world = replace(world, estate=replace(world.estate, groups=(*world.estate.groups, by_hand)))
    removals = {p.step.subject: p for p in world.plan.steps if isinstance(p.step, RemoveHuntGroup)}
    assert removals["UMHuntGroup/sbc01\\Default Hunt Group"].ready
    assert reasons(removals["UMHuntGroup/sbc01\\by hand"].waits) == ["WaitingForApproval"]
    gone = replace(world, estate=replace(world.estate, groups=world.estate.groups[:1]))
    gone = gone.ran(of_type(gone.plan, RemoveHuntGroup)).later(timedelta(hours=1))
    assert of_type(gone.plan, RemoveGateway).ready


def test_a_thousand_new_gateways_are_approved_in_one_plan() -> None:
    gateways = [gateway(f"sbc{number:04}", port=5070) for number in range(1000)]
    world = World((dial_plan(), *gateways), organization={"mode": "Plan"}).seen()
    plan = pending(world)
    assert len(plan.steps) == 2001
    approved = world.approving(plan)
    assert all(p.ready for p in approved.plan.steps if p.step.have is None)
