"""Each edge of the order that is about Lync has its night, in which it is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from um_operator.planning import lync_facts
from um_operator.planning.front_ends.edges import FRONT_END_EDGES
from um_operator.planning.order import EDGES

TESTS: Final = Path(__file__).parents[1]
STOPS, WAITS = "night/test_front_end_edges_by_night.py", "night/test_what_restarts_wait_for_by_night.py"
BETWEEN: Final = "night/test_lync_edges_by_night.py"
TRIED: Final = {
    ("everything is in place", "StopFrontEndServices"): WAITS,
    ("the pool is known", "StopFrontEndServices"): STOPS,
    ("the store has replicated", "StopFrontEndServices"): STOPS,
    ("the other front ends run", "StopFrontEndServices"): STOPS,
    ("the pool is ready", "StopFrontEndServices"): STOPS,
    ("routing groups stay whole", "StopFrontEndServices"): STOPS,
    ("the quorum is left", "StopFrontEndServices"): STOPS,
    ("nothing speaks against it", "StopFrontEndServices"): WAITS,
    ("the last restart is behind", "StopFrontEndServices"): STOPS,
    ("other pools are up", "StopFrontEndServices"): WAITS,
    ("Exchange is at rest", "StopFrontEndServices"): "night/test_front_ends_beside_servers_by_night.py",
    ("the front end has stopped", "StartFrontEndServices"): WAITS,
    ("the plans exist", "JoinDialPlans"): BETWEEN,
    ("calls go out through the named gateway", "SetGateway"): BETWEEN,
    ("the plans of pools work", "CreateHuntGroup"): BETWEEN,
    ("the plans of pools work", "GrantPermissions"): BETWEEN,
    ("the pools are linked", "GrantPermissions"): BETWEEN,
    ("the CAs are published", "InstallLyncTrust"): BETWEEN,
    ("every server is a member", "GrantPermissions"): BETWEEN,
}
"""By edge where it is left out."""


def test_every_edge_about_lync_is_tried() -> None:
    of_lync = {*FRONT_END_EDGES, *(one for one in EDGES if one.before.__module__ == lync_facts.__name__)}
    assert {(edge.name, edge.after.__name__) for edge in of_lync} == set(TRIED)


@pytest.mark.parametrize(("name", "path"), sorted({(name, path) for (name, _), path in TRIED.items()}))
def test_it_is_tried_where_that_is_said(name: str, path: str) -> None:
    assert f'"{name}"' in (TESTS / path).read_text(encoding="utf-8")
