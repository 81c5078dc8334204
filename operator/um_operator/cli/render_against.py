"""What applying a folder changes in a cluster, beside the plan for Exchange. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from um_operator.kube.applied import Change, What

_COUNTED: Final[Mapping[What, str]] = {"Created": "new", "Changed": "changed", "Unchanged": "as they are"}
_NAMED: Final[Mapping[What, str]] = {
    "Deleted": 'is deleted, and removed from Exchange (deletionPolicy "Delete")',
    "LetGo": "is deleted, and stays in Exchange as it is",
    "Deleting": "is being deleted in the cluster already; applying it does not bring it back",
}


@dataclass(frozen=True, slots=True)
class Against:
    """What a plan was made against: a namespace of a cluster, and what applying changes there."""

    namespace: str
    changes: Sequence[Change]

    def of(self, *whats: What) -> list[Change]:
        """Return the changes of these sorts."""
        return [change for change in self.changes if change.what in whats]


def against_notes(against: Against) -> Iterator[str]:
    """Yield what a reviewer has to know: how many are new or changed, who goes, stays, what is dropped."""
    counts = [f"{len(found)} {words}" for what, words in _COUNTED.items() if (found := against.of(what))]
    told = ", ".join(counts) or "none of it is in the folder"
    yield f'Against namespace "{against.namespace}" of the cluster: {told}.'
    for change in against.of(*_NAMED):
        yield f"{change.key} {_NAMED[change.what]}."
    if kept := against.of("Kept"):
        yield f"Not in the folder, and counted as declared: {', '.join(map(_kept, kept))}."
    for change in against.changes:
        if change.dropped:
            fields = ", ".join(f"spec.{field}" for field in change.dropped)
            yield f"{change.key}: the cluster has {fields}, the folder has not; the plan takes it as gone."


def against_data(against: Against) -> dict[str, Any]:
    """Return the same as JSON-able data."""
    return {
        "namespace": against.namespace,
        "resources": [
            {
                "resource": str(change.key),
                "change": change.what,
                "applier": change.applier,
                "dropped": list(change.dropped),
            }
            for change in against.changes
        ],
    }


def _kept(change: Change) -> str:
    return f'{change.key} (applied by "{change.applier}")' if change.applier else str(change.key)
