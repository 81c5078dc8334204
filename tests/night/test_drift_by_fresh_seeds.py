"""Changes by hand that nobody has drawn before; the seed of a failure stands in the test's name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from estate.test_seeded_drift import expect_all_found
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

SEEDS = random.SystemRandom().sample(range(2**32), 20)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
async def test_all_changes_of_what_is_declared_are_found_and_no_others(tmp_path: Path, seed: int) -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=60.0)) as lab:
        await expect_all_found(lab, tmp_path, seed)
        lab.invariants.check()
