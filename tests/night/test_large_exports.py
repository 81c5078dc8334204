"""An organisation of a thousand objects and more, with names that no manifest can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate import odd_names
from estate.test_export import expect_nothing_to_do, exported, running


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
async def test_a_thousand_odd_objects_are_exported_and_applied_without_a_write(
    tmp_path: Path, seed: int
) -> None:
    async with running(odd_names.estate(seed, 200, 1000)) as lab:
        made = await exported(lab, tmp_path)
        assert not made.left_out
        assert len(made.documents) == 1202
        await expect_nothing_to_do(lab, tmp_path, made)
