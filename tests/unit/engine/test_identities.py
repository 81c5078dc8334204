"""Two ExchangeOrganizations for one organisation in Exchange: one works, nothing is written for the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from engine_support import Bench
from manifests_support import dial_plan, gateway, organization
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import PBX, SBC01, World, deleted
from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.desired.resources import Resources
from um_operator.engine.identities import Identities, Identity, recorded
from um_operator.engine.one_pass import Report
from um_operator.engine.ports import OrganizationId

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
FIRST, SECOND = OrganizationId("first", "default"), OrganizationId("second", "default")
LIVE = ModelEstate.of(plan_fact("pbx", audioCodec="Gsm"), gateway_fact("sbc01"))


def bench(namespace: str, created_at: datetime, identities: Identities) -> Bench:
    """An organisation with one plan that differs; its endpoint leads to the same Exchange as the other's."""
    world = World((dial_plan(audioCodec="Wma"),), LIVE)
    desired = replace(world.desired, namespace=namespace, created_at=created_at)
    return Bench(world.wanting(desired), identities=identities)


def states(report: Report, key: ObjectKey) -> list[str]:
    return [f"{one.type}={one.status}/{one.reason}" for one in report.memory.statuses[key].conditions]


async def test_of_two_for_one_organization_the_one_that_came_first_works_and_the_other_is_stalled() -> None:
    identities = Identities()
    first, second = bench("first", NEW, identities), bench("second", OLD, identities)
    assert not (await first.settled()).plan.steps
    report = await second.settled()
    assert first.ran
    assert second.ran == []
    assert states(report, ORGANIZATION) == [
        "Ready=False/OrganizationClaimed",
        "Stalled=True/OrganizationClaimed",
    ]
    assert states(report, PBX) == ["Ready=False/OrganizationClaimed", "Stalled=True/OrganizationClaimed"]
    assert '"first/default", which has it' in report.memory.statuses[ORGANIZATION].conditions[0].message
    assert second.store.ledger.objects == {}


async def test_what_is_recorded_holds_from_the_first_pass_on() -> None:
    identities = Identities()
    identities.know({FIRST: None, SECOND: Identity("guid-of-contoso", NEW, in_force=True)})
    first = bench("first", OLD, identities)
    assert states(await first.settled(), ORGANIZATION)[0] == "Ready=False/OrganizationClaimed"
    assert first.ran == []


async def test_when_the_holder_is_gone_the_other_one_works() -> None:
    identities = Identities()
    first, second = bench("first", OLD, identities), bench("second", NEW, identities)
    first.change(ModelEstate.of(plan_fact("pbx", audioCodec="Wma")))
    await first.settled()
    await second.settled()
    identities.know({SECOND: None})
    report = await second.settled()
    assert states(report, ORGANIZATION) == ["Ready=True/Connected"]
    assert second.ran
    assert second.store.ledger.entry(ORGANIZATION).guid == "guid-of-contoso"


async def test_what_another_one_has_is_neither_removed_nor_keeps_its_resource_from_going() -> None:
    identities = Identities()
    await bench("first", OLD, identities).settled()
    world = World((deleted(gateway(deletionPolicy="Delete")),), LIVE)
    desired = replace(world.desired, namespace="second", created_at=NEW)
    second = Bench(world.wanting(desired), identities=identities)
    await second.settled()
    assert second.store.released == [SBC01]
    assert second.ran == []
    (warning,) = [event for event in second.events if event.reason == "Orphaned"]
    assert 'belongs to ExchangeOrganization "first/default"' in warning.message


async def test_who_cannot_be_asked_keeps_what_it_has() -> None:
    identities = Identities()
    first, second = bench("first", OLD, identities), bench("second", NEW, identities)
    await first.settled()
    first.silent = True
    await first.one_pass()
    assert states(await second.settled(), ORGANIZATION)[0] == "Ready=False/OrganizationClaimed"


@dataclass
class Declared:
    """Manifests of two namespaces."""

    by_namespace: dict[str, Resources] = field(default_factory=dict)

    async def read(self, namespace: str | None) -> None: ...

    def namespaces(self) -> frozenset[str]:
        return frozenset(self.by_namespace)

    def resources(self, namespace: str) -> Resources:
        return self.by_namespace[namespace]


def test_what_is_recorded_stands_in_the_statuses_of_every_namespace() -> None:
    known = organization()
    status = ExchangeOrganizationStatus(organization_guid="guid-of-contoso")
    metadata = known.metadata.model_copy(update={"creation_timestamp": "2026-01-01T00:00:00Z"})
    known = known.model_copy(update={"status": status, "metadata": metadata})
    declared = Declared({"first": Resources.of([known]), "second": Resources.of([organization()])})
    assert recorded(declared) == {FIRST: Identity("guid-of-contoso", OLD, in_force=True), SECOND: None}
