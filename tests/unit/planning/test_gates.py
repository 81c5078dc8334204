from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manifests_support import dial_plan, gateway, plan_document, valid, with_metadata
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, deleted, group_fact, of_type, reasons
from um_operator.api.annotations import HOLD
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.reasons import Reason
from um_operator.desired.organization import Obstacle
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.ledger import Draining, Ledger, ObjectEntry
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import RemoveHuntGroup, SetDialPlan, SetGateway, SetGatewayState

NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
SATURDAY_22 = datetime(2026, 11, 28, 21, 0, tzinfo=UTC)
REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]


def repair(**spec: Any) -> World:
    """A plan of which one field differs."""
    return World(
        (dial_plan(audioCodec="Wma", **spec),), ModelEstate.of(plan_fact("pbx", audioCodec="Gsm"))
    ).seen()


def moved(now: datetime = NOW, **organization: Any) -> World:
    """A linked gateway of which the port and a harmless field differ."""
    manifest = gateway(dialPlanRefs=REFS, port=5062, outcallsAllowed=False)
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    return World((dial_plan(), manifest), estate, now=now, organization=organization).seen()


@pytest.mark.parametrize(
    ("organization", "own", "waits"),
    [
        ("Enforce", {}, []),
        ("Enforce", {"mode": "Plan"}, ["WaitingForApproval"]),
        ("Enforce", {"mode": "Observe"}, ["ObserveMode"]),
        ("Plan", {"mode": "Enforce"}, ["WaitingForApproval"]),
        ("Observe", {"mode": "Enforce"}, ["ObserveMode"]),
        ("Enforce", {"suspend": True}, ["Suspended"]),
    ],
)
def test_the_more_careful_of_two_modes_holds(
    organization: str, own: dict[str, Any], waits: list[str]
) -> None:
    world = replace(repair(**own), organization={"mode": organization})
    assert reasons(of_type(world.plan, SetDialPlan).waits) == waits


def test_a_suspended_organization_holds_everything() -> None:
    world = replace(repair(), organization={"suspend": True})
    assert reasons(of_type(world.plan, SetDialPlan).waits) == ["Suspended"]


def test_a_hold_holds_until_its_end_and_the_plan_wakes_then() -> None:
    held = with_metadata(
        plan_document(audioCodec="Wma"), annotations={HOLD: "2026-11-25T14:00:00Z storm in the north"}
    )
    world = World((valid(held, UMDialPlan),), ModelEstate.of(plan_fact("pbx", audioCodec="Gsm"))).seen()
    (wait,) = of_type(world.plan, SetDialPlan).waits
    assert wait.reason == "Hold"
    assert "storm in the north" in wait.message
    assert world.plan.wake_at == NOW + timedelta(hours=2)
    assert of_type(world.later(timedelta(hours=2)).plan, SetDialPlan).ready


def test_only_what_interrupts_waits_for_a_window() -> None:
    harmless, interrupting = moved(maintenanceWindows=[NIGHT]).plan.steps
    assert harmless.ready
    assert reasons(interrupting.waits) == ["WaitingForWindow"]
    assert interrupting.waits[0].message == 'waits for window "saturday-night"'


def test_a_repair_waits_for_a_window_as_well() -> None:
    world = moved(maintenanceWindows=[NIGHT]).remembering(
        SBC01, origin="Adopted", guid="guid-of-sbc01", applied_generation=1
    )
    assert reasons(world.plan.steps[1].waits) == ["WaitingForWindow"]
    assert world.plan.steps[1].corrects == {"port"}


def test_the_plan_wakes_when_the_window_opens_and_the_step_runs_then() -> None:
    world = moved(maintenanceWindows=[NIGHT])
    assert world.plan.wake_at == SATURDAY_22
    assert all(one.ready for one in replace(world, now=SATURDAY_22).plan.steps)


def test_a_change_does_not_begin_when_servers_would_read_it_after_the_window() -> None:
    late = SATURDAY_22 + timedelta(hours=3, minutes=51)
    assert not moved(late, maintenanceWindows=[NIGHT]).plan.steps[1].ready
    assert moved(late - timedelta(minutes=1), maintenanceWindows=[NIGHT]).plan.steps[1].ready


