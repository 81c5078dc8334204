"""From hints to what is known: reads again what a watch told of, and acknowledges it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from um_operator.engine.waiting import first_of
from um_operator.kube.acknowledgement import acknowledge
from um_operator.kube.errors import KubeError
from um_operator.kube.manifests import KubeManifests
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.status_writer import StatusWriter

MANY: Final = 100
"""From so many hints on a list is cheaper than looking each object up."""
PAUSE: Final = 2.0
"""Seconds until hints are followed again that could not be, unless another one comes before."""

log = logging.getLogger(__name__)


class Router:
    """Follows hints, many at once; one that could not be followed is kept, and holds no other one up."""

    def __init__(
        self,
        manifests: KubeManifests,
        objects: Objects,
        writer: StatusWriter,
        *,
        may_write: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._manifests = manifests
        self._objects = objects
        self._writer = writer
        self._may_write = may_write
        self._now = now
        self._hints: set[Reference] = set()
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def told(self, reference: Reference) -> None:
        """Take a hint, from any thread."""
        self._loop.call_soon_threadsafe(self._take, reference)

    def _take(self, reference: Reference) -> None:
        self._hints.add(reference)
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow hints until ``stop``."""
        while not stop.is_set():
            if not self._hints:
                await first_of(stop.wait(), self._woken.wait())
                continue
            self._woken.clear()
            hints, self._hints = self._hints, set()
            late = await self._follow(hints)
            if late:
                self._hints |= late
                await first_of(stop.wait(), self._woken.wait(), timeout=PAUSE)

    async def _follow(self, hints: set[Reference]) -> set[Reference]:
        """Read what hints are about, acknowledge it, and return the hints that could not be followed."""
        late = await self._read(hints)
        if self._may_write():
            await acknowledge(self._objects, self._writer, hints - late.keys(), self._now())
        for error in [*late.values()][:1]:
            log.warning("%d hints are followed later: %s", len(late), error)
        return {*late}

    async def _read(self, hints: set[Reference]) -> dict[Reference, KubeError]:
        """Read what hints are about, and return what could not be read, and why."""
        if len(hints) > MANY:
            error = await _error_of(self._manifests.read(None))
            return dict.fromkeys(hints, error) if error else {}
        errors = await asyncio.gather(*(_error_of(self._manifests.look_up(reference)) for reference in hints))
        return {reference: error for reference, error in zip(hints, errors, strict=True) if error}


async def _error_of(reading: Awaitable[None]) -> KubeError | None:
    try:
        await reading
    except KubeError as error:
        return error
    return None
