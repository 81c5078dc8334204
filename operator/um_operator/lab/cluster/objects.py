"""Writes: what creates, updates and deletions do to an object before it is stored.

In the order of the real server: read and prune, place in a namespace, what only the server sets, what a
subresource may not touch, generation, defaults, validation, finalizers, storage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from um_operator.lab.clock import Clock

from . import metadata
from .bodies import Options, read
from .built_in import IMMORTAL
from .definitions import kind_of
from .errors import Cause, StatusError
from .kinds import DEFINITIONS, NAMESPACES, Kind, Kinds
from .schema import BLOCKING
from .storage import Entry, Key, Storage
from .values import Json, encode

_NOT_CHECKED: Final = Cause(
    "<nil>",
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the "
    "existing errors to complete validation",
)


@dataclass(frozen=True, slots=True)
class Written:
    """The object after a write, and what its sender is warned of."""

    object: Json
    warnings: tuple[str, ...] = ()


class Objects:
    """All writes to the storage.

    Args:
        storage: where objects are kept.
        kinds: definitions add to them.
        clock: for timestamps.
        chance: for uids and generated names.
    """

    def __init__(self, storage: Storage, kinds: Kinds, clock: Clock, chance: Random) -> None:
        self._storage = storage
        self._kinds = kinds
        self._clock = clock
        self._chance = chance

    def get(self, kind: Kind, key: Key) -> Entry:
        """The object of a name.

        Raises:
            StatusError: 404.
        """
        try:
            return self._storage.collection(kind.stored).entries[key]
        except KeyError:
            raise kind.resource.not_found(key[1]) from None

    def create(self, kind: Kind, namespace: str, sent: Json, options: Options) -> Written:
        """Store a new object.

        Raises:
            StatusError: it is refused.
        """
        obj, warnings = read(kind, sent, options)
        meta = obj["metadata"]
        metadata.place(meta, namespace)
        self._admit(kind, namespace, meta.get("name", meta.get("generateName", "")))
        metadata.begin(meta, self._now(), self._chance)
        if kind.status and obj.pop("status", None) is not None:
            kind.schema.default(obj)
        if kind.generations:
            meta["generation"] = 1
        self._validate(kind, obj, None)
        if (namespace, meta["name"]) in self._storage.collection(kind.stored).entries:
            raise kind.resource.already_exists(meta["name"])
        return Written(self._store(kind, obj, options), warnings)

    def update(
        self, kind: Kind, key: Key, change: Callable[[Json], Json], options: Options, subresource: str = ""
    ) -> Written:
        """Change an object.

        Args:
            kind: of the object.
            key: its namespace and name.
            change: gets a copy of the object, returns what it shall be.
            options: of the request.
            subresource: ``status``, or empty for all but the status.

        Raises:
            StatusError: it is refused.
        """
        entry, view = self.get(kind, key), kind.ways.from_storage
        old = view(entry.copy())
        obj, warnings = read(kind, change(view(entry.copy())), options)
        meta = obj["metadata"]
        metadata.identify(meta, key[1], key[0])
        metadata.inherit(
            meta, old["metadata"], kind.resource, unconditional=kind.unconditional, patched=options.patched
        )
        if kind.status:
            obj = _isolated(obj, old, subresource)
        if kind.generations and _content(kind, obj) != _content(kind, old):
            obj["metadata"]["generation"] += 1
        self._validate(kind, obj, old)
        if metadata.ended(obj["metadata"]):
            self._remove(kind, key, options)
            self._empty_what_ends()
            return Written(obj, warnings)
        return Written(self._store(kind, obj, options, entry), warnings)

    def delete(self, kind: Kind, key: Key, preconditions: Any, options: Options) -> Json | None:
        """Delete an object.

        Returns:
            the object, when somebody holds it by a finalizer; ``None`` when it is gone.

        Raises:
            StatusError: it is refused.
        """
        entry = self.get(kind, key)
        fault = metadata.precondition_fault(entry.object["metadata"], preconditions)
        if fault:
            raise kind.resource.conflict(key[1], fault)
        if kind.stored == NAMESPACES and key[1] in IMMORTAL:
            message = f'namespaces "{key[1]}" is forbidden: this namespace may not be deleted'
            raise StatusError(403, "Forbidden", message, {"name": key[1], "kind": "namespaces"})
        left = self._delete(kind, entry, options)
        self._empty_what_ends()
        return left

    def _now(self) -> str:
        return self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _admit(self, kind: Kind, namespace: str, name: str) -> None:
        """Let nothing into a namespace that is not there or ends."""
        if not kind.namespaced:
            return
        found = self._storage.collection(NAMESPACES).entries.get(("", namespace))
        if found is None:
            details = {"name": namespace, "kind": "namespaces"}
            raise StatusError(404, "NotFound", f'namespaces "{namespace}" not found', details)
        if "deletionTimestamp" in found.object["metadata"]:
            raise kind.resource.terminating(name, namespace)

    def _validate(self, kind: Kind, obj: Json, old: Json | None) -> None:
        own = kind.ways
        own.prepare(obj, old, self._now())
        causes = kind.schema.check(obj, old)
        causes += _metadata_faults(obj["metadata"], old)
        if not any(cause.reason in BLOCKING for cause in causes):
            causes += own.faults(obj, old) + kind.rules.check(obj, old)
        elif kind.rules:
            causes.append(_NOT_CHECKED)
        if causes:
            raise kind.resource.invalid(obj["metadata"].get("name", ""), causes)

    def _store(self, kind: Kind, obj: Json, options: Options, entry: Entry | None = None) -> Json:
        stored = kind.ways.to_storage(obj)
        unchanged = entry is not None and entry.complete and encode(stored) == entry.json
        if options.dry_run or unchanged:
            return obj
        complete = entry is not None or not kind.status or "status" not in obj
        now = self._storage.put(kind.stored, stored, complete=complete).object["metadata"]
        obj["metadata"]["resourceVersion"] = now["resourceVersion"]
        respecified = entry is None or now.get("generation") != entry.object["metadata"].get("generation")
        if kind.stored == DEFINITIONS and respecified:
            self._serve(kind_of(obj))
        return obj

    def _serve(self, kind: Kind) -> None:
        """Serve a kind anew; watches of what it was end."""
        self._kinds.register(kind)
        self._storage.collection(kind.stored).wake()

    def _delete(self, kind: Kind, entry: Entry, options: Options) -> Json | None:
        obj = entry.copy()
        meta = obj["metadata"]
        held = bool(meta.get("finalizers") or kind.stored == NAMESPACES)
        if not held:
            self._remove(kind, entry.key, options)
            return None
        if "deletionTimestamp" not in meta:
            meta |= {"deletionTimestamp": self._now(), "deletionGracePeriodSeconds": 0}
            if "generation" in meta:
                meta["generation"] += 1
            if kind.stored == NAMESPACES:
                obj["status"] = {**obj.get("status", {}), "phase": "Terminating"}
            if not options.dry_run:
                self._storage.put(kind.stored, obj)
        return kind.ways.from_storage(obj)

    def _remove(self, kind: Kind, key: Key, options: Options) -> None:
        if options.dry_run:
            return
        removed = self._storage.remove(kind.stored, key).object
        if kind.stored == DEFINITIONS:
            gone = kind_of(removed)
            self._kinds.remove(gone)
            self._storage.collection(gone.stored).wake()

    def _empty_what_ends(self) -> None:
        """Do as the namespace controller: delete what is in a namespace or of a definition that ends."""
        for container in (NAMESPACES, DEFINITIONS):
            for entry in list(self._storage.collection(container).entries.values()):
                if "deletionTimestamp" in entry.object["metadata"]:
                    self._empty(container, entry)

    def _empty(self, container: tuple[str, str], entry: Entry) -> None:
        for kind, content in self._contents(container, entry.object):
            self._delete(kind, content, Options())
        if not any(self._contents(container, entry.object)):
            ended = self._kinds.get(container[0], "v1", container[1])
            assert ended is not None
            self._remove(ended, entry.key, Options())

    def _contents(self, container: tuple[str, str], obj: Json) -> list[tuple[Kind, Entry]]:
        if container == DEFINITIONS:
            kind = kind_of(obj)
            return [(kind, entry) for entry in self._entries(kind)]
        kinds = [kind for kind in self._kinds if kind.namespaced and kind.stored == (kind.group, kind.plural)]
        name = obj["metadata"]["name"]
        return [(kind, entry) for kind in kinds for entry in self._entries(kind) if entry.key[0] == name]

    def _entries(self, kind: Kind) -> list[Entry]:
        return list(self._storage.collection(kind.stored).entries.values())


def _metadata_faults(meta: Json, old: Json | None) -> list[Cause]:
    if old is None:
        return metadata.name_fault(meta) + metadata.faults(meta, None)
    return metadata.faults(meta, old["metadata"])


def _isolated(obj: Json, old: Json, subresource: str) -> Json:
    """The status is changed through its subresource alone, and nothing else is."""
    kept, changed = (old, obj) if subresource else (obj, old)
    status = {"status": changed["status"]} if "status" in changed else {}
    rest = {key: value for key, value in kept.items() if key != "status"}
    return {**rest, "metadata": dict(rest["metadata"]), **status}


def _content(kind: Kind, obj: Json) -> Json:
    """What the generation counts."""
    others = ("metadata", "status") if kind.status else ("metadata",)
    return {key: value for key, value in obj.items() if key not in others}
