"""The operator dies at every effect of a rollout over two servers: in one chain, and once from scratch."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.any_rollout import CAS01, MBX01
from estate.deaths import Deaths, When
from estate.rollouts import estate, rollout
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import Secured

pytestmark = pytest.mark.timeout(1800)

ESTATES = {
    "a first deployment": estate(),
    "a rotation": estate(secured=Secured()),
    "roles on servers of their own": estate(CAS01, MBX01),
}
A_WHILE = timedelta(minutes=20)
EFFECTS = range(1, 21)
"""More than a rotation over two servers has: what is beyond kills nobody."""


@pytest.mark.parametrize("spec", ESTATES.values(), ids=ESTATES)
async def test_it_goes_on_however_often_the_operator_dies(tmp_path: Path, spec: EstateSpec) -> None:
    async with rollout(tmp_path, spec) as one:
        deaths = Deaths(one)
        await deaths.at_every_effect(When.BEFORE, When.AFTER)
        assert deaths.count > 2 * 14, "before and after all but the last word for each server"
        deaths.judge(restarts=1)


@pytest.mark.parametrize("when", When, ids=lambda when: when.name)
@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_rotation_goes_on_after_a_death_and_a_while(tmp_path: Path, effect: int, when: When) -> None:
    async with rollout(tmp_path, ESTATES["a rotation"]) as one:
        deaths = Deaths(one)
        if await deaths.at(effect, when):
            await one.time.leap(A_WHILE)
            await one.run()
        deaths.judge(restarts=1)
