"""What was stopped on a front end is started again: by whom, in which order, and how often it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from front_end_model import POOL
from front_end_support import PoolWorld, both, computers, owing, stopped
from planning_support import of_type
from um_operator.engine import ledger
from um_operator.observed.restarts import Stopped
from um_operator.planning.front_ends.holds import START_TIME
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
