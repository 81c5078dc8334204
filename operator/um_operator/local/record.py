"""What an API server would keep of one resource, and the ledger's entry of it; one line of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from um_operator.api.meta import ObjectKey
from um_operator.api.status import STATUSES, Status
from um_operator.observed.ledger import ObjectEntry

_ENTRY: Final = TypeAdapter(ObjectEntry)


@dataclass(frozen=True, slots=True)
class Record:
    """One resource as this directory remembers it.

    Attributes:
        manifest: the resource as last declared, so that a deletion needs no file any more.
        generation: raised when the canonical spec changes.
        created: when it was first declared here, RFC 3339.
        deleted: since when it is being deleted, RFC 3339; ``None`` while it is not.
        annotations: what commands annotated it with beside the manifest, as ``kubectl annotate`` would.
    """

    key: ObjectKey
    uid: str
    generation: int
    created: str
    manifest: Mapping[str, Any]
    deleted: str | None = None
    entry: ObjectEntry = field(default_factory=ObjectEntry)
    status: Status | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {
            "kind": self.key.kind,
            "name": self.key.name,
            "uid": self.uid,
            "generation": self.generation,
            "creationTimestamp": self.created,
            "deletionTimestamp": self.deleted,
            "manifest": dict(self.manifest),
            "ledger": _ENTRY.dump_python(self.entry, mode="json"),
            "status": self.status.declared() if self.status else None,
            "annotations": dict(self.annotations),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Record:
        """Read a record.

        Raises:
            ValueError, KeyError, TypeError: the row is not one.
        """
        key = key_from_row(row)
        status = row["status"]
        return cls(
            key=key,
            uid=str(row["uid"]),
            generation=int(row["generation"]),
            created=str(row["creationTimestamp"]),
            manifest=dict(row["manifest"]),
            deleted=row["deletionTimestamp"],
            entry=_ENTRY.validate_python(row["ledger"]),
            status=STATUSES[key.kind].model_validate(status) if status is not None else None,
            annotations=dict(row.get("annotations", {})),
        )


def key_from_row(row: Mapping[str, Any]) -> ObjectKey:
    """Return whose row it is.

    Raises:
        KeyError: the kind is none of ours, or the row has no kind or name.
    """
    kind = next((known for known in STATUSES if known == row["kind"]), None)
    if kind is None:
        raise KeyError(row["kind"])
    return ObjectKey(kind, str(row["name"]))
