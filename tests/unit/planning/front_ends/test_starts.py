"""What was stopped on a front end is started again: by whom, in which order, and how often it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from front_end_model import POOL, FrontEnd
from front_end_support import PoolWorld, both, computers, owing, stopped
from planning_support import NOW, of_type
from um_operator.engine import ledger
from um_operator.observed.restarts import Stopped
from um_operator.planning.front_ends.holds import START_TIME
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices

FIRST = "lyncfe01.contoso.com"


def started(world: PoolWorld) -> tuple[str, ...]:
    """Return which services of a front end are to be started next."""
    step = of_type(world.plan, StartFrontEndServices).step
    assert isinstance(step, StartFrontEndServices)
    return step.services


def test_what_was_stopped_is_started_in_observe_and_when_the_integration_is_gone() -> None:
    world = stopped(owing())
    assert list(world.stopped) == [FIRST]
    world = replace(world, estate=world.pool_estate.settled())
    careful = replace(world, organization={**world.organization, "mode": "Observe"})
    (integration,) = world.desired.lync_integrations
    going = replace(
        world,
        declared=replace(world.desired, lync_integrations=(replace(integration, deleting=True),)),
    )
    gone = replace(world, resources=tuple(one for one in world.resources if one.kind != "LyncIntegration"))
    for one in (careful, gone, going):
        assert computers(one, StartFrontEndServices) == [FIRST]
        assert computers(one, StopFrontEndServices) == []


def test_a_front_end_that_nobody_looks_after_any_more_is_started_until_everything_runs() -> None:
    world = stopped(owing())
    world = replace(world, estate=world.pool_estate.settled())
    gone = replace(world, resources=tuple(one for one in world.resources if one.kind != "LyncIntegration"))

    half = both(gone, StartFrontEndServices).rested()
    assert list(half.stopped) == [FIRST]
    done = both(half, StartFrontEndServices).rested()

    assert not done.stopped
    assert done.pool_estate.pool.front_ends[0].dependent == "Running"


def test_a_front_end_that_the_topology_has_no_more_is_told_everything_once() -> None:
    world = stopped(owing())
    away = Stopped(POOL, ("RTCASMCU", "RTCSRV"), world.now)
    entry = replace(world.ledger.entry(world.desired.key), stopped={"lyncfe09.contoso.com": away})
    other = replace(world, ledger=world.ledger.with_entries({world.desired.key: entry}))
    other = replace(other, now=other.now + timedelta(hours=1)).noted()

    start = of_type(other.plan, StartFrontEndServices)

    assert start.ready
    assert isinstance(start.step, StartFrontEndServices)
    assert start.step.services == ("RTCASMCU", "RTCSRV")
    begun = ledger.begun(start.step, other.ledger, other.desired.key, frozenset(), other.now)
    assert not replace(other, ledger=begun).noted().stopped


def test_everything_that_ran_is_started_again_by_its_name_and_what_depends_on_the_service_after_it() -> None:
    world = stopped(owing())
    assert world.stopped[FIRST].services == ("REPLICA", "RTCASMCU", "RTCSRV")
    world = replace(world, estate=world.pool_estate.settled())
    assert started(world) == ("RTCSRV",)

    starting = both(world, StartFrontEndServices)
    assert computers(starting, StartFrontEndServices) == []
    assert started(starting.rested()) == ("RTCASMCU",)
    assert not both(starting.rested(), StartFrontEndServices).rested().stopped


def test_where_the_service_does_not_come_everything_is_told_at_once() -> None:
    world = stopped(owing())
    down = world.pool_estate.settled()
    told = replace(both(replace(world, estate=down), StartFrontEndServices), estate=down)

    later = replace(told, now=told.now + START_TIME)

    assert started(later) == ("RTCASMCU", "RTCSRV")
    assert computers(later, StartFrontEndServices) == [FIRST]


def test_a_front_end_of_which_only_the_service_came_up_gets_what_depends_on_it() -> None:
    world = stopped(owing())
    pool = world.pool_estate.settled().pool.start(0, ("RTCSRV",)).settled(0)

    start = of_type(world.when(pool=pool).plan, StartFrontEndServices)

    assert start.ready
    assert isinstance(start.step, StartFrontEndServices)
    assert start.step.services == ("RTCASMCU",)


def test_a_front_end_of_which_a_part_refused_to_start_is_told_again() -> None:
    world = stopped(owing())
    pool = world.pool_estate.settled().pool.start(0, ("RTCSRV",))

    start = of_type(world.when(pool=pool).plan, StartFrontEndServices)

    assert start.ready


def test_what_stopped_though_the_service_refused_to_is_started_at_once() -> None:
    world = owing()
    stop = next(one for one in world.plan.steps if isinstance(one.step, StopFrontEndServices) and one.ready)
    key, refusal = world.desired.key, Outcome("Refused", "Refused")
    begun = ledger.begun(stop.step, world.ledger, key, frozenset(), world.now)
    after = ledger.ended(stop.step, world.ledger, begun, key, refusal, world.now)
    half = world.pool_estate.pool.with_front_end(0, FrontEnd(dependent="Stopped"))
    world = replace(world, estate=replace(world.pool_estate, pool=half), ledger=after).noted()

    assert started(world) == ("RTCASMCU",)
    assert of_type(world.plan, StartFrontEndServices).ready
    again = both(world, StartFrontEndServices).rested()
    assert again.pool_estate.pool.front_ends[0] == FrontEnd()
    assert not replace(again, now=again.now + timedelta(minutes=5)).noted().stopped


def test_a_front_end_whose_sessions_take_hours_is_remembered_until_it_has_stopped_and_runs_again() -> None:
    world = replace(stopped(owing()), now=NOW + timedelta(hours=5)).noted()
    assert list(world.stopped) == [FIRST]
    assert {wait.reason for wait in of_type(world.plan, StartFrontEndServices).waits} == {"DrainTimedOut"}

    over = world.rested()
    assert started(over) == ("RTCSRV",)
    assert of_type(over.plan, StartFrontEndServices).ready


@pytest.mark.parametrize("hidden", ["services", "pools"])
def test_sessions_have_their_time_while_nothing_is_read_and_then_everything_is_told(hidden: str) -> None:
    world = stopped(owing(frontEndRestart={"drainTimeout": "90m"})).when(hidden=frozenset({hidden}))
    within = replace(world, now=world.now + timedelta(minutes=89)).noted()
    assert {wait.reason for wait in of_type(within.plan, StartFrontEndServices).waits} == {
        "WaitingForReading"
    }

    after = replace(world, now=world.now + timedelta(minutes=90)).noted()
    assert started(after) == world.stopped[FIRST].services
    assert of_type(after.plan, StartFrontEndServices).ready
    assert computers(both(after, StartFrontEndServices), StartFrontEndServices) == [], "it is told once"


def test_an_order_of_which_nobody_knows_whether_it_was_heard_counts_as_lost_after_its_time() -> None:
    world = owing()
    stop = next(one for one in world.plan.steps if isinstance(one.step, StopFrontEndServices) and one.ready)
    begun = ledger.begun(stop.step, world.ledger, world.desired.key, frozenset(), world.now)
    died = replace(world, ledger=begun).noted()
    assert computers(died, StopFrontEndServices) == []
    assert computers(replace(died, now=died.now + timedelta(hours=1)).noted(), StopFrontEndServices) == [
        FIRST
    ]


def test_while_sessions_end_a_front_end_goes_on_if_another_one_goes_down() -> None:
    world = stopped(owing())
    alone = replace(world, estate=replace(world.pool_estate, pool=world.pool_estate.pool.died(2))).noted()
    back = of_type(alone.plan, StartFrontEndServices)
    assert back.ready
    assert isinstance(back.step, StartFrontEndServices)
    assert back.step.takes_back

    gone_on = both(alone, StartFrontEndServices)
    assert gone_on.pool_estate.pool.front_ends[0] == FrontEnd()
    assert list(gone_on.stopped) == [FIRST], "it may have heard the first order only"
    assert computers(gone_on, StartFrontEndServices) == computers(gone_on, StopFrontEndServices) == []

    whole = replace(gone_on.pool_estate, pool=gone_on.pool_estate.pool.revived(2))
    later = replace(gone_on, estate=whole, now=gone_on.now + timedelta(hours=1)).noted()
    assert not later.stopped
    after_the_soak = replace(later, now=later.now + timedelta(hours=1)).noted()
    assert computers(after_the_soak, StopFrontEndServices) == [FIRST]
