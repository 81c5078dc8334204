"""No manifest, however odd, makes a call fail except by what it says in so many words."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.campaign import Campaign
from estate.conftest import RATE
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

SEEDS = (1, 2, 3)
ROUNDS = 6


@pytest.mark.parametrize("seed", SEEDS)
async def test_calls_fail_only_by_what_the_manifests_say(tmp_path: Path, seed: int) -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), seed=seed) as lab:
        await Campaign(lab, tmp_path, seed).run(ROUNDS)
