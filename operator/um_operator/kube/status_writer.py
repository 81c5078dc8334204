"""Writes statuses: none when nothing changed, at once what somebody waits for, else not too often.

What an object shall say is compared with what it says, or with what is on its way to it, never with what
somebody believes to have written. What could not be written is tried again until it is, or until it is out of
date. The fields of the ledger are left alone here: they are written before effects (records.py), and a status
may wait for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from um_operator.api.status import Status
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import (
    ConflictError,
    InvalidError,
    KubeError,
    NotFoundError,
    UnavailableError,
)
from um_operator.kube.lists import look_up
from um_operator.kube.merge_patch import merge_patch
from um_operator.kube.objects import Held, Objects, Reference
from um_operator.kube.remembered import LEDGER_FIELDS
from um_operator.kube.resources import OURS, RawObject

PACE: Final = 5.0
"""Seconds between two writes of an object's status that say nothing for which somebody waits."""
_AWAITED: Final = ("conditions", "observedGeneration", "lastHandledReconcileAt")
"""What people and tools wait for; a request is answered as often as somebody makes one."""
_CONFLICTS: Final = 5
"""How often a write is made again on the version that somebody else wrote meanwhile."""

PatchOf: TypeAlias = Callable[[RawObject], dict[str, Any]]
"""What has to be patched of a status, given what it is."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """A status that is not written yet, whose, and from when on it may be (by the event loop's clock)."""

    uid: str
    status: Status
    due: float


class StatusWriter:
    """The only writer of the status subresource; every field of a status is the operator's."""

    def __init__(self, client: KubeClient, objects: Objects, may_write: Callable[[], bool]) -> None:
        """Take what to write through.

        Args:
            client: the API server.
            objects: what is known, and is kept up to date with what is written.
            may_write: whether this process has the Lease; asked before each request, because a process that
                was stopped for a while must not undo what its successor wrote.
        """
        self._client = client
        self._objects = objects
        self._may_write = may_write
        self._waiting: dict[Reference, _Waiting] = {}
        self._written: dict[Reference, float] = {}
        self._writing: dict[Reference, asyncio.Lock] = {}

    def acknowledged(self, reference: Reference) -> int:
        """Return the generation that an object's status speaks of, be it written or about to be.

        One that never was is not our word.
        """
        held = self._objects.get(reference)
        if held is None:
            return -1
        return min(self._word_of(reference, held).observed_generation, held.generation)

    async def write(self, statuses: Mapping[Reference, Status]) -> None:
        """Have these objects say this: write now what is due, the rest follows by ``flush``. Never raises."""
        now = asyncio.get_running_loop().time()
        for reference, status in statuses.items():
            held = self._objects.get(reference)
            if held is None or not self._is_news(reference, held, status):
                continue
            due = now if _is_urgent(held, status) else self._written.get(reference, 0.0) + PACE
            self._waiting[reference] = _Waiting(held.uid, status, due)
        await self._write_due(list(statuses))

    async def flush(self) -> None:
        """Write what has become due, and forget objects that are gone. Never raises."""
        self._written = {
            reference: at for reference, at in self._written.items() if self._objects.get(reference)
        }
        self._writing = {ref: lock for ref, lock in self._writing.items() if self._objects.get(ref)}
        await self._write_due(list(self._waiting))

    async def drain(self) -> None:
        """Write everything that waits, for the last time. Never raises."""
        for waiting in self._waiting.values():
            waiting.due = 0.0
        await self._write_due(list(self._waiting))

    async def patch(self, reference: Reference, fields: Mapping[str, Any]) -> None:
        """Set fields of a status now, and return when they are durable.

        Raises:
            KubeError: they could not be written; NotFoundError: the object is gone.
        """
        held = self._objects.get(reference)
        if held is None:
            raise _gone(reference)
        async with self._lock(reference):
            await self._send(reference, held.uid, lambda have: _only_changes(have, fields))

    async def _write_due(self, references: Iterable[Reference]) -> None:
        now = asyncio.get_running_loop().time()
        due = [ref for ref in references if ref in self._waiting and self._waiting[ref].due <= now]
        await asyncio.gather(*(self._write_one(reference) for reference in due))

    async def _write_one(self, reference: Reference) -> None:
        async with self._lock(reference):
            waiting = self._waiting.get(reference)
            if waiting is None:
                return
            ledger = LEDGER_FIELDS[reference.key.kind]
            want = _without(waiting.status.declared(), ledger)
            try:
                await self._send(
                    reference, waiting.uid, lambda have: merge_patch(_without(have, ledger), want)
                )
            except NotFoundError:
                pass  # There is nobody left to say it.
            except InvalidError as error:
                log.error("status of %s is not taken: %s", reference, error)
            except KubeError as error:
                log.warning("status of %s is written later: %s", reference, error)
                waiting.due = asyncio.get_running_loop().time() + PACE
                return
            if self._waiting.get(reference) is waiting:
                del self._waiting[reference]

    async def _send(self, reference: Reference, uid: str, patch_of: PatchOf) -> None:
        for attempt in range(1, _CONFLICTS + 1):
            held = self._objects.get(reference)
            if held is None or held.uid != uid:
                raise _gone(reference)
            patch = patch_of(held.raw.get("status") or {})
            if not patch:
                return
            try:
                await self._patch(reference, held, patch)
            except ConflictError:
                if attempt == _CONFLICTS:
                    raise
                await look_up(self._client, self._objects, reference)
            else:
                return

    async def _patch(self, reference: Reference, held: Held, status: Mapping[str, Any]) -> None:
        """Patch the status of just this version of an object."""
        if not self._may_write():
            raise UnavailableError(f"{reference} is not written: the Lease is not held")
        body = {"metadata": {"resourceVersion": held.raw["metadata"]["resourceVersion"]}, "status": status}
        try:
            written = await self._client.patch(
                OURS[reference.key.kind], reference.namespace, reference.key.name, body, "status"
            )
        except NotFoundError:
            self._objects.drop(reference, held.uid)
            raise
        self._objects.put(written)
        self._written[reference] = asyncio.get_running_loop().time()

    def _is_news(self, reference: Reference, held: Held, status: Status) -> bool:
        """Whether an object does not say this yet, and it is not out of date.

        A judgement of an older generation than the acknowledged one is; one of a generation that the object
        never had is of another object, which had its name before.
        """
        if not self.acknowledged(reference) <= status.observed_generation <= held.generation:
            return False
        return status != self._word_of(reference, held)

    def _word_of(self, reference: Reference, held: Held) -> Status:
        """Return what an object says, or is about to say."""
        waiting = self._waiting.get(reference)
        return waiting.status if waiting and waiting.uid == held.uid else held.status

    def _lock(self, reference: Reference) -> asyncio.Lock:
        return self._writing.setdefault(reference, asyncio.Lock())


def _without(status: RawObject, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in status.items() if name not in names}


def _only_changes(have: RawObject, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that differ; ``None`` removes one, and what an object in a field lacks goes too."""
    return {
        name: merge_patch(have[name], value)
        if isinstance(value, Mapping) and isinstance(have.get(name), Mapping)
        else value
        for name, value in fields.items()
        if have.get(name) != value
    }


def _is_urgent(held: Held, status: Status) -> bool:
    """Whether it says something for which somebody waits, or the object has no status of ours yet."""
    have, want = held.raw.get("status") or {}, status.declared()
    return any(have.get(name) != want.get(name) for name in _AWAITED)


def _gone(reference: Reference) -> NotFoundError:
    return NotFoundError(f"{reference} is gone")
