"""What GitOps tools make of each situation of the truth table, as its resource would stand in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from planning_support import World
from um_operator.api.meta import API_VERSION, ObjectKey
from unit.planning.test_truth_table import ROWS, judged

Argo: TypeAlias = Literal["Healthy", "Progressing", "Suspended", "Degraded"]
Flux: TypeAlias = Literal["Current", "InProgress", "Failed"]


@dataclass(frozen=True)
class Judged:
    """The health of a resource in Argo CD, and by the expressions for Flux."""

    argo: Argo
    flux: Flux


HEALTHY: Final = Judged("Healthy", "Current")
RESTS: Final = Judged("Suspended", "Current")
MOVES: Final = Judged("Progressing", "InProgress")
FAILED: Final = Judged("Degraded", "Failed")

EXPECTED: Final[Mapping[str, Judged]] = {
    "equal": HEALTHY,
    "drift that is corrected now": MOVES,
    "drift whose repair waits": RESTS,
    "pending and running": MOVES,
    "pending and waiting for a window": RESTS,
    "a cut-over that waits": RESTS,
    "Observe and different": RESTS,
    "Observe and equal": HEALTHY,
    "Plan and pending": RESTS,
    "Plan and drifted": RESTS,
    "refused for good": FAILED,
    "a missing reference is not Stalled": MOVES,
    "a port that waits for its plan to be secured": RESTS,
    "suspended and equal": RESTS,
    "held and equal": RESTS,
    "suspended and pending": RESTS,
    "suspended and drifted": RESTS,
    "being deleted, waiting for calls": MOVES,
    "being deleted, calls do not end": Judged("Progressing", "Current"),
    "being deleted and running": MOVES,
    "being deleted and in use": FAILED,
}
SITUATIONS: Final = [(situation, world, key) for situation, world, key, _ in ROWS]


def live(world: World, key: ObjectKey) -> dict[str, Any]:
    """Return a resource of a world as the API server would give it, with the status that is written."""
    [resource] = [one for one in world.resources if one.key == key]
    status = judged(world)[key]
    metadata = {"name": key.name, "namespace": "um", "generation": 1}
    if resource.metadata.deletion_timestamp:
        metadata |= {"deletionTimestamp": resource.metadata.deletion_timestamp}
    return {
        "apiVersion": API_VERSION,
        "kind": key.kind,
        "metadata": metadata,
        "spec": resource.spec.declared(),
        "status": status.declared(),
    }
