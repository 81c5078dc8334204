"""Whatever happens to the server in hand, after whichever effect: the rollout gets to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.people import HAPPENINGS
from estate.test_certificate_hands import expect_the_end

pytestmark = pytest.mark.timeout(1800)

EFFECTS = range(1, 13)
"""Of a first deployment on one server."""


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("name", HAPPENINGS)
async def test_the_rollout_gets_to_its_end(tmp_path: Path, name: str, effect: int) -> None:
    await expect_the_end(tmp_path, HAPPENINGS[name], effect)
