"""Somebody writes over statuses and the ledger in them, or makes a resource anew: the truth counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine_support import Bench
from manifests_support import dial_plan, gateway_document, valid, with_metadata
from model_estate import ModelEstate
from planning_support import World
from um_operator.api.condition import Condition
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.meta import ObjectKey
from um_operator.api.select import Invalid
from um_operator.api.status import UMIPGatewayStatus
from um_operator.api.validation import Problem
from um_operator.engine import scopes
from um_operator.observed.ledger import Ledger, ObjectEntry

GATEWAY = ObjectKey("UMIPGateway", "sbc01")
PLAN = ObjectKey("UMDialPlan", "pbx")
UNTRUE = UMIPGatewayStatus(
    observed_generation=1,
    conditions=(Condition(type="Ready", status="False", reason="Broken", message="so they say"),),
)


@pytest.fixture
async def bench() -> Bench:
    """An organisation whose plan and gateway are in force."""
    world = World((dial_plan(), named("first")), ModelEstate(), organization={"mode": "Enforce"})
    bench = Bench(world)
    await bench.settled()
    return bench


async def test_a_status_that_somebody_changed_is_written_again_by_a_full_pass(bench: Bench) -> None:
    true, written = dict(bench.store.statuses), bench.store.written
    bench.store.statuses[GATEWAY] = UNTRUE
    await bench.one_pass()
    assert bench.store.statuses == true
    assert bench.store.written == written + 1


async def test_what_somebody_wrote_is_no_event(bench: Bench) -> None:
    told = len(bench.events)
    bench.store.statuses[GATEWAY] = UNTRUE
    await bench.one_pass()
    assert bench.events[told:] == []


async def test_a_pass_over_another_object_tells_the_truth_as_well(bench: Bench) -> None:
    true = bench.store.statuses[GATEWAY]
    bench.store.statuses[GATEWAY] = UNTRUE
    await bench.one_pass(scopes.of_objects({PLAN}, None))
    assert bench.store.statuses[GATEWAY] == true


async def test_a_ledger_that_somebody_emptied_is_written_again_while_the_process_lives(bench: Bench) -> None:
    remembered = bench.store.ledger
    assert remembered.entry(GATEWAY).origin == "Created"
    bench.store.ledger = Ledger()
    await bench.one_pass()
    assert bench.store.ledger == remembered


async def test_a_ledger_that_was_lost_before_the_process_began_is_read_carefully(bench: Bench) -> None:
    bench.store.ledger = Ledger()
    await bench.restarted().one_pass()
    assert bench.store.ledger.entry(GATEWAY).origin == "Adopted"


async def test_of_a_resource_that_is_gone_nothing_is_written_again(bench: Bench) -> None:
    bench.world = bench.world.declaring(dial_plan())
    bench.store.ledger = bench.store.ledger.only({PLAN})
    await bench.one_pass()
    assert bench.store.ledger.entry(GATEWAY) == ObjectEntry()


async def test_what_was_remembered_of_a_resource_is_not_that_of_one_made_anew_by_its_name(
    bench: Bench,
) -> None:
    assert bench.store.ledger.entry(GATEWAY).origin == "Created"
    bench.world = bench.world.declaring(dial_plan(), named("second", outcallsAllowed=False))
    bench.store.ledger = bench.store.ledger.only({PLAN})
    report = await bench.one_pass()
    assert {finding.weight for finding in report.plan.findings_of(GATEWAY)} == {"Pending"}
    assert bench.store.ledger.entry(GATEWAY).origin == "Adopted"


async def test_a_resource_that_became_invalid_meanwhile_is_still_the_same(bench: Bench) -> None:
    remembered, declared = bench.store.ledger, bench.world.desired
    invalid = Invalid(GATEWAY, (Problem(("spec",), "", "is wrong"),), generation=1)
    broken = replace(declared, gateways=(), invalid=(invalid,), uids={})
    bench.world = bench.world.wanting(broken)
    await bench.one_pass()
    bench.world = bench.world.wanting(declared)
    await bench.one_pass()
    assert bench.store.ledger == remembered


def named(uid: str, **spec: Any) -> UMIPGateway:
    return valid(with_metadata(gateway_document(**spec), uid=uid), UMIPGateway)