def test_a_blackout_holds_where_no_window_is_declared() -> None:
    storm = {"name": "storm", "startsAt": "2026-11-25T00:00:00Z", "endsAt": "2026-11-26T00:00:00Z"}
    world = moved(blackouts=[storm])
    (wait,) = world.plan.steps[1].waits
    assert wait.message == 'waits for the end of blackout "storm"'
    assert world.plan.wake_at == datetime(2026, 11, 26, tzinfo=UTC)


def going() -> World:
    manifest = deleted(gateway(dialPlanRefs=REFS, deletionPolicy="Delete"))
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    return World((dial_plan(), manifest), estate, organization={"maintenanceWindows": [NIGHT]}).seen()


def test_a_deletion_begins_in_a_window_long_enough_to_let_the_calls_end() -> None:
    world = going()
    assert reasons(of_type(world.plan, SetGatewayState).waits) == ["WaitingForWindow"]
    last_chance = SATURDAY_22 + timedelta(hours=3, minutes=30)
    assert of_type(replace(world, now=last_chance).plan, SetGatewayState).ready
    too_late = replace(world, now=last_chance + timedelta(seconds=1))
    assert not of_type(too_late.plan, SetGatewayState).ready


def test_a_deletion_that_has_begun_is_finished_out_of_the_window() -> None:
    closing = replace(going(), now=SATURDAY_22)
    closed = closing.ran(of_type(closing.plan, SetGatewayState))
    after = replace(closed, now=SATURDAY_22 + timedelta(hours=5))
    assert of_type(after.plan, RemoveHuntGroup).ready


@pytest.mark.parametrize("brake", [{"mode": "Observe"}, {"suspend": True}])
def test_a_gateway_that_we_closed_is_opened_whatever_the_brake(brake: dict[str, Any]) -> None:
    entry = ObjectEntry(origin="Adopted", guid="guid-of-sbc01", draining=Draining(NOW, "Enabled"))
    estate = ModelEstate.of(gateway_fact("sbc01", state="NoNewCalls"))
    world = World((gateway(**brake),), estate, Ledger().with_entries({SBC01: entry}))
    closed_season = replace(world, organization={"maintenanceWindows": [NIGHT]})
    assert of_type(closed_season.plan, SetGatewayState).ready


def test_a_step_rests_only_on_what_was_read_in_this_pass() -> None:
    world = repair()
    plan = make_plan(
        world.desired, world.estate.read(NOW - timedelta(seconds=1)), world.ledger, NOW, pass_started=NOW
    )
    (wait,) = of_type(plan, SetDialPlan).waits
    assert (wait.reason, wait.message) == ("WaitingForReading", "the list of dial plans has to be read again")


def test_the_rest_may_be_older_but_not_older_than_two_intervals() -> None:
    world = repair()
    for age, ready in ((timedelta(minutes=9), True), (timedelta(minutes=11), False)):
        old = world.estate.read(NOW - age)
        snapshot = replace(old, dial_plans=world.snapshot.dial_plans)
        plan = make_plan(world.desired, snapshot, world.ledger, NOW, pass_started=NOW)
        assert of_type(plan, SetDialPlan).ready is ready, age


def test_nothing_is_written_before_it_is_known_whose_organization_it_is() -> None:
    world = repair()
    snapshot = replace(world.snapshot, organization=Unknown("DeadlineExceeded", "no answer", NOW))
    plan = make_plan(world.desired, snapshot, world.ledger, NOW, pass_started=NOW)
    assert not plan.ready


def test_after_a_change_of_the_domain_controller_what_was_just_written_is_not_corrected() -> None:
    entry = ObjectEntry(
        origin="Created", guid="guid-of-pbx", applied_generation=1, written_at=NOW - timedelta(minutes=5)
    )
    ledger = Ledger("dc02", NOW - timedelta(minutes=1)).with_entries({PBX: entry})
    world = replace(repair(), ledger=ledger)
    assert reasons(of_type(world.plan, SetDialPlan).waits) == ["WaitingForReplication"]
    assert [finding.weight for finding in world.plan.findings] == ["Pending"]
    assert world.plan.wake_at == NOW + timedelta(minutes=10)
    later = world.later(timedelta(minutes=10))
    assert of_type(later.plan, SetDialPlan).ready
    assert [finding.weight for finding in later.plan.findings] == ["Drift"]


