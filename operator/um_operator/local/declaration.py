"""What an API server would make of the manifests: uid, generation, times; what vanished. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.select import AnyResource, Invalid, parse
from um_operator.local.record import Record


@dataclass(frozen=True, slots=True)
class Declaration:
    """The manifests of one organisation, joined with what is remembered of them.

    Attributes:
        resources: what is declared or being deleted, with the metadata that an API server would set.
        records: the records that changed by it.
        vanished: remembered, and no longer declared: let go, never deleted in Exchange.
        kept: were being deleted, and are declared again: the deletion is given up.
    """

    resources: tuple[AnyResource | Invalid, ...]
    records: tuple[Record, ...]
    vanished: tuple[ObjectKey, ...]
    kept: tuple[ObjectKey, ...]


def declare(
    manifests: Iterable[AnyResource],
    remembered: Mapping[ObjectKey, Record],
    *,
    delete: AbstractSet[ObjectKey],
    now: datetime,
    new_uid: Callable[[], str],
) -> Declaration:
    """Join manifests with what is remembered.

    Args:
        manifests: the resources of one organisation as declared now.
        remembered: what is remembered of the organisation's resources.
        delete: what is to be deleted (``umctl delete``), declared or not.
        now: the instant of a creation or deletion.
        new_uid: makes the uid of a new resource.
    """
    declared = {resource.key: resource for resource in manifests}
    leaving = {
        key: parse(record.manifest)
        for key, record in remembered.items()
        if key not in declared and (key in delete or record.deleted)
    }
    resources: list[AnyResource | Invalid] = []
    records = []
    for key, resource in {**declared, **leaving}.items():
        if isinstance(resource, Invalid):
            resources.append(resource)
            continue
        deleted = _instant(now) if key in delete or key in leaving else None
        old = remembered.get(key)
        record = _renewed(old, resource, deleted) if old else _first(resource, deleted, now, new_uid)
        resources.append(_with_metadata(resource, record))
        if record != old:
            records.append(record)
    return Declaration(
        tuple(resources),
        tuple(records),
        vanished=tuple(sorted(remembered.keys() - declared.keys() - leaving.keys())),
        kept=tuple(
            sorted(key for key, old in remembered.items() if old.deleted and key in declared.keys() - delete)
        ),
    )


def _first(resource: AnyResource, deleted: str | None, now: datetime, new_uid: Callable[[], str]) -> Record:
    return Record(resource.key, new_uid(), 1, _instant(now), _manifest(resource), deleted)


def _renewed(old: Record, resource: AnyResource, deleted: str | None) -> Record:
    manifest = _manifest(resource)
    return replace(
        old,
        generation=old.generation + (old.manifest.get("spec") != manifest["spec"]),
        manifest=manifest,
        deleted=(old.deleted or deleted) if deleted else None,
        annotations=_still_said(old, manifest),
    )


def _still_said(old: Record, manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what commands annotated and the manifest does not say otherwise since: the last word counts."""
    before, now = (one["metadata"].get("annotations") or {} for one in (old.manifest, manifest))
    return {name: value for name, value in old.annotations.items() if now.get(name) == before.get(name)}


def _manifest(resource: AnyResource) -> dict[str, Any]:
    """Return what was declared, without what only an API server would set."""
    metadata = resource.metadata
    own = {"name": metadata.name, "namespace": metadata.namespace, "annotations": metadata.annotations}
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {name: value for name, value in own.items() if value is not None},
        "spec": resource.spec.declared(),
    }


def _with_metadata(resource: AnyResource, record: Record) -> AnyResource:
    deletes = getattr(resource.spec, "deletion_policy", "Orphan") == "Delete"
    metadata = resource.metadata.model_copy(
        update={
            "uid": record.uid,
            "annotations": {**(resource.metadata.annotations or {}), **record.annotations} or None,
            "generation": record.generation,
            "creation_timestamp": record.created,
            "deletion_timestamp": record.deleted,
            "finalizers": (FINALIZER,) if deletes else None,
        }
    )
    return resource.model_copy(update={"metadata": metadata, "status": record.status})


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
