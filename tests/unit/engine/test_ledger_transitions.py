"""The ledger claims at most what may have happened, at every point where the process may die."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from manifests_support import gateway
from model_estate import ModelEstate, gateway_fact
from planning_support import World, deleted
from um_operator.api.meta import ObjectKey
from um_operator.engine.ledger import after, asked_again, before, brought_back, in_force, seen
from um_operator.observed.ledger import Draining, ObjectEntry
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.steps import Change, CreateGateway, SetGateway, SetGatewayState

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OWNER = ObjectKey("UMIPGateway", "sbc01")
CREATE = CreateGateway(owner=OWNER, gateway="sbc01", address="sbc01.contoso.com")
CHANGE = SetGateway(owner=OWNER, gateway="sbc01", changes=(Change("port", 5060, 5070),))
DRAIN = SetGatewayState(owner=OWNER, gateway="sbc01", state="NoNewCalls", before="Enabled", drains=True)


def test_a_create_step_is_remembered_as_ours_before_it_runs() -> None:
    entry = before(CREATE, ObjectEntry(), frozenset(), NOW)
    assert (entry.origin, entry.guid, entry.written_at) == ("Created", None, NOW)


def test_an_object_found_after_a_crash_in_its_creation_is_ours() -> None:
    entry = before(CREATE, ObjectEntry(), frozenset(), NOW)
    assert seen(entry, "guid-1") == replace(entry, guid="guid-1")


def test_an_object_that_was_there_before_we_wrote_is_adopted() -> None:
    assert seen(ObjectEntry(), "guid-1") == ObjectEntry(origin="Adopted", guid="guid-1")


def test_an_object_made_by_someone_else_in_place_of_ours_is_adopted() -> None:
    ours = ObjectEntry(origin="Created", guid="guid-1")
    assert seen(ours, "guid-2").origin == "Adopted"
    assert seen(replace(ours, draining=Draining(NOW, "Enabled")), "guid-2").draining is None


def test_an_absent_object_changes_nothing_that_is_remembered() -> None:
    ours = ObjectEntry(origin="Created", guid="guid-1")
    assert seen(ours, None) == ours


@pytest.mark.parametrize("kind", ["Refused", "Forbidden", "NotSent"])
def test_what_certainly_did_not_happen_is_taken_back(kind: OutcomeKind) -> None:
    remembered = ObjectEntry()
    claimed = before(CREATE, remembered, frozenset(), NOW)
    assert after(CREATE, remembered, claimed, Outcome(kind)) == remembered


def test_what_may_have_happened_stands_until_it_is_read() -> None:
    claimed = before(CREATE, ObjectEntry(), frozenset(), NOW)
    assert after(CREATE, ObjectEntry(), claimed, Outcome("Unclear")) == claimed


def test_a_confirmed_creation_remembers_the_guid() -> None:
    claimed = before(CREATE, ObjectEntry(), frozenset(), NOW)
    assert after(CREATE, ObjectEntry(), claimed, Outcome("Done", guid="guid-1")).guid == "guid-1"


def test_only_corrections_of_drift_count_in_a_fight() -> None:
    assert before(CHANGE, ObjectEntry(), frozenset(), NOW).corrections == {}
    assert before(CHANGE, ObjectEntry(), frozenset({"port"}), NOW).corrections == {"port": (NOW,)}


def test_corrections_older_than_an_hour_are_forgotten() -> None:
    old = ObjectEntry(corrections={"port": (NOW - timedelta(hours=2), NOW - timedelta(minutes=5))})
    entry = before(CHANGE, old, frozenset({"port"}), NOW)
    assert entry.corrections == {"port": (NOW - timedelta(minutes=5), NOW)}


def test_at_most_three_corrections_of_a_field_are_kept() -> None:
    times = tuple(NOW - timedelta(minutes=minutes) for minutes in (30, 20, 10))
    entry = before(CHANGE, ObjectEntry(corrections={"port": times}), frozenset({"port"}), NOW)
    assert entry.corrections["port"] == (*times[1:], NOW)


def test_emptying_a_gateway_remembers_the_state_that_may_have_to_come_back() -> None:
    first = before(DRAIN, ObjectEntry(), frozenset(), NOW)
    assert first.draining == Draining(NOW, "Enabled")


def test_a_gateway_that_has_to_be_closed_again_is_emptied_from_then_on() -> None:
    later = NOW + timedelta(hours=1)
    first = before(DRAIN, ObjectEntry(), frozenset(), NOW)
    assert before(DRAIN, first, frozenset(), later).draining == Draining(later, "Enabled")


BACK = SetGatewayState(owner=OWNER, gateway="sbc01", state="Enabled", before="NoNewCalls")


def test_the_emptying_ends_when_the_state_is_back_and_not_before() -> None:
    drained = before(DRAIN, ObjectEntry(), frozenset(), NOW)
    claimed = before(BACK, drained, frozenset(), NOW)
    assert claimed.draining == drained.draining
    assert after(BACK, drained, claimed, Outcome("Unclear")).draining == drained.draining
    assert after(BACK, drained, claimed, Outcome("Done")).draining is None


@pytest.mark.parametrize(
    ("state", "deleting", "ended"),
    [("Enabled", False, True), ("NoNewCalls", False, False), ("Enabled", True, False)],
)
def test_the_emptying_of_a_gateway_that_is_kept_ends_once_its_state_is_read(
    state: str, deleting: bool, ended: bool
) -> None:
    manifest = gateway()
    world = World(
        (deleted(manifest) if deleting else manifest,), ModelEstate.of(gateway_fact("sbc01", state=state))
    )
    drained = before(DRAIN, ObjectEntry(), frozenset(), NOW)
    entry = brought_back(drained, world.desired.gateways[0], world.snapshot)
    assert (entry.draining is None) is ended


def test_an_object_that_is_made_anew_was_never_in_force() -> None:
    assert before(CREATE, ObjectEntry(applied_generation=3), frozenset(), NOW).applied_generation is None


def test_a_fight_is_remembered_however_long_ago() -> None:
    times = tuple(NOW - timedelta(hours=5, minutes=minutes) for minutes in (30, 20, 10))
    entry = before(CHANGE, ObjectEntry(corrections={"state": times}), frozenset({"port"}), NOW)
    assert entry.corrections["state"] == times


def test_the_newest_generation_in_force_is_remembered() -> None:
    assert in_force(ObjectEntry(applied_generation=1), 2).applied_generation == 2


def test_another_try_ends_the_fights_of_the_resource_that_asks() -> None:
    fought = ObjectEntry(corrections={"port": (NOW, NOW, NOW)}, retried_at="1")
    assert asked_again(fought, None) == asked_again(fought, "1") == fought
    assert asked_again(fought, "2") == ObjectEntry(retried_at="2")


def test_another_try_of_the_organization_ends_the_fights_of_everything() -> None:
    fought = ObjectEntry(corrections={"port": (NOW, NOW, NOW)}, retried_at="1")
    assert asked_again(fought, "1", by_organization=True) == ObjectEntry(retried_at="1")
