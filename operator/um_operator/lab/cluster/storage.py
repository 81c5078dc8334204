"""What the server keeps: each resource's objects by name, and the ring of its last changes.

Objects are never changed in place: a write puts a new entry. One counter numbers all changes, as etcd's.
"""

from __future__ import annotations

import asyncio
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .errors import expired
from .values import Json, encode

Key: TypeAlias = tuple[str, str]
"""Namespace (empty for a cluster's objects) and name."""
ChangeType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]
SNAPSHOTS: Final = 64
"""So many lists that are being read in chunks are remembered."""


class Entry:
    """One object at one resourceVersion, with its JSON.

    Attributes:
        complete: whether all of it is stored. A real server does not store the default of a new object's
            status; the next update does, also one that changes nothing.
    """

    __slots__ = ("complete", "json", "object")

    def __init__(self, obj: Json, *, complete: bool = True) -> None:
        self.object = obj
        self.json = encode(obj)
        self.complete = complete

    def copy(self) -> Json:
        """A copy that may be changed."""
        copied: Json = json.loads(self.json)
        return copied

    @property
    def key(self) -> Key:
        """Where it is kept."""
        metadata = self.object["metadata"]
        return metadata.get("namespace", ""), metadata["name"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write: what was, what is; ``entry`` of a deletion is the object's last state."""

    revision: int
    type: ChangeType
    entry: Entry
    previous: Entry | None = None


class Collection:
    """The objects of one resource and its recent changes.

    Attributes:
        entries: what is there now.
        watches: set when something has changed, one for each open watch.
    """

    def __init__(self, limit: int, forgotten: int) -> None:
        self.entries: dict[Key, Entry] = {}
        self.watches: set[asyncio.Event] = set()
        self._changes: list[Change] = []
        self._limit = limit
        self._forgotten = forgotten
        self._snapshots: dict[int, tuple[Entry, ...]] = {}

    def add(self, change: Change) -> None:
        """Remember a change, forget the oldest beyond the limit, and wake the watches."""
        self._changes.append(change)
        if len(self._changes) > 2 * self._limit:
            self._forgotten = self._changes[-self._limit - 1].revision
            del self._changes[: -self._limit]
        self.wake()

    def wake(self) -> None:
        """Have every watch look."""
        for watch in self.watches:
            watch.set()

    def after(self, revision: int) -> list[Change]:
        """The changes after a revision.

        Raises:
            StatusError: 410 when some of them are forgotten.
        """
        if revision < self._forgotten:
            raise expired(f"too old resource version: {revision} ({self._forgotten})")
        return self._changes[bisect_right(self._changes, revision, key=lambda change: change.revision) :]

    def sorted(self) -> list[Entry]:
        """The entries as a list gives them: by namespace and name."""
        return [self.entries[key] for key in sorted(self.entries)]

    def remember(self, revision: int, entries: Iterable[Entry]) -> None:
        """Keep what a list in chunks goes on with."""
        self._snapshots.setdefault(revision, tuple(entries))
        while len(self._snapshots) > SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]

    def snapshot(self, revision: int) -> tuple[Entry, ...]:
        """The entries at the revision at which a list in chunks began.

        Raises:
            StatusError: 410 when it is forgotten.
        """
        try:
            return self._snapshots[revision]
        except KeyError:
            raise expired(
                "The provided continue parameter is too old to display a consistent list result. "
                "You can start a new list without the continue parameter."
            ) from None

    def compact(self, revision: int) -> None:
        """Forget all changes and snapshots up to now."""
        self._forgotten = revision
        self._changes.clear()
        self._snapshots.clear()


class Storage:
    """All collections and the counter of changes.

    Args:
        history: how many changes of each resource are kept at least, and at most twice as many.
    """

    def __init__(self, history: int) -> None:
        self._history = history
        self._collections: dict[tuple[str, str], Collection] = {}
        self.revision = 1

    def collection(self, resource: tuple[str, str]) -> Collection:
        """The collection of a resource: group and plural."""
        if resource not in self._collections:
            self._collections[resource] = Collection(self._history, self.revision)
        return self._collections[resource]

    def wake(self) -> None:
        """Have every watch of every resource look."""
        for collection in self._collections.values():
            collection.wake()

    def compact(self) -> None:
        """Forget all that was: whoever goes on from before now gets 410."""
        for collection in self._collections.values():
            collection.compact(self.revision)

    def put(self, resource: tuple[str, str], obj: Json, *, complete: bool = True) -> Entry:
        """Store an object under the next revision."""
        entry, collection = self._numbered(obj, complete=complete), self.collection(resource)
        previous = collection.entries.get(entry.key)
        collection.entries[entry.key] = entry
        collection.add(Change(self.revision, "MODIFIED" if previous else "ADDED", entry, previous))
        return entry

    def remove(self, resource: tuple[str, str], key: Key) -> Entry:
        """Remove an object that is there; return its last state, under the revision of the removal."""
        collection = self.collection(resource)
        previous = collection.entries.pop(key)
        entry = self._numbered(previous.copy())
        collection.add(Change(self.revision, "DELETED", entry, previous))
        return entry

    def _numbered(self, obj: Json, *, complete: bool = True) -> Entry:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        return Entry(obj, complete=complete)
