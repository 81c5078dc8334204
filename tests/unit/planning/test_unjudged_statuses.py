"""Statuses of what is not judged: a generation just seen, an invalid resource, one without organisation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import kstatus
from manifests_support import gateway_document, organization_document, plan_document, with_metadata
from um_operator.api.condition import Condition
from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.object_status import Corrections, Drift, Waiting
from um_operator.api.select import parse
from um_operator.api.status import ExchangeOrganizationStatus, Status, UMIPGatewayStatus
from um_operator.desired.resources import Resources
from um_operator.planning.status.acknowledged import acknowledged
from um_operator.planning.status.unjudged import Forsaken, forsaken

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BEFORE = "2026-11-20T08:00:00Z"
SBC01, PBX = ObjectKey("UMIPGateway", "sbc01"), ObjectKey("UMDialPlan", "pbx")
ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
GOING = {"deletionTimestamp": "2026-11-25T11:00:00Z", "finalizers": [FINALIZER, "others.example.com/x"]}


def condition(kind: Any, status: Any, reason: str) -> Condition:
    return Condition(
        type=kind,
        status=status,
        reason=reason,
        message="as it was",
        last_transition_time=BEFORE,
        observed_generation=1,
    )


def judged(*conditions: Condition) -> UMIPGatewayStatus:
    """A gateway of which the first generation was judged."""
    return UMIPGatewayStatus(
        observed_generation=1,
        conditions=conditions,
        guid="guid-of-sbc01",
        origin="Created",
        applied_generation=1,
        written_at=BEFORE,
        last_handled_retry_at="7",
        corrections=(Corrections(path="port", times=(BEFORE,)),),
        drift=(Drift(path="port", want="5061", have="5060", since=BEFORE),),
        waiting_for=(Waiting(object="UMIPGateway/sbc01", reason="WaitingForWindow"),),
        port=5060,
    )


def states(status: Status) -> list[str]:
    return [f"{one.type}={one.status}/{one.reason}" for one in status.conditions]


def test_a_new_generation_is_acknowledged_and_ends_what_the_last_one_had_stalled() -> None:
    last = judged(condition("Ready", "False", "InUse"), condition("Stalled", "True", "InUse"))
    status = acknowledged(last, 2, NOW)
    assert status.observed_generation == 2
    assert states(status) == ["Ready=Unknown/Pending"]
    assert status.conditions[0].last_transition_time == "2026-11-25T12:00:00Z"
    assert kstatus.violations(SBC01, 2, status, last) == []
    assert kstatus.outcome(2, status) == "InProgress"


def test_what_runs_for_the_last_generation_is_not_said_of_the_new_one() -> None:
    last = judged(condition("Ready", "False", "Applying"), condition("Reconciling", "True", "Applying"))
    assert states(acknowledged(last, 2, NOW)) == ["Ready=Unknown/Pending"]


def test_drift_that_was_found_stays_told_until_the_new_generation_is_judged() -> None:
    last = judged(condition("Ready", "False", "Drifted"), condition("Drifted", "True", "WaitingForWindow"))
    status = acknowledged(last, 2, NOW)
    assert states(status) == ["Ready=Unknown/Pending", "Drifted=True/WaitingForWindow"]
    assert [one.observed_generation for one in status.conditions] == [2, 1]
    assert kstatus.violations(SBC01, 2, status, last) == []


def test_an_acknowledgement_leaves_the_ledger_as_it_is() -> None:
    last = judged(condition("Ready", "True", "UpToDate"))
    told = acknowledged(last, 2, NOW).model_dump(exclude={"observed_generation", "conditions"})
    assert told == last.model_dump(exclude={"observed_generation", "conditions"})


def test_the_instant_since_when_it_is_unknown_stays() -> None:
    once = acknowledged(judged(condition("Ready", "True", "UpToDate")), 2, NOW)
    assert acknowledged(once, 2, NOW) == once
    again = acknowledged(once, 3, NOW.replace(hour=13))
    assert again.conditions[0].last_transition_time == once.conditions[0].last_transition_time


def test_a_resource_that_nobody_has_looked_at_is_acknowledged_as_well() -> None:
    status = acknowledged(ExchangeOrganizationStatus(), 1, NOW)
    assert states(status) == ["Ready=Unknown/Pending"]
    assert kstatus.violations(ORGANIZATION, 1, status) == []


def left(*documents: dict[str, Any], previous: dict[ObjectKey, Status] | None = None) -> Forsaken:
    documents = tuple(with_metadata(one, **{"generation": 2, **one["metadata"]}) for one in documents)
    found = forsaken(Resources.of(parse(one) for one in documents), previous or {}, NOW)
    for key, status in found.statuses.items():
        assert kstatus.violations(key, 2, status) == [], key
    return found


def test_without_organization_a_resource_waits_for_it_and_is_not_stalled() -> None:
    found = left(gateway_document())
    assert states(found.statuses[SBC01]) == ["Ready=False/DependencyNotFound"]
    assert found.statuses[SBC01].conditions[0].message == '"ExchangeOrganization/default" does not exist'
    assert found.released == {}


def test_resources_of_an_organization_that_exists_are_left_to_it() -> None:
    assert left(organization_document(), gateway_document()) == Forsaken({}, {})


def test_what_was_known_of_an_object_stays_but_nothing_that_was_compared() -> None:
    last = judged(condition("Ready", "False", "Drifted"), condition("Drifted", "True", "WaitingForWindow"))
    status = left(gateway_document(), previous={SBC01: last}).statuses[SBC01]
    assert isinstance(status, UMIPGatewayStatus)
    assert (status.guid, status.origin, status.port, status.corrections) == (
        last.guid,
        last.origin,
        last.port,
        last.corrections,
    )
    assert (status.drift, status.waiting_for, status.next_window) == ((), (), None)
    assert status.conditions[0].last_transition_time == BEFORE


def test_a_deletion_without_organization_is_over_and_the_object_stays() -> None:
    going = with_metadata(gateway_document(deletionPolicy="Delete"), **GOING)
    found = left(going)
    assert states(found.statuses[SBC01]) == ["Ready=False/Deleting"]
    assert found.released == {SBC01: '"ExchangeOrganization/default" does not exist'}


def test_a_deletion_that_waits_for_somebody_else_is_not_ours_to_end() -> None:
    going = with_metadata(gateway_document(), **{**GOING, "finalizers": ["others.example.com/x"]})
    assert left(going).released == {}


def test_an_organization_that_is_invalid_tells_what_is_wrong_and_its_resources_wait() -> None:
    broken = organization_document(interval="1s")
    found = left(broken, plan_document())
    assert states(found.statuses[ORGANIZATION]) == ["Ready=False/InvalidSpec", "Stalled=True/InvalidSpec"]
    assert found.statuses[PBX].conditions[0].message == (
        '"ExchangeOrganization/default" cannot be used: see its problems'
    )


def test_another_organization_that_is_invalid_tells_it_although_a_valid_one_is_there() -> None:
    broken = organization_document("other", interval="1s")
    found = left(organization_document(), broken)
    assert set(found.statuses) == {ObjectKey("ExchangeOrganization", "other")}


def test_an_invalid_resource_without_organization_is_told_and_let_go() -> None:
    broken = with_metadata(gateway_document(port=70_000), **GOING)
    found = left(broken)
    assert states(found.statuses[SBC01]) == ["Ready=False/InvalidSpec", "Stalled=True/InvalidSpec"]
    assert found.released == {SBC01: "the resource is invalid"}
