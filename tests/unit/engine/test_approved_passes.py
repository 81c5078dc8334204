"""Passes in mode Plan: stored, approved, killed at each step, carried on; never a step outside the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine_support import Bench, KilledError
from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import World, group_fact
from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.engine.one_pass import Report
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.stored_plan import from_json

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
SIX_STEPS = (
    dial_plan(maxCallDuration="45m"),
    gateway(dialPlanRefs=REFS, port=5070),
    gateway("cube01", outcallsAllowed=False),
)
LIVE = ModelEstate.of(gateway_fact("cube01"), plan_fact("other"))


def bench() -> Bench:
    return Bench(World(SIX_STEPS, LIVE, organization={"mode": "Plan"}))


def organization(report: Report) -> ExchangeOrganizationStatus:
    status = report.memory.statuses[ORGANIZATION]
    assert isinstance(status, ExchangeOrganizationStatus)
    return status


def digest(report: Report) -> str:
    plan = organization(report).plan
    assert plan is not None
    assert plan.digest is not None
    return plan.digest


async def test_a_plan_is_stored_before_the_status_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = bench()
    seen: list[set[str]] = []
    save = told.store.save_statuses

    async def saving(statuses: Any) -> None:
        seen.append(set(told.store.plans))
        await save(statuses)

    monkeypatch.setattr(told.store, "save_statuses", saving)
    report = await told.one_pass()
    assert seen == [{digest(report)}]
    assert told.ran == []


async def test_a_second_pass_without_change_stores_and_writes_nothing() -> None:
    told = bench()
    await told.one_pass()
    written, plans = told.store.written, dict(told.store.plans)
    await told.one_pass()
    await told.restarted().one_pass()
    assert (told.store.written, told.store.plans) == (written, plans)


@pytest.mark.parametrize("effects", range(1, 7))
async def test_killed_after_a_step_it_completes_without_a_second_approval(effects: int) -> None:
    first = bench()
    approved = digest(await first.one_pass())
    first.declare(approvedPlan=approved)
    first.kill_after = effects
    with pytest.raises(KilledError):
        await first.settled()
    second = first.restarted()
    report = await second.settled()
    assert not report.plan.steps
    assert set(second.ran) == from_json(first.store.plans[approved], approved).by_id.keys()
    assert len(set(second.ran)) == 6
    applied = organization(report).last_applied_plan
    assert applied is not None
    assert applied.digest == approved


async def test_a_pass_that_runs_an_approved_plan_stores_no_other() -> None:
    world = bench()
    approved = digest(await world.one_pass())
    world.declare(approvedPlan=approved)
    report = await world.settled()
    assert set(world.store.plans) == {approved}
    assert organization(report).plan is not None
    assert [one.type for one in organization(report).conditions] == ["Ready"]


async def test_a_plan_that_is_replaced_is_forgotten() -> None:
    world = bench()
    first = digest(await world.one_pass())
    world.change(replace(world.world.estate, gateways={}))
    second = digest(await world.one_pass())
    assert set(world.store.plans) == {second} != {first}


async def test_an_approval_that_is_taken_back_stops_what_is_left() -> None:
    world = bench()
    world.declare(approvedPlan=digest(await world.one_pass()))

    def one_at_a_time(*arguments: Any, **named: Any) -> Plan:
        plan = make_plan(*arguments, **named)
        ready = [planned for planned in plan.steps if planned.ready][:1]
        rest = [planned for planned in plan.steps if not planned.ready]
        return replace(plan, steps=(*ready, *rest))

    world.planner = one_at_a_time
    await world.one_pass()
    assert len(world.ran) == 1
    world.declare(approvedPlan=None)
    report = await world.settled()
    assert len(world.ran) == 1
    assert len(report.plan.steps) == 5
    assert digest(report) in world.store.plans


async def test_a_stored_plan_that_somebody_edited_runs_nothing_until_it_is_deleted() -> None:
    world = bench()
    approved = digest(await world.one_pass())
    world.store.plans[approved] = world.store.plans[approved].replace(b'"port":5070', b'"port":5061')
    world = world.restarted()
    world.declare(approvedPlan=approved)
    for _ in range(3):
        report = await world.one_pass()
    assert world.ran == []
    pending = next(one for one in organization(report).conditions if one.type == "PlanPending")
    assert pending.reason == "PlanUnusable"
    assert "was changed" in pending.message
    del world.store.plans[approved]
    assert not (await world.settled()).plan.steps


async def test_a_pass_that_reads_nothing_forgets_no_plan() -> None:
    world = bench()
    approved = digest(await world.one_pass())
    world.silent = True
    await world.one_pass()
    assert set(world.store.plans) == {approved}
    world.silent = False
    assert digest(await world.one_pass()) == approved


async def test_one_of_many_gateways_that_changed_takes_nothing_from_the_others() -> None:
    refs = {"dialPlanRefs": REFS, "port": 5062}
    names = [f"sbc{number}" for number in range(5)]
    estate = ModelEstate.of(
        plan_fact("pbx"),
        *(gateway_fact(name) for name in names),
        *(group_fact(name, "pbx", "4900") for name in names),
    )
    gateways = [gateway(name, **refs) for name in names]
    world = Bench(World((dial_plan(), *gateways), estate, organization={"mode": "Plan"}))
    approved = digest(await world.one_pass())
    world.declare(approvedPlan=approved)
    moved = gateway_fact("sbc3", port=5070)
    world.change(replace(estate, gateways={**estate.gateways, "sbc3": moved}))
    report = await world.settled()
    assert [p.step.subject for p in report.plan.steps] == ["UMIPGateway/sbc3"]
    assert [gateway.port for gateway in world.world.estate.gateways.values()] == [
        5062,
        5062,
        5062,
        5070,
        5062,
    ]
    assert set(world.store.plans) == {approved, digest(report)}
