"""All organisations that one process looks after: a worker for each, begun and ended as they come and go.

One that is being deleted is looked after while it is held for what is out of service by us (R13).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.engine.identities import recorded
from um_operator.engine.ports import OrganizationId, PortError
from um_operator.engine.waiting import first_of
from um_operator.engine.worker import Surroundings, Worker
from um_operator.planning.steps import LONGEST_DEADLINE

LOOK_AROUND: Final = timedelta(minutes=5)
"""How often everything is read anew wherever this process works: organisations that no event told of."""
AGAIN: Final = timedelta(seconds=5)
"""After this a reading that failed is tried again."""
ENDING: Final = LONGEST_DEADLINE + timedelta(seconds=15)
"""Time for the passes under way to end. The Lease is released afterwards, and who takes it then waits for no
call of ours any more."""

log = logging.getLogger(__name__)


class Fleet:
    """Begins and ends workers.

    Args:
        around: what the workers share.
        unattended: looks after what has no usable organisation; called whenever that may have changed.
    """

    def __init__(self, around: Surroundings, unattended: Callable[[], Awaitable[None]]) -> None:
        self._around = around
        self._unattended = unattended
        self._workers: dict[OrganizationId, tuple[Worker, asyncio.Task[None]]] = {}
        self._woken = asyncio.Event()

    @property
    def organizations(self) -> frozenset[OrganizationId]:
        """Return the organisations that are being looked after."""
        return frozenset(self._workers)

    def changed(self, namespace: str, organization: str, key: ObjectKey) -> None:
        """Say that a resource changed, came or went; on the event loop."""
        worker, _ = self._workers.get(OrganizationId(namespace, organization), (None, None))
        if worker is not None:
            worker.mark(key)
        if worker is None or key.kind == "ExchangeOrganization":
            self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look after every organisation until ``stop``; then let the passes under way be finished.

        Nothing begins before everything was read once from here on: what was known before is from a time when
        another replica wrote, and its last entries in the ledger would be missing.
        """
        clock = self._around.clock
        read_at, known = clock.now(), False
        try:
            while not stop.is_set():
                self._woken.clear()
                if clock.now() >= read_at:
                    complete = await self._read()
                    read_at, known = clock.now() + (LOOK_AROUND if complete else AGAIN), known or complete
                if known:
                    self._adjust()
                    await self._unattended()
                await self._wait(stop, until=read_at - clock.now())
        finally:
            await self._end()

    async def _read(self) -> bool:
        try:
            await self._around.manifests.read(None)
        except PortError as error:
            log.warning("resources cannot be read, what is known stays: %s", error)
            return False
        return True

    def _adjust(self) -> None:
        """Begin a worker for each organisation that has none; those whose organisation is gone end."""
        self._around.identities.know(recorded(self._around.manifests))
        self._workers = {key: pair for key, pair in self._workers.items() if not pair[1].done()}
        for organization in self._declared() - self._workers.keys():
            worker = Worker(organization, self._around)
            task = asyncio.create_task(worker.run(), name=f"organization {organization}")
            task.add_done_callback(lambda _: self._woken.set())
            self._workers[organization] = (worker, task)

    def _declared(self) -> frozenset[OrganizationId]:
        manifests = self._around.manifests
        return frozenset(
            OrganizationId(namespace, item.metadata.name)
            for namespace in manifests.namespaces()
            for item in manifests.resources(namespace).organizations
            if not item.metadata.deleting or item.metadata.has_finalizer
        )

    async def _wait(self, stop: asyncio.Event, until: timedelta) -> None:
        clock = self._around.clock
        await first_of(clock.sleep_until(clock.now() + until), self._woken.wait(), stop.wait())

    async def _end(self) -> None:
        tasks = [task for _, task in self._workers.values()]
        for worker, _ in self._workers.values():
            worker.stop()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=ENDING.total_seconds())
            for task in late:
                task.cancel()
