"""Any small estate gets any certificate that is declared for it, and its renewal."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.any_rollout import expect_the_end

pytestmark = [pytest.mark.timeout(600), pytest.mark.night]


@pytest.mark.parametrize("seed", [1])
async def test_every_server_ends_with_what_it_shall_serve(tmp_path: Path, seed: int) -> None:
    await expect_the_end(tmp_path, seed)
