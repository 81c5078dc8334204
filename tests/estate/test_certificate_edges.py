"""The order of a certificate's steps: without an edge calls fail, a rule is broken, or work is wasted.

One edge by day; by night all of them, and every scenario with the whole order.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.certificate_edges import (
    BY_KEY,
    HARMED_BY,
    LOOKED_AT_AGAIN,
    OF_LATE_ARRIVALS,
    OF_OTHER_GATEWAYS,
    SCENARIOS,
    Key,
    trouble,
    without,
)

pytestmark = pytest.mark.timeout(600)

BY_DAY: tuple[Key, ...] = (("calls have ended", "RestartService"),)


def test_every_edge_is_tried_by_night() -> None:
    assert set(HARMED_BY) | LOOKED_AT_AGAIN | OF_LATE_ARRIVALS | OF_OTHER_GATEWAYS == set(BY_KEY)
    assert set(HARMED_BY.values()) <= set(SCENARIOS)


@pytest.mark.parametrize("missing", BY_DAY, ids=lambda key: f"{key[1]} without: {key[0]}")
async def test_without_an_edge_something_is_harmed(tmp_path: Path, missing: Key) -> None:
    assert await trouble(tmp_path, HARMED_BY[missing], without(missing))
