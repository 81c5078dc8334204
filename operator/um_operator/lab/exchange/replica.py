"""One copy of the directory: changes arrive at their time and are applied in any order."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from um_operator.lab.exchange.objects import Change, DirectoryObject, Kind, Stamp

T = TypeVar("T")

_INDEXED = ("Parent", "UMDialPlan", "UMMailboxPolicy")
"""References by which objects are looked up from the other end."""


class Replica:
    """A domain controller's copy, or what a service remembers of one.

    Changes are delivered with the instant at which they arrive and applied by :meth:`catch_up`. The later
    write of an attribute wins, wherever it came from; a deletion wins over everything.
    """

    def __init__(self) -> None:
        self._objects: dict[UUID, DirectoryObject] = {}
        self._by_kind: dict[Kind, dict[UUID, DirectoryObject]] = defaultdict(dict)
        self._names: dict[tuple[Kind, str], set[UUID]] = defaultdict(set)
        self._referring: dict[tuple[Kind, str, UUID], set[UUID]] = defaultdict(set)
        self._sorted: dict[Kind, list[DirectoryObject]] = {}
        self._early: dict[UUID, list[Change]] = defaultdict(list)
        self._removed: set[UUID] = set()
        self._arriving: list[tuple[datetime, Stamp, Change]] = []
        self._version = self._version_of_names = 0
        self._derived: dict[UUID, dict[str, tuple[int, Any]]] = defaultdict(dict)

    def deliver(self, change: Change, arrival: datetime) -> None:
        """Have a change arrive at an instant."""
        heapq.heappush(self._arriving, (arrival, change.stamp, change))

    @property
    def is_behind(self) -> bool:
        """Whether a change is on its way."""
        return bool(self._arriving)

    def catch_up(self, instant: datetime) -> None:
        """Apply everything that has arrived by the instant."""
        while self._arriving and self._arriving[0][0] <= instant:
            self.apply(heapq.heappop(self._arriving)[2])

    def hurry(self, instant: datetime) -> None:
        """Have everything that is under way arrive at the instant."""
        self._arriving = [(min(arrival, instant), stamp, change) for arrival, stamp, change in self._arriving]
        heapq.heapify(self._arriving)

    def apply(self, change: Change) -> None:
        """Apply one change at once."""
        if change.guid in self._removed:
            return
        if change.removed:
            self._removed.add(change.guid)
            self._forget(change.guid)
        elif change.created is not None:
            self._add(change, change.created)
        elif change.guid in self._objects:
            self._store(_merged(self._objects[change.guid], change))
        else:
            self._early[change.guid].append(change)

    def get(self, guid: UUID | None) -> DirectoryObject | None:
        """The object of that GUID, if this copy has it."""
        return self._objects.get(guid) if guid else None

    def all(self, kind: Kind) -> Iterator[DirectoryObject]:
        """Every object of a kind, in the order of creation."""
        return iter(self._in_order(kind))

    def referring(self, kind: Kind, attribute: str, to: UUID) -> list[DirectoryObject]:
        """The objects of a kind whose ``Parent``, ``UMDialPlan`` or ``UMMailboxPolicy`` is that object."""
        found = [self._objects[guid] for guid in self._referring[kind, attribute, to]]
        return sorted(found, key=lambda o: o.created)

    def named(
        self, kind: Kind, name: str, among: Callable[[DirectoryObject], bool] = lambda _: True
    ) -> DirectoryObject | None:
        """The object of a kind and name, compared without case."""
        found = (self._objects[guid] for guid in self._names[kind, name.casefold()])
        return next((o for o in found if among(o)), None)

    def derived(self, what: str, guid: UUID, derive: Callable[[], T], *, from_names: bool = False) -> T:
        """What follows for an object from this copy alone: derived once, until anything in the copy changes.

        Anything, because an object shows names of others, and what refers to it; ``from_names``: until an
        object is made, renamed, moved or removed. What comes out equal stays the same object, so that nobody
        has to write it anew.
        """
        version = self._version_of_names if from_names else self._version
        known = self._derived[guid].get(what)
        if known is None or known[0] != version:
            new = derive()
            known = version, known[1] if known and known[1] == new else new
            self._derived[guid][what] = known
        return cast("T", known[1])

    def _add(self, change: Change, kind: Kind) -> None:
        created = DirectoryObject(
            guid=change.guid,
            kind=kind,
            attributes=dict(change.attributes),
            stamps=dict.fromkeys(change.attributes, change.stamp),
            created=change.stamp,
            changed=change.stamp,
        )
        for later in self._early.pop(change.guid, ()):
            created = _merged(created, later)
        self._store(self._resolve_collision(created))

    def _resolve_collision(self, newcomer: DirectoryObject) -> DirectoryObject:
        """Two objects of one name, made on two domain controllers: the older gets a name that says so."""
        rival = self.named(newcomer.kind, newcomer.name, lambda o: o["Parent"] == newcomer["Parent"])
        if rival is None:
            return newcomer
        if rival.created < newcomer.created:
            self._store(_marked(rival))
            return newcomer
        return _marked(newcomer)

    def _in_order(self, kind: Kind) -> list[DirectoryObject]:
        if kind not in self._sorted:
            self._sorted[kind] = sorted(self._by_kind[kind].values(), key=lambda o: o.created)
        return self._sorted[kind]

    def _store(self, changed: DirectoryObject) -> None:
        self._version += 1
        previous = self._objects.get(changed.guid)
        if previous:
            self._unlist(previous)
        if previous is None or _place(previous) != _place(changed):
            self._version_of_names += 1
        self._objects[changed.guid] = changed
        self._by_kind[changed.kind][changed.guid] = changed
        for index, key in self._listings(changed):
            index[key].add(changed.guid)
        self._sorted.pop(changed.kind, None)

    def _forget(self, guid: UUID) -> None:
        self._version += 1
        self._version_of_names += 1
        self._derived.pop(guid, None)
        self._early.pop(guid, None)
        if gone := self._objects.pop(guid, None):
            del self._by_kind[gone.kind][guid]
            self._unlist(gone)

    def _unlist(self, gone: DirectoryObject) -> None:
        for index, key in self._listings(gone):
            index[key].discard(gone.guid)
        self._sorted.pop(gone.kind, None)

    def _listings(self, listed: DirectoryObject) -> Iterator[tuple[dict[Any, set[UUID]], Any]]:
        yield self._names, (listed.kind, listed.name.casefold())
        for attribute in _INDEXED:
            if (to := listed[attribute]) is not None:
                yield self._referring, (listed.kind, attribute, to)


def _place(found: DirectoryObject) -> tuple[str, Any]:
    """What an object's name in the directory is made of."""
    return found.name, found["Parent"]


def _merged(current: DirectoryObject, change: Change) -> DirectoryObject:
    newer = {
        name: value
        for name, value in change.attributes.items()
        if name not in current.stamps or current.stamps[name] < change.stamp
    }
    return replace(
        current,
        attributes={**current.attributes, **newer},
        stamps={**current.stamps, **dict.fromkeys(newer, change.stamp)},
        changed=max(current.changed, change.stamp),
    )


def _marked(loser: DirectoryObject) -> DirectoryObject:
    """Active Directory's mark for the loser of a naming conflict."""
    name = f"{loser.name}\nCNF:{loser.guid}"
    return replace(loser, attributes={**loser.attributes, "Name": name})
