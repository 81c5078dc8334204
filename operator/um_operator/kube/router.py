"""From hints to what is known: reads again what a watch told of, and acknowledges it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
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
"""Seconds until hints are followed again that could not be."""

log = logging.getLogger(__name__)


class Router:
    """Follows hints, many at once; a hint that could not be followed is kept."""

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
            try:
                await self._follow(hints)
            except KubeError as error:
                log.warning("%d hints are followed later: %s", len(hints), error)
                self._hints |= hints
                await first_of(stop.wait(), timeout=PAUSE)

    async def _follow(self, hints: set[Reference]) -> None:
        if len(hints) > MANY:
            await self._manifests.read(None)
        else:
            await asyncio.gather(*(self._manifests.look_up(reference) for reference in hints))
        if self._may_write():
            await acknowledge(self._objects, self._writer, hints, self._now())
