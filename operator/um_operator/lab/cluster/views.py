"""What of a collection a client asked for, and in which form it wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .errors import bad_request
from .kinds import Kind, as_it_is
from .selectors import Selector, everything, field_selector, label_selector
from .storage import Change, Entry
from .tables import table
from .values import Json, encode


@dataclass(frozen=True)
class View:
    """How a client wants objects: as they are, or as tables with so much of each object (``include``)."""

    kind: Kind
    now: datetime
    as_table: bool = False
    include: str = "Metadata"

    def one(self, entry: Entry, *, headed: bool = True) -> bytes:
        """One object; a watch's tables have their columns in the first event only (``headed``)."""
        convert = self.kind.ways.from_storage
        if not self.as_table:
            return entry.json if convert is as_it_is else encode(convert(entry.object))
        version = {"resourceVersion": entry.object["metadata"]["resourceVersion"]}
        shown = table(self.kind.columns, [entry.object], version, self.now, self.include)
        return encode(shown if headed else {**shown, "columnDefinitions": None})

    def many(self, entries: Iterable[Entry], metadata: Json) -> bytes:
        """A list; items of built-in kinds do not repeat their kind."""
        if self.as_table:
            objects = (entry.object for entry in entries)
            return encode(table(self.kind.columns, objects, metadata, self.now, self.include))
        head = {"apiVersion": self.kind.api_version, "kind": f"{self.kind.kind}List", "metadata": metadata}
        return b'%s,"items":[%s]}' % (encode(head)[:-1], b",".join(map(self._item, entries)))

    def _item(self, entry: Entry) -> bytes:
        if not self.kind.built_in:
            return entry.json
        obj = self.kind.ways.from_storage(entry.object)
        return encode({key: value for key, value in obj.items() if key not in ("apiVersion", "kind")})


@dataclass(frozen=True)
class Selection:
    """Which objects are meant: those of a namespace, unless it is empty, that both selectors match."""

    namespace: str
    labels: Selector
    fields: Selector

    @classmethod
    def of(cls, kind: Kind, namespace: str, query: Mapping[str, str]) -> Selection:
        """Read the selectors of a request.

        Raises:
            StatusError: 400.
        """
        labels, fields = query.get("labelSelector"), query.get("fieldSelector")
        return cls(
            namespace,
            label_selector(labels) if labels else everything,
            field_selector(fields, kind.fields) if fields else everything,
        )

    @property
    def narrowed(self) -> bool:
        """Whether there is a selector."""
        return self.labels is not everything or self.fields is not everything

    def matches(self, entry: Entry) -> bool:
        """Whether an object is meant."""
        placed = not self.namespace or entry.key[0] == self.namespace
        return placed and self.labels(entry.object) and self.fields(entry.object)

    def seen(self, change: Change) -> tuple[str, Entry] | None:
        """What a watch is told of a change: for it, what leaves the selection is deleted."""
        was = change.previous is not None and self.matches(change.previous)
        if change.type != "DELETED" and self.matches(change.entry):
            return ("MODIFIED" if was else "ADDED"), change.entry
        if not was or change.previous is None:
            return None
        last = change.previous.copy()
        last["metadata"]["resourceVersion"] = str(change.revision)
        return "DELETED", Entry(last)


def number(query: Mapping[str, str], name: str) -> int:
    """A number of a query; 0 when it is absent.

    Raises:
        StatusError: 400 when it is none.
    """
    text = query.get(name) or "0"
    if not text.isascii() or not text.isdigit():
        raise bad_request(f'"{name}" of the query is no number: "{text}"')
    return int(text)
