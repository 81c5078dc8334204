"""Without a way into an organisation a pass tells why, changes nothing, lets deletions go with a warning."""

from __future__ import annotations

from engine_support import Bench
from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import PBX, SBC01, World, deleted
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.engine import scopes
from um_operator.engine.choke import Choke
from um_operator.engine.one_pass import OnePass, Report
from um_operator.engine.ports import Event
from um_operator.engine.unconnected import UnconnectedEstate

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
WHY = 'spec.exchange.authentication.secretRef: there is no Secret "exchange-operator"'


async def closed_pass(bench: Bench, reason: Reason = Reason.DEPENDENCY_NOT_FOUND) -> Report:
    """Do a pass after the Secret went."""
    store = bench.store
    engine = OnePass(
        UnconnectedEstate(reason, WHY, bench),
        Choke({}, store, store, bench, bench),
        store,
        bench,
        bench,
        store,
        bench.identities,
    )
    return await engine.run(bench.world.desired, scopes.everything(None), await engine.recall())


def states(report: Report, key: ObjectKey) -> list[str]:
    return [f"{one.type}={one.status}/{one.reason}" for one in report.memory.statuses[key].conditions]


async def test_a_way_that_is_closed_is_told_and_nothing_is_forgotten() -> None:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"))
    bench = Bench(World((dial_plan(), gateway()), estate))
    await bench.settled()
    ledger = bench.store.ledger
    report = await closed_pass(bench)
    assert states(report, ORGANIZATION) == ["Ready=False/DependencyNotFound"]
    assert states(report, PBX) == states(report, SBC01) == ["Ready=Unknown/NotRead"]
    assert bench.store.ledger == ledger
    assert not report.plan.steps


async def test_a_deletion_is_over_then_and_somebody_is_warned() -> None:
    going = deleted(gateway(deletionPolicy="Delete"))
    bench = Bench(World((dial_plan(), going), ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"))))
    await closed_pass(bench)
    assert bench.store.released == [SBC01]
    warning = Event(
        SBC01, "Warning", "Orphaned", f"It stays in Exchange although deletionPolicy is Delete: {WHY}."
    )
    assert warning in bench.events


async def test_a_deletion_waits_where_only_a_right_is_missing() -> None:
    going = deleted(gateway(deletionPolicy="Delete"))
    bench = Bench(World((going,), ModelEstate.of(gateway_fact("sbc01"))))
    report = await closed_pass(bench, Reason.FORBIDDEN)
    assert bench.store.released == []
    assert states(report, ORGANIZATION) == ["Ready=False/Forbidden"]
    assert states(report, SBC01) == ["Ready=False/Deleting"]


async def test_a_deletion_with_policy_orphan_warns_of_nothing() -> None:
    bench = Bench(World((deleted(gateway()),), ModelEstate.of(gateway_fact("sbc01"))))
    await bench.settled()
    assert bench.store.released == [SBC01]
    assert not [event for event in bench.events if event.reason == "Orphaned"]
