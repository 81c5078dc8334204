"""An organisation that is deleted goes once the front ends run again that were stopped for it (R13, R22)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from front_end_support import PoolWorld, both, computers, owing, stopped
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices

FIRST = "lyncfe01.contoso.com"


def deleted(world: PoolWorld) -> PoolWorld:
    return replace(world, declared=replace(world.desired, deleting=True))


def ready(world: PoolWorld) -> str:
    found = statuses(world.desired, world.snapshot, world.ledger, world.plan, {}, {}, world.now)
    return next(one.message for one in found[world.desired.key].conditions if one.type == "Ready")


@pytest.mark.parametrize("kept", [True, False], ids=["integration stays", "integration goes as well"])
def test_it_is_held_until_the_front_end_runs_again_and_no_other_one_is_stopped(kept: bool) -> None:
    world = stopped(owing())
    world = replace(world, estate=world.pool_estate.settled())
    if not kept:
        others = tuple(one for one in world.resources if one.kind != "LyncIntegration")
        world = replace(world, resources=others)
    world = deleted(world)
    assert computers(world, StopFrontEndServices) == []
    for _ in range(2):
        assert world.desired.key not in world.plan.released
        assert FIRST in ready(world)
        world = both(world, StartFrontEndServices).rested()
    assert not world.stopped
    assert world.plan.released[world.desired.key] == ""


def test_it_says_why_lync_cannot_be_asked_meanwhile() -> None:
    world = deleted(stopped(owing())).when(hidden=frozenset({"pools"}))
    assert world.desired.key not in world.plan.released
    assert FIRST in ready(world)
    assert "no answer" in ready(world)
