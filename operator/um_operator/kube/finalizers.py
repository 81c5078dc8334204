"""The finalizer: only where a deletion has something to do in Exchange. Pure.

It stands on a resource while ``deletionPolicy`` is Delete, from before the operator makes anything for it,
and goes when what is to be removed is removed, or when nothing is to be removed any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from um_operator.api.meta import FINALIZER
from um_operator.api.select import AnyResource, Invalid
from um_operator.kube.resources import RawObject


def missing(resource: AnyResource | Invalid) -> bool:
    """Whether a resource needs the finalizer and does not have it; one being deleted can get none."""
    if isinstance(resource, Invalid) or resource.metadata.deleting:
        return False
    return _deletes(resource) and FINALIZER not in (resource.metadata.finalizers or ())


def superfluous(resource: AnyResource | Invalid) -> bool:
    """Whether a resource has the finalizer although deleting it removes nothing."""
    if isinstance(resource, Invalid) or resource.metadata.deleting:
        return False
    return not _deletes(resource) and FINALIZER in (resource.metadata.finalizers or ())


def is_held(raw: RawObject) -> bool:
    """Whether an object is being deleted and waits for the operator."""
    metadata = raw["metadata"]
    return "deletionTimestamp" in metadata and FINALIZER in metadata.get("finalizers", ())


def patch(raw: RawObject, *, present: bool) -> Mapping[str, Any]:
    """Return the merge patch that adds or removes the finalizer on just this version of an object."""
    others = [name for name in raw["metadata"].get("finalizers", ()) if name != FINALIZER]
    return {
        "metadata": {
            "resourceVersion": raw["metadata"]["resourceVersion"],
            "finalizers": [*others, FINALIZER] if present else others,
        }
    }


def _deletes(resource: AnyResource) -> bool:
    return getattr(resource.spec, "deletion_policy", "Orphan") == "Delete"
