"""Properties of the planner over small estates and manifests drawn by chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import World, deleted, group_fact
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.observed.exchange import DialPlanFact, GatewayFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning.conditions import statuses
from um_operator.planning.plan import PlannedStep
from um_operator.planning.planner import make_plan

PLANS = ("pbx", "lync")
GATEWAYS = ("sbc01", "cube01", "kamailio01")
PILOTS = ("", "4900", "4950")

plan_specs = st.fixed_dictionaries(
    {},
    optional={
        "audioCodec": st.sampled_from(["Mp3", "Wma"]),
        "faxEnabled": st.booleans(),
        "maxCallDuration": st.sampled_from(["30m", "40m"]),
        "deletionPolicy": st.just("Delete"),
    },
)
references = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(PLANS), "pilotIdentifier": st.sampled_from(PILOTS)}),
    max_size=3,
    unique_by=lambda ref: (ref["name"], ref["pilotIdentifier"]),
)
gateway_specs = st.fixed_dictionaries(
    {"dialPlanRefs": references},
    optional={
        "port": st.sampled_from([5060, 5062]),
        "state": st.sampled_from(["Enabled", "NoNewCalls", "Disabled"]),
        "outcallsAllowed": st.booleans(),
        "unlistedHuntGroups": st.just("Remove"),
        "deletionPolicy": st.just("Delete"),
    },
)
plan_names = st.lists(st.sampled_from(PLANS), unique=True)
live_gateways = st.lists(
    st.builds(
        gateway_fact,
        st.sampled_from(GATEWAYS),
        port=st.sampled_from([5060, 5065]),
        state=st.sampled_from(["Enabled", "NoNewCalls", "Disabled"]),
        outcallsAllowed=st.booleans(),
    ),
    unique_by=lambda gateway: gateway.name,
)


@st.composite
def estates(draw: st.DrawFn) -> ModelEstate:
    """An estate of plans, gateways and links between those that exist."""
    plans, gateways = [plan_fact(name) for name in draw(plan_names)], draw(live_gateways)
    links = st.tuples(
        st.sampled_from([one.name for one in gateways] or [""]),
        st.sampled_from([one.name for one in plans] or [""]),
        st.sampled_from(PILOTS),
    )
    found = draw(st.lists(links, max_size=4, unique=True)) if plans and gateways else []
    groups = [group_fact(*link, name=f"group {number}") for number, link in enumerate(found)]
    return ModelEstate.of(*plans, *gateways, *groups)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Manifests over an estate; some of the resources are being deleted."""
    plans = [dial_plan(name, **draw(plan_specs)) for name in draw(plan_names)]
    names = draw(st.lists(st.sampled_from(GATEWAYS), unique=True))
    gateways = [gateway(name, **draw(gateway_specs)) for name in names]
    going = st.integers(0, 4).map(lambda chance: chance == 0)
    return World(
        (
            *(deleted(item) if draw(going) else item for item in plans),
            *(deleted(item) if draw(going) else item for item in gateways),
        ),
        draw(estates()),
    )


def ready(world: World) -> list[PlannedStep]:
    return [planned for planned in world.plan.steps if planned.ready]


def run_in_any_order(world: World, data: st.DataObject) -> World:
    """Run ready steps, whichever, until none is left; a step that Exchange refuses raises."""
    world = world.seen()
    for _ in range(100):
        steps = ready(world)
        if not steps and not world.plan.wake_at:
            return world
        world = world.ran(data.draw(st.sampled_from(steps))) if steps else world.awake()
    raise AssertionError("it never ends")


@settings(deadline=None, max_examples=50)
@given(worlds(), st.data())
def test_in_whatever_order_ready_steps_run_exchange_refuses_none_and_nothing_is_left(
    world: World, data: st.DataObject
) -> None:
    end = run_in_any_order(world, data)
    in_the_way = {finding.reason for finding in end.plan.findings} & {"InUse", "DependencyNotFound"}
    assert not end.plan.steps or in_the_way


