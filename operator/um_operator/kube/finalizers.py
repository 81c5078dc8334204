"""The finalizer: only where a deletion has something to do in Exchange. Pure.

It stands on a resource while ``deletionPolicy`` is Delete, from before the operator makes anything for it,
and goes when what is to be removed is removed, or when nothing is to be removed any more. It stands on an
ExchangeOrganization from before a server or a front end is taken out of service until it is back (R13): what
is remembered of them goes with the organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from um_operator.api.meta import FINALIZER
from um_operator.api.select import AnyResource, Invalid
from um_operator.api.status import Status
from um_operator.kube.objects import Held
from um_operator.kube.remembered import entry_of
from um_operator.kube.resources import RawObject


def missing(held: Held) -> bool:
    """Whether a resource needs the finalizer and does not have it; one being deleted can get none."""
    found = _staying(held)
    return found is not None and not found.metadata.has_finalizer and _is_needed(found, held.status)


def superfluous(held: Held) -> bool:
    """Whether a resource has the finalizer although nothing would have to be done if it were deleted."""
    found = _staying(held)
    return found is not None and found.metadata.has_finalizer and not _is_needed(found, held.status)


def stands_on(raw: RawObject) -> bool:
    """Whether an object has the finalizer."""
    return FINALIZER in raw["metadata"].get("finalizers", ())


def is_going(raw: RawObject) -> bool:
    """Whether an object is being deleted, whoever it waits for."""
    return "deletionTimestamp" in raw["metadata"]


def is_held(raw: RawObject) -> bool:
    """Whether an object is being deleted and waits for the operator."""
    return is_going(raw) and stands_on(raw)


def patch(raw: RawObject, *, present: bool) -> Mapping[str, Any]:
    """Return the merge patch that adds or removes the finalizer on just this version of an object."""
    others = [name for name in raw["metadata"].get("finalizers", ()) if name != FINALIZER]
    return {
        "metadata": {
            "resourceVersion": raw["metadata"]["resourceVersion"],
            "finalizers": [*others, FINALIZER] if present else others,
        }
    }


def _staying(held: Held) -> AnyResource | None:
    """Return a resource unless it is being deleted or cannot be used: then the finalizer stays as it is."""
    found = held.parsed
    return None if isinstance(found, Invalid) or found.metadata.deleting else found


def _is_needed(resource: AnyResource, status: Status) -> bool:
    deletes = getattr(resource.spec, "deletion_policy", "Orphan") == "Delete"
    return deletes or entry_of(status).unfinished
