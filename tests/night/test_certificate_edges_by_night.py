"""Every edge of a certificate's steps: with all of them nothing is harmed, without any of them something."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.certificate_edges import HARMED_BY, SCENARIOS, Key, trouble, without

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_with_every_edge_nothing_is_harmed(tmp_path: Path, scenario: str) -> None:
    assert await trouble(tmp_path, scenario) == []


@pytest.mark.parametrize("missing", HARMED_BY, ids=lambda key: f"{key[1]} without: {key[0]}")
async def test_without_an_edge_something_is_harmed(tmp_path: Path, missing: Key) -> None:
    assert await trouble(tmp_path, HARMED_BY[missing], without(missing))