@settings(deadline=None, max_examples=100)
@given(worlds(), st.data())
def test_an_approved_plan_runs_to_its_end_without_a_second_approval_and_nothing_else_runs(
    world: World, data: st.DataObject
) -> None:
    world = replace(world, organization={"mode": "Plan"}).seen()
    approved = world.plan.approval.pending
    if approved is None:
        return
    world = world.approving(approved)
    while (steps := ready(world)) or world.plan.wake_at:
        assert world.plan.approval.pending is None
        assert {one.step.step_id for one in steps} <= approved.by_id.keys()
        world = world.ran(data.draw(st.sampled_from(steps))) if steps else world.awake()
    assert world.plan.approval.pending is None


@settings(deadline=None, max_examples=50)
@given(worlds(), st.data())
def test_a_plan_does_not_depend_on_the_order_of_what_it_reads(world: World, data: st.DataObject) -> None:
    shuffled = replace(world, resources=tuple(data.draw(st.permutations(world.resources))))
    groups = tuple(data.draw(st.permutations(world.estate.groups)))
    reordered = replace(shuffled, estate=replace(world.estate, groups=groups))
    assert reordered.plan.digest == world.plan.digest
    assert {one.step.step_id for one in ready(reordered)} == {one.step.step_id for one in ready(world)}
    assert world.plan == world.plan


@settings(deadline=None, max_examples=50)
@given(worlds(), st.data())
def test_no_call_can_ever_use_a_gateway_that_we_have_half_made(world: World, data: st.DataObject) -> None:
    there_before = set(world.estate.gateways)
    declared = {item.name: item.port or 5060 for item in world.desired.gateways}
    world = world.seen()
    while steps := ready(world):
        world = world.ran(data.draw(st.sampled_from(steps)))
        linked = {name_key(group.gateway) for group in world.estate.groups} - there_before
        for name in linked:
            assert world.estate.gateways[name].port == declared[name]


@settings(deadline=None, max_examples=50)
@given(worlds(), st.data())
def test_every_status_on_the_way_obeys_kstatus(world: World, data: st.DataObject) -> None:
    world = world.seen()
    while True:
        plan = world.plan
        statuses(world.desired, world.snapshot, world.ledger, plan, {}, {}, world.now)  # held by kstatus.py
        steps = [planned for planned in plan.steps if planned.ready]
        if not steps:
            return
        world = world.ran(data.draw(st.sampled_from(steps)))


def minimal(live: DialPlanFact | GatewayFact) -> UMDialPlan | UMIPGateway:
    """Return the smallest manifest that adopts a live object."""
    if isinstance(live, DialPlanFact):
        return dial_plan(live.name)
    return gateway(live.name, address=live.address)


@settings(deadline=None, max_examples=50)
@given(estates())
def test_adopting_with_minimal_manifests_changes_nothing(estate: ModelEstate) -> None:
    plans = (minimal(live) for live in estate.plans.values())
    gateways = (minimal(live) for live in estate.gateways.values())
    plan = World((*plans, *gateways), estate).seen().plan
    assert not plan.steps
    assert not plan.findings


@settings(deadline=None, max_examples=50)
@given(worlds(), st.data())
def test_of_an_object_that_was_not_read_no_step_follows(world: World, data: st.DataObject) -> None:
    world = world.seen()
    items = world.desired.objects
    if not items:
        return
    item = data.draw(st.sampled_from(items))
    field = "dial_plans" if item.key.kind == "UMDialPlan" else "gateways"
    unknown = Unknown("NotUnderstood", "odd", world.now)
    facts = getattr(world.snapshot, field)
    unread = Known({**facts.value, name_key(item.name): unknown}, world.now)
    changes: dict[str, Any] = {field: unread}
    snapshot = replace(world.snapshot, **changes)
    plan = make_plan(world.desired, snapshot, world.ledger, world.now, pass_started=world.now)
    assert not plan.of(item.key)
    assert item.key not in plan.released


@settings(deadline=None, max_examples=50)
@given(plan_names, st.data())
def test_what_is_made_from_nothing_is_the_plan_that_was_shown_and_no_more(
    names: list[str], data: st.DataObject
) -> None:
    plans = [dial_plan(name, **data.draw(plan_specs)) for name in names]
    gateways = [gateway(name, **data.draw(gateway_specs)) for name in GATEWAYS]
    world = World((*plans, *gateways)).seen()
    shown = {one.step.step_id for one in world.plan.steps}
    while steps := ready(world):
        world = world.ran(data.draw(st.sampled_from(steps)))
        now = {one.step.step_id for one in world.plan.steps}
        assert now < shown
        shown = now
