"""Calls that fail after the restart of a front end stop those of the others; before it they are no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from front_end_model import NOON, POOL, Pool
from front_end_support import PoolWorld, computers, owing
from lync_support import LYNC
from um_operator.api.reasons import Reason
from um_operator.engine import front_end_ledger
from um_operator.observed.hosts import HostEvent
from um_operator.observed.restarts import FrontEndEntry
from um_operator.planning.plan import Wait
from um_operator.planning.steps import StopFrontEndServices

FIRST, LAST = "lyncfe01.contoso.com", "lyncfe04.contoso.com"


def told(at: timedelta, record: int = 7, text: str = "ms-diagnostics 15030") -> HostEvent:
    return HostEvent(record, 44009, owing().now + at, text)


def with_the_first_restarted(*events: HostEvent, **others: tuple[HostEvent, ...]) -> PoolWorld:
    """Return a pool of four of which the first was restarted an hour ago, and what it has told."""
    world = owing(Pool.of(4).revived(0))
    known = world.integrated
    assert known is not None
    entry = world.ledger.entry(world.desired.key)
    front_ends = {**known.front_ends, FIRST: FrontEndEntry(NOON, world.now - timedelta(hours=1))}
    since = replace(known, since=world.now - timedelta(hours=2), front_ends=front_ends)
    entry = replace(entry, integrated={POOL: since})
    world = replace(world, ledger=world.ledger.with_entries({world.desired.key: entry}))
    return world.when(told={FIRST: events, **others})


def waits(world: PoolWorld) -> set[Wait]:
    stops = (one for one in world.plan.steps if isinstance(one.step, StopFrontEndServices))
    return {wait for one in stops for wait in one.waits}


def asked_for_another_try(world: PoolWorld) -> PoolWorld:
    again = {LYNC}
    ledger = front_end_ledger.read(world.ledger, world.desired, world.snapshot, again, world.now)
    return replace(world, ledger=ledger)


def test_a_call_that_a_restarted_front_end_could_not_bring_to_um_stops_the_restarts() -> None:
    assert computers(with_the_first_restarted(), StopFrontEndServices)

    world = with_the_first_restarted(told(timedelta()))

    assert computers(world, StopFrontEndServices) == []
    (message,) = {wait.message for wait in waits(world) if wait.reason == Reason.CALLS_REJECTED}
    assert message.startswith(f'front end "{FIRST}" reports event "44009" since its restart: ms-diagnostics')


@pytest.mark.parametrize(
    "others",
    [{LAST: (told(timedelta()),)}, {LAST: (told(timedelta(hours=-3)), told(timedelta(), 8))}],
    ids=["by one that was not restarted", "by it for long"],
)
def test_what_front_ends_tell_that_were_not_restarted_stops_nothing(
    others: dict[str, tuple[HostEvent, ...]],
) -> None:
    assert computers(with_the_first_restarted(**others), StopFrontEndServices)


def test_what_the_pool_told_in_the_same_words_before_all_was_in_place_is_no_news() -> None:
    long_ago = told(timedelta(hours=-3), 2, "a dead number")

    same = with_the_first_restarted(told(timedelta(), 7, "a dead number"), **{LAST: (long_ago,)})
    assert computers(same, StopFrontEndServices)

    other = with_the_first_restarted(told(timedelta(), 7, "another number"), **{LAST: (long_ago,)})
    assert computers(other, StopFrontEndServices) == []


def test_a_person_lets_restarts_go_on_until_something_new_is_told() -> None:
    event = told(timedelta())
    asked = asked_for_another_try(with_the_first_restarted(event))

    assert computers(asked, StopFrontEndServices)
    same = asked.when(told={FIRST: (event, told(timedelta(minutes=1), 8))})
    assert computers(same, StopFrontEndServices)
    other = asked.when(told={FIRST: (event, told(timedelta(minutes=1), 8, "another number"))})
    assert computers(other, StopFrontEndServices) == []


def test_calls_that_fail_before_the_restart_are_not_what_a_person_is_told() -> None:
    world = owing().when(told={FIRST: (told(timedelta()),)})

    assert Reason.CALLS_REJECTED not in {one.reason for one in world.plan.findings_of(LYNC)}
    assert computers(world, StopFrontEndServices)
