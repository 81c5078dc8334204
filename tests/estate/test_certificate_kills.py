"""The operator dies while it brings a certificate to a server, and goes on: nothing doubled, nothing left."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.deaths import Deaths, When
from estate.rollouts import EX01, estate, rollout

pytestmark = pytest.mark.timeout(600)


@pytest.mark.night
async def test_a_first_deployment_goes_on_however_often_the_operator_dies(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        deaths = Deaths(one)
        await deaths.at_every_effect(When.AFTER)
        assert deaths.count == 12
        deaths.judge(restarts=1)
