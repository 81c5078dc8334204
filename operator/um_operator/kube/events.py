"""The engine's Events as Kubernetes events, so that ``kubectl describe`` tells what happened.

One that repeats becomes a series of the first one (events.k8s.io/v1), as client-go does it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from um_operator.api.meta import API_VERSION
from um_operator.engine.ports import Event
from um_operator.engine.waiting import first_of
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError, NotFoundError
from um_operator.kube.instants import micro_time
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import EVENTS, RawObject

WAITING: Final = 1_000
"""Events that wait to be posted; beyond that the oldest are dropped, and that is said."""
SERIES: Final = timedelta(minutes=6)
"""So long after the last one an equal event belongs to the same series (client-go's figure)."""
SERIES_KEPT: Final = 2_000
NOTE_MAX: Final = 1024
"""Bytes of an event's note in UTF-8; the API server refuses longer ones."""
CONTROLLER: Final = "unifiedmessaging.dev/um-operator"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Series:
    """An event that was posted, how often it happened, and when it did last."""

    name: str
    count: int
    last: datetime


class EventPoster:
    """Posts events one after another; nobody waits for it."""

    def __init__(
        self, client: KubeClient, objects: Objects, instance: str, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._objects = objects
        self._instance = instance[:128]
        self._now = now
        self._queue: deque[tuple[Reference, Event]] = deque(maxlen=WAITING)
        self._series: dict[tuple[Reference, str, str, str], _Series] = {}
        self._woken = asyncio.Event()
        self.dropped = 0

    def of(self, namespace: str) -> NamespaceEvents:
        """Return the engine's Events of one namespace."""
        return NamespaceEvents(self, namespace)

    def add(self, reference: Reference, event: Event) -> None:
        """Take an event; never blocks, never raises."""
        if len(self._queue) == WAITING:
            self.dropped += 1
            log.warning("an event is dropped, too many wait: %s", self._queue[0][1].reason)
        self._queue.append((reference, event))
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Post what comes until ``stop``; then what is left, once."""
        while not stop.is_set():
            self._woken.clear()
            await self._post_all()
            await first_of(stop.wait(), self._woken.wait())
        await self._post_all()

    async def _post_all(self) -> None:
        while self._queue:
            reference, event = self._queue.popleft()
            try:
                await self._post(reference, event)
            except KubeError as error:
                log.warning("event %s of %s is lost: %s", event.reason, reference, error)

    async def _post(self, reference: Reference, event: Event) -> None:
        now = self._now()
        same = (reference, event.type, event.reason, event.message)
        series = self._series.get(same)
        if series is not None and now - series.last <= SERIES:
            series.count, series.last = series.count + 1, now
            body = {"series": {"count": series.count, "lastObservedTime": micro_time(now)}}
            try:
                await self._client.patch(EVENTS, reference.namespace, series.name, body)
            except NotFoundError:
                del self._series[same]
            else:
                return
        name = f"{reference.key.name[:200]}.{secrets.token_hex(8)}"
        await self._client.create(EVENTS, reference.namespace, self._event(name, reference, event, now))
        self._remember(same, _Series(name, 1, now))

    def _remember(self, same: tuple[Reference, str, str, str], series: _Series) -> None:
        self._series.pop(same, None)
        if len(self._series) >= SERIES_KEPT:
            del self._series[next(iter(self._series))]
        self._series[same] = series

    def _event(self, name: str, reference: Reference, event: Event, now: datetime) -> RawObject:
        return {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            "metadata": {"name": name, "namespace": reference.namespace},
            "eventTime": micro_time(now),
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
            "action": "Reconcile",
            "type": event.type,
            "reason": event.reason[:128],
            "note": event.message.encode()[:NOTE_MAX].decode(errors="ignore"),
            "regarding": self._regarding(reference),
        }

    def _regarding(self, reference: Reference) -> dict[str, Any]:
        held = self._objects.get(reference)
        about = {
            "apiVersion": API_VERSION,
            "kind": reference.key.kind,
            "namespace": reference.namespace,
            "name": reference.key.name,
        }
        return about | ({"uid": held.raw["metadata"]["uid"]} if held else {})


@dataclass(frozen=True, slots=True)
class NamespaceEvents:
    """The engine's Events for the resources of one namespace."""

    poster: EventPoster
    namespace: str

    def emit(self, event: Event) -> None:
        """Publish an event; never blocks, never raises."""
        self.poster.add(Reference(self.namespace, event.about), event)
