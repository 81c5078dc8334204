"""What is remembered belongs to one organisation and to objects by GUID, whatever is called what today."""

from __future__ import annotations

from dataclasses import replace

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import PBX, SBC01, World, findings, group_fact
from um_operator.engine.ledger import organization_seen
from um_operator.observed.exchange import OrganizationFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.planner import make_plan

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]


def working() -> World:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    return World((dial_plan(), gateway(dialPlanRefs=REFS)), estate).settled()


def test_a_plan_that_someone_renamed_is_not_made_a_second_time() -> None:
    world = working()
    renamed = replace(plan_fact("Main Office"), guid=world.estate.plans["pbx"].guid)
    estate = ModelEstate.of(renamed, gateway_fact("sbc01"), group_fact("sbc01", "Main Office", "4900"))
    world = replace(world, estate=estate)
    assert [step for step in world.plan.steps if step.ready] == []
    assert findings(world.plan, PBX) == [("Blocked", "Renamed")]
    assert 'it is "Main Office" now' in world.plan.findings_of(PBX)[0].message


def test_a_gateway_that_someone_renamed_is_not_made_a_second_time() -> None:
    world = working()
    renamed = replace(gateway_fact("trunk", address="1.2.3.4"), guid=world.estate.gateways["sbc01"].guid)
    world = replace(world, estate=ModelEstate.of(plan_fact("pbx"), renamed))
    assert not world.plan.steps
    assert findings(world.plan, SBC01) == [("Blocked", "Renamed")]


def test_a_plan_that_someone_removed_is_made_again() -> None:
    world = replace(working(), estate=ModelEstate.of(gateway_fact("sbc01")))
    assert world.settled().estate.plans


def test_the_organization_that_was_read_first_is_remembered() -> None:
    snapshot = working().snapshot
    assert organization_seen(ObjectEntry(), snapshot).guid == "guid-of-contoso"
    assert organization_seen(ObjectEntry(guid="first"), snapshot).guid == "first"
    unread = replace(snapshot, organization=Unknown("NotRead", "no answer", working().now))
    assert organization_seen(ObjectEntry(), unread).guid is None


def test_in_another_organization_nothing_is_done_and_nothing_is_taken_for_deleted() -> None:
    world = working()
    world = world.remembering(world.desired.key, guid="guid-of-contoso")
    nothing_there = ModelEstate.of().read(world.now)
    other = Known(OrganizationFact("CN=Fabrikam", "guid-of-fabrikam"), world.now)
    snapshot = replace(nothing_there, organization=other)
    plan = make_plan(world.desired, snapshot, world.ledger, world.now, pass_started=world.now)
    assert not plan.steps
    assert not plan.released
    for key in (PBX, SBC01):
        assert findings(plan, key) == [("Blocked", "OtherOrganization")]
    assert '"CN=Fabrikam"' in plan.findings[0].message
