"""The edges of steps on front ends; planning/order.py has those of all steps."""

from __future__ import annotations

from typing import Any, Final

from um_operator.planning.edge import Edge
from um_operator.planning.front_ends import facts, holds
from um_operator.planning.steps.front_end import StartFrontEndServices, StopFrontEndServices

FRONT_END_EDGES: Final[tuple[Edge[Any], ...]] = (
    Edge(
        "everything is in place", facts.everything_is_in_place, StopFrontEndServices,
        why="a front end looks for UM only when it starts, and would have to be restarted again",
        source="S6, S11, field notes 6.1",
    ),
    Edge(
        "the pool is known", facts.of_the_pool(holds.everything_is_known), StopFrontEndServices,
        why="nothing follows from what was not read", source="R1",
    ),
    Edge(
        "the store has replicated", facts.of_the_pool(holds.store_has_replicated), StopFrontEndServices,
        why="a front end would start with a topology that is not the newest", source="R23",
    ),
    Edge(
        "the other front ends run", facts.of_the_pool(holds.others_run), StopFrontEndServices,
        why="with one down already the pool might stop", source="R23",
    ),
    Edge(
        "the pool is ready", facts.of_the_pool(holds.pool_is_ready), StopFrontEndServices,
        why="users would be moved while others are still being moved", source="R23, field notes 5.6",
    ),
    Edge(
        "routing groups stay whole", facts.of_the_pool(holds.routing_groups_stay_whole),
        StopFrontEndServices,
        why="users without primary and secondary cannot place calls", source="R23, field notes 5.6",
    ),
    Edge(
        "the quorum is left", facts.of_the_pool(holds.quorum_is_left), StopFrontEndServices,
        why="below quorum the front ends that are left stop as well", source="R23, field notes 5.6",
    ),
    Edge(
        "nothing speaks against it", facts.of_the_pool(holds.nothing_speaks_against_it),
        StopFrontEndServices,
        why="what was restarted lets calls fail, and so would the next one", source="R16, field notes 9",
    ),
    Edge(
        "the last restart is behind", facts.of_the_pool(holds.last_restart_is_behind),
        StopFrontEndServices,
        why="trouble has to have one cause only, and Lync Server 2013 needs 20 minutes between",
        source="R16, R23, field notes 5.6",
    ),
    Edge(
        "other pools are up", facts.other_pools_are_up, StopFrontEndServices,
        why="one pool serves the users of another one that is down", source="R22",
    ),
    Edge(
        "Exchange is at rest", facts.exchange_is_at_rest, StopFrontEndServices,
        why="calls would have neither the one nor the other", source="R22, R11",
    ),
    Edge(
        "the front end has stopped", facts.front_end_has_stopped, StartFrontEndServices,
        why="what is stopping cannot be told to start", source="field notes 5.5",
    ),
)  # fmt: skip
"""What the stop of a front end waits for, and its start."""
