"""What alerts are seen in; it is skipped where there is no Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alert_scene import Scene, set_up
from prometheus_support import missing


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """An estate, an API server and a Prometheus that looks for an operator."""
    if why := missing():
        pytest.skip(why)
    async with set_up(tmp_path) as scene:
        yield scene
