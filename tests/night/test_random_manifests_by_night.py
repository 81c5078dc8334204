"""The campaign of odd manifests, long, with seeds that nobody has seen before."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from estate.campaign import Campaign
from estate.conftest import RATE
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

CAMPAIGNS = 20
ROUNDS = 25


@pytest.mark.timeout(600)
@pytest.mark.parametrize("_", range(CAMPAIGNS))
async def test_calls_fail_only_by_what_the_manifests_say(tmp_path: Path, _: int) -> None:
    seed = SystemRandom().randrange(1_000_000)
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), seed=seed) as lab:
        await Campaign(lab, tmp_path, seed).run(ROUNDS)
