"""Estates and certificates that nobody has drawn before; the seed of a failure stands in the test's name."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from estate.any_rollout import expect_the_end

pytestmark = pytest.mark.timeout(1800)

SEEDS = SystemRandom().sample(range(2**32), 40)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_server_ends_with_what_it_shall_serve(tmp_path: Path, seed: int) -> None:
    await expect_the_end(tmp_path, seed)
