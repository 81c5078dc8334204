"""The pass that sees that everything is in place for a pool is the one that begins to restart it."""

from __future__ import annotations

from dataclasses import replace

from engine_support import Bench
from front_end_support import pool_world
from lync_support import CONTACT
from um_operator.planning.steps import StopFrontEndServices


async def test_once_the_last_thing_is_in_place_the_same_pass_stops_the_first_front_end() -> None:
    world = pool_world()
    bench = Bench(replace(world, estate=replace(world.pool_estate, contacts=())))
    assert not (await bench.settled()).ran

    bench.change(replace(world.pool_estate, contacts=(CONTACT,)))
    report = await bench.one_pass()

    assert [type(step) for step in report.steps] == [StopFrontEndServices]
    assert bench.world.estate != replace(world.pool_estate, contacts=(CONTACT,))
