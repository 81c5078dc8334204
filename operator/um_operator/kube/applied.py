"""What would stand in a namespace if a folder were applied to it, and how that differs from now. Pure.

The folder's specs are taken whole; what only the API server knows (uid, age, generation, status) is that of
the resources of the same names. Of those that the folder does not have, the ones that its applier prunes are
deleted as their deletionPolicy says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from um_operator.api.meta import FINALIZER, GROUP, ObjectKey
from um_operator.api.select import AnyResource, Invalid
from um_operator.kube.appliers import applied_annotations, applier
from um_operator.kube.finalizers import stands_on
from um_operator.kube.objects import Held
from um_operator.kube.remembered import status_of
from um_operator.kube.resources import RawObject

What: TypeAlias = Literal["Created", "Changed", "Unchanged", "Deleting", "Deleted", "LetGo", "Kept"]
"""What applying does to a resource.

Deleting: it goes already, and applying does not bring it back. Deleted and LetGo: it is pruned, and removed
from Exchange or left there. Kept: the folder does not have it, and it is not the folder's to prune.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What applying does to one resource.

    Attributes:
        organization: the one that it belongs to, or that it is.
        applier: what applied it, where it is Kept.
        dropped: fields of the spec that the cluster has and the folder does not.
    """

    key: ObjectKey
    organization: str
    what: What
    applier: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What stands in a namespace after a folder was applied, and what that changed."""

    resources: tuple[AnyResource | Invalid, ...]
    changes: tuple[Change, ...]


def applied(
    manifests: Iterable[AnyResource],
    live: Mapping[ObjectKey, Held],
    *,
    namespace: str,
    prune: bool,
    now: datetime,
) -> Applied:
    """Apply manifests to what is there.

    Args:
        manifests: everything of the folder.
        live: everything of the namespace.
        namespace: where it is applied.
        prune: whether what the folder does not have is deleted: of what bears the same marks of who applied
            it as the folder's, or none as they do. A folder that was never applied prunes nothing.
        now: the instant of creations and deletions.
    """
    declared = {resource.key: resource for resource in manifests}
    outcomes = [
        *(_declared(resource, live.get(key), namespace, now) for key, resource in declared.items()),
        *_left_over(declared.keys(), live, prune, now),
    ]
    resources = tuple(resource for resource, _ in outcomes if resource is not None)
    return Applied(resources, tuple(sorted((change for _, change in outcomes), key=lambda one: one.key)))


_Outcome: TypeAlias = tuple[AnyResource | Invalid | None, Change]


def _declared(resource: AnyResource, held: Held | None, namespace: str, now: datetime) -> _Outcome:
    """Join a manifest with the object of its name."""
    organization = _organization(resource)
    if held is None:
        created = {"namespace": namespace, "generation": 1, "creation_timestamp": _instant(now)}
        return _with_metadata(resource, created), Change(resource.key, organization, "Created")
    metadata, before = held.raw["metadata"], _spec(held)
    after = resource.spec.declared()
    annotations = _annotations(resource, held.raw)
    joined = {
        "namespace": namespace,
        "uid": metadata["uid"],
        "generation": int(metadata["generation"]) + (after != before),
        "creation_timestamp": metadata.get("creationTimestamp"),
        "deletion_timestamp": metadata.get("deletionTimestamp"),
        "finalizers": tuple(metadata.get("finalizers") or ()),
        "annotations": annotations,
    }
    result = _with_metadata(resource, joined).model_copy(
        update={"status": status_of(resource.key.kind, held.raw)}
    )
    same = after == before and _ours(annotations) == _ours(metadata.get("annotations") or {})
    what: What = "Deleting" if joined["deletion_timestamp"] else "Unchanged" if same else "Changed"
    return result, Change(
        resource.key, organization, what, dropped=tuple(sorted(before.keys() - after.keys()))
    )


def _left_over(
    declared: Iterable[ObjectKey], live: Mapping[ObjectKey, Held], prune: bool, now: datetime
) -> Iterator[_Outcome]:
    """Yield what becomes of the resources that the folder does not have."""
    ours = set(declared)
    appliers = {applier(held.raw) for key, held in live.items() if key in ours}
    for key, held in live.items():
        if key in ours:
            continue
        by, whose = applier(held.raw), held.organization
        if "deletionTimestamp" in held.raw["metadata"]:
            yield held.parsed, Change(key, whose, "Deleting")
        elif not prune or by not in appliers:
            yield held.parsed, Change(key, whose, "Kept", by)
        elif _is_removed(held.parsed):
            assert not isinstance(held.parsed, Invalid)
            going = {"deletion_timestamp": _instant(now), "finalizers": (FINALIZER,)}
            yield _with_metadata(held.parsed, going), Change(key, whose, "Deleted")
        else:
            yield _held_back(held, now), Change(key, whose, "LetGo")


def _held_back(held: Held, now: datetime) -> AnyResource | None:
    """Return an organisation that is pruned and stays until what it took out of service is back (R13)."""
    parsed = held.parsed
    if isinstance(parsed, Invalid) or parsed.kind != "ExchangeOrganization" or not stands_on(held.raw):
        return None
    return _with_metadata(parsed, {"deletion_timestamp": _instant(now)})


def _is_removed(parsed: AnyResource | Invalid) -> bool:
    """Whether a deletion of the resource removes its object from Exchange."""
    return not isinstance(parsed, Invalid) and getattr(parsed.spec, "deletion_policy", "Orphan") == "Delete"


def _spec(held: Held) -> dict[str, Any]:
    return {} if isinstance(held.parsed, Invalid) else held.parsed.spec.declared()


def _annotations(resource: AnyResource, raw: RawObject) -> dict[str, str]:
    """Return the annotations after applying: others' stay, such as a hold that somebody set by hand."""
    own: Mapping[str, str] = resource.metadata.annotations or {}
    gone = applied_annotations(raw) - own.keys()
    live = raw["metadata"].get("annotations") or {}
    return {**{name: value for name, value in live.items() if name not in gone}, **own}


def _ours(annotations: Mapping[str, str]) -> Mapping[str, str]:
    """Return the annotations that mean something to the operator; tools have theirs, which come and go."""
    return {name: value for name, value in annotations.items() if name.startswith(f"{GROUP}/")}


def _organization(resource: AnyResource) -> str:
    if resource.kind == "ExchangeOrganization":
        return resource.metadata.name
    return resource.spec.organization_ref.name


def _with_metadata(resource: AnyResource, fields: Mapping[str, Any]) -> AnyResource:
    metadata = resource.metadata.model_copy(update=fields)
    return resource.model_copy(update={"metadata": metadata})


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
