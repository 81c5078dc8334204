"""What is told of certificates before anybody judges what their servers serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import kstatus
from manifests_support import certificate, certificate_document, valid, with_metadata
from model_estate import ModelEstate
from planning_support import NOW, World
from um_operator.api.annotations import HOLD
from um_operator.api.certificate import UMCertificate
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources
from um_operator.observed.exchange import OrganizationFact, ServerFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.rollout import Issuance
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.planner import make_plan

UM, OTHER = ObjectKey("UMCertificate", "um"), ObjectKey("UMCertificate", "other")
EX01 = ServerFact("ex01.contoso.com", "Munich", (15, 1, 2507, 6), frozenset({"Mailbox"}))
SERVERS: Known[Mapping[str, ServerFact]] = Known({"ex01.contoso.com": EX01}, NOW)
BEFORE = "2026-11-20T08:00:00Z"


def aged(name: str, created: str, **spec: Any) -> UMCertificate:
    return valid(with_metadata(certificate_document(name, **spec), creationTimestamp=created), UMCertificate)


def told(
    *certificates: UMCertificate, before: dict[ObjectKey, Status] | None = None, **world: Any
) -> dict[ObjectKey, Status]:
    here = replace(World(certificates, ModelEstate()), **world)
    found = found_of(here, replace(here.snapshot, servers=SERVERS), before)
    for item in here.desired.certificates:
        assert kstatus.violations(item.key, item.generation, found[item.key]) == []
    return dict(found)


def found_of(
    world: World, snapshot: Snapshot, before: dict[ObjectKey, Status] | None = None
) -> Mapping[ObjectKey, Status]:
    plan = make_plan(world.desired, snapshot, world.ledger, NOW, pass_started=NOW)
    return statuses(world.desired, snapshot, world.ledger, plan, {}, before or {}, NOW)


def states(status: Status) -> list[str]:
    return [f"{one.type}={one.status}/{one.reason}" for one in status.conditions]


def test_what_servers_serve_is_not_claimed_to_be_known() -> None:
    status = told(certificate())[UM]
    assert states(status) == ["Ready=Unknown/NotRead"]
    assert status.observed_generation == 1
    assert kstatus.outcome(1, status) == "InProgress"


def test_the_second_for_a_service_is_stalled_and_told_who_has_it() -> None:
    found = told(aged("um", BEFORE), aged("other", "2026-11-24T08:00:00Z"))
    assert states(found[UM]) == ["Ready=Unknown/NotRead"]
    assert states(found[OTHER]) == ["Ready=False/Claimed", "Stalled=True/Claimed"]
    assert found[OTHER].conditions[0].message == (
        'service "UM" of "ex01.contoso.com" (and 1 more) is claimed by "UMCertificate/um", which has it'
    )


def test_the_one_that_was_in_force_keeps_its_services() -> None:
    both = (aged("um", BEFORE), aged("other", "2026-11-24T08:00:00Z"))
    issuance = Issuance(1, "0" * 64, "FirstIssuance", NOW)
    ledger = World(both).remembering(OTHER, issuance=issuance).ledger
    assert states(told(*both, ledger=ledger)[UM]) == ["Ready=False/Claimed", "Stalled=True/Claimed"]


def test_while_the_servers_are_unknown_nobody_is_refused() -> None:
    world = World((aged("um", BEFORE), aged("other", BEFORE)), ModelEstate())
    snapshot = replace(world.snapshot, servers=Unknown("NotRead", "no answer", NOW))
    found = found_of(world, snapshot)
    assert {tuple(states(found[key])) for key in (UM, OTHER)} == {("Ready=Unknown/NotRead",)}


def test_a_certificate_of_another_organization_than_the_one_remembered_is_stalled() -> None:
    world = World((certificate(),), ModelEstate())
    world = world.remembering(world.owner.key, guid="another")
    organization = Known(OrganizationFact("CN=Contoso", "guid-of-contoso"), NOW)
    snapshot = replace(world.snapshot, organization=organization)
    found = found_of(world, snapshot)
    assert states(found[UM]) == ["Ready=False/OtherOrganization", "Stalled=True/OtherOrganization"]


def test_a_missing_secret_is_waited_for() -> None:
    world = World((certificate(issuer={"ca": {"secretRef": {"name": "issuing"}}}),), ModelEstate())
    secrets = frozenset({"exchange-operator"})
    desired = resolve(Resources.of([world.owner, *world.resources], secrets=secrets), world.owner)
    status = told(declared=desired)[UM]
    assert states(status) == ["Ready=False/DependencyNotFound"]
    assert status.conditions[0].message == 'Secret "issuing" does not exist'


def test_what_is_held_or_suspended_says_so_beside_what_is_true() -> None:
    held = with_metadata(certificate_document(), annotations={HOLD: "2026-11-26T00:00:00Z the fair"})
    assert states(told(valid(held, UMCertificate))[UM]) == ["Ready=Unknown/NotRead", "Suspended=True/Hold"]
    assert states(told(certificate(suspend=True))[UM]) == [
        "Ready=Unknown/NotRead",
        "Suspended=True/Suspended",
    ]


def test_deleting_one_changes_nothing_on_a_server_and_ends_at_once() -> None:
    going = valid(
        with_metadata(certificate_document(), deletionTimestamp="2026-11-25T11:00:00Z"), UMCertificate
    )
    assert states(told(going)[UM]) == ["Ready=False/Deleting"]
    plan = World((going,), ModelEstate()).plan
    assert plan.steps == ()
    assert plan.released == {UM: ""}
