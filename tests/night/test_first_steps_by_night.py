"""The first steps where one open question has its other answer, each question alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.conftest import RATE
from estate.harness import FIRST_STEPS, Operator, credentials
from estate.test_first_steps import BOTH, expect_true_and_kept
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants

ALONE = {name: variants for name, variants in Variants.each() if name not in BOTH}


@pytest.mark.parametrize("name", ALONE)
async def test_manifests_become_true_stay_true_and_calls_are_answered(name: str, tmp_path: Path) -> None:
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), variants=ALONE[name], seed=7) as lab:
        folders = [FIRST_STEPS, credentials(lab, tmp_path / "secrets")]
        await expect_true_and_kept(lab, Operator(lab, folders, tmp_path / "state"))
        lab.invariants.check()