def test_what_was_written_on_the_new_domain_controller_needs_no_grace() -> None:
    entry = ObjectEntry(origin="Created", guid="guid-of-pbx", written_at=NOW - timedelta(minutes=1))
    ledger = Ledger("dc02", NOW - timedelta(minutes=5)).with_entries({PBX: entry})
    assert of_type(replace(repair(), ledger=ledger).plan, SetDialPlan).ready


@pytest.mark.parametrize("field", ["dial_plans", "gateways", "hunt_groups"])
def test_an_unread_list_gives_no_step_on_what_it_would_show(field: str) -> None:
    world = moved()
    unread: dict[str, Any] = {field: Unknown("DeadlineExceeded", "no answer", NOW)}
    plan = make_plan(world.desired, replace(world.snapshot, **unread), world.ledger, NOW, pass_started=NOW)
    assert not plan.of(SBC01)
    assert [finding.weight for finding in plan.findings_of(SBC01)] == ["Unread"]


def test_one_odd_row_hides_no_other_object() -> None:
    world = World((dial_plan(audioCodec="Wma"), dial_plan("lync", audioCodec="Wma"))).seen()
    rows = {"pbx": Unknown("NotUnderstood", "odd", NOW)}
    plan = make_plan(
        world.desired,
        replace(world.snapshot, dial_plans=Known(rows, NOW)),
        world.ledger,
        NOW,
        pass_started=NOW,
    )
    assert not plan.of(PBX)
    assert len(plan.steps) == 2


def test_what_a_person_just_changed_goes_first() -> None:
    estate = ModelEstate.of(plan_fact("a", audioCodec="Gsm"), plan_fact("b", audioCodec="Gsm"))
    world = World((dial_plan("a", audioCodec="Wma"), dial_plan("b", audioCodec="Wma")), estate).seen()
    in_force = ObjectEntry(origin="Adopted", guid="guid-of-a", applied_generation=1)
    ledger = world.ledger.with_entries({replace(PBX, name="a"): in_force})
    owners = [one.step.owner.name for one in replace(world, ledger=ledger).plan.steps]
    assert owners == ["b", "a"]


def test_an_obstacle_of_the_organization_holds_everything() -> None:
    world = moved()
    obstacle = Obstacle(Reason.DEPENDENCY_NOT_FOUND, 'Secret "x" does not exist', stalled=False)
    desired = replace(world.desired, obstacles=(obstacle,))
    plan = make_plan(desired, world.snapshot, world.ledger, NOW, pass_started=NOW)
    assert {reason for one in plan.steps for reason in reasons(one.waits)} == {"DependencyNotFound"}
    assert isinstance(plan.steps[0].step, SetGateway)


def test_in_an_organization_that_has_no_right_nothing_is_planned() -> None:
    world = moved()
    obstacle = Obstacle(Reason.ORGANIZATION_CLAIMED, "taken", stalled=True)
    plan = make_plan(
        replace(world.desired, obstacles=(obstacle,)), world.snapshot, world.ledger, NOW, pass_started=NOW
    )
    assert not plan.steps
    assert {(found.weight, found.reason) for found in plan.findings} == {("Blocked", "OrganizationClaimed")}


def test_in_an_organization_that_is_being_deleted_nothing_new_begins() -> None:
    world = moved()
    desired = replace(world.desired, deleting=True)
    plan = make_plan(desired, world.snapshot, world.ledger, NOW, pass_started=NOW)
    assert {reason for one in plan.steps for reason in reasons(one.waits)} == {"DependencyNotFound"}


def test_a_gateway_that_was_closed_in_a_window_is_disabled_after_it() -> None:
    manifest = gateway(dialPlanRefs=REFS, state="Disabled")
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    organization = {"maintenanceWindows": [NIGHT]}
    world = World((dial_plan(), manifest), estate, now=SATURDAY_22, organization=organization).settled()
    after = replace(world, now=SATURDAY_22 + timedelta(hours=5))
    assert of_type(after.plan, SetGatewayState).ready
