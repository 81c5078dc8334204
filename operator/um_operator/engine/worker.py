"""What looks after one organisation: its sessions, its loop, and both anew when its connection changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization, ExchangeOrganizationSpec
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve
from um_operator.engine.identities import Identities
from um_operator.engine.loop import Loop
from um_operator.engine.one_pass import Memory, Passes
from um_operator.engine.ports import Clock, Manifests, OrganizationId, PortError
from um_operator.engine.waiting import first_of

PAUSE: Final = timedelta(seconds=5)
"""Before it is tried again to learn what a connection is made of."""

log = logging.getLogger(__name__)


class Access(Protocol):
    """The ways into Exchange."""

    async def settings(self, organization: OrganizationId, spec: ExchangeOrganizationSpec) -> Hashable:
        """Return what a connection is made of: endpoints, account, CA; if it differs, connect anew.

        Raises:
            PortError: it cannot be told at present.
        """

    def is_complete(self, settings: Hashable) -> bool:
        """Whether nothing is missing of what a connection is made of."""

    def opened(self, organization: OrganizationId, settings: Hashable) -> AbstractAsyncContextManager[Passes]:
        """Open a connection, for as long as the block lasts."""

    def left(self, organization: OrganizationId) -> None:
        """Hear that an organisation is no longer looked after, after whatever connections it had."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all workers of a process share.

    Attributes:
        interrupting_from: before that instant no interrupting step may begin; ``None``: at any time.
        identities: which Exchange organisation each of them stands for.
    """

    manifests: Manifests
    access: Access
    clock: Clock
    chance: Callable[[], float]
    interrupting_from: Callable[[], datetime | None]
    identities: Identities


class Worker:
    """Looks after one organisation until it is stopped or the organisation is gone."""

    def __init__(self, organization: OrganizationId, around: Surroundings) -> None:
        self.organization = organization
        self._around = around
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._settings: Hashable = None
        self._loop: Loop | None = None

    def mark(self, key: ObjectKey) -> None:
        """Say that a resource of the organisation may have changed."""
        if self._loop is not None:
            self._loop.mark(key)

    def stop(self) -> None:
        """Let the pass under way be finished, and no other one begin."""
        self._stop.set()
        self._changed.set()

    async def run(self) -> None:
        """Work until stopped, with a new connection whenever what it is made of has changed.

        Whatever breaks here is said and tried again: one organisation does not stop the others.
        """
        try:
            await self._work()
        finally:
            self._around.access.left(self.organization)

    async def _work(self) -> None:
        while not self._stop.is_set() and (declared := self._declared()) is not None:
            self._changed.clear()
            try:
                await self._connected(declared.spec)
            except PortError as error:
                log.warning('organization "%s" is not connected yet: %s', self.organization, error)
                await self._pause()
            except Exception:
                log.exception('the work on organization "%s" broke off', self.organization)
                await self._pause()
            finally:
                self._loop = None

    async def _connected(self, spec: ExchangeOrganizationSpec) -> None:
        around = self._around
        self._settings = await around.access.settings(self.organization, spec)
        async with around.access.opened(self.organization, self._settings) as passes:
            self._loop = Loop(passes, self._desired, around.clock, around.chance)
            await self._loop.run(self._changed)

    async def _desired(self, everything: bool, memory: Memory) -> DesiredOrganization | None:
        if everything:
            await self._around.manifests.read(self.organization.namespace)
            if await self._has_other_settings():
                self._changed.set()
        found = self._declared()
        if found is None:
            return None
        in_force = [
            key for key, entry in memory.ledger.objects.items() if entry.applied_generation is not None
        ]
        desired = resolve(self._around.manifests.resources(self.organization.namespace), found, in_force)
        return replace(desired, interrupting_from=self._around.interrupting_from())

    async def _has_other_settings(self) -> bool:
        """Whether it has to be connected anew.

        One that is being deleted keeps its connection while anything is missing of what the next one would be
        made of: its Secret may have gone before it, and what is out of service must come back (R13).
        """
        found, access = self._declared(), self._around.access
        if found is None:
            return False
        settings = await access.settings(self.organization, found.spec)
        if (
            found.metadata.deleting
            and access.is_complete(self._settings)
            and not access.is_complete(settings)
        ):
            return False
        return settings != self._settings

    def _declared(self) -> ExchangeOrganization | None:
        resources = self._around.manifests.resources(self.organization.namespace)
        return resources.organization(self.organization.name)

    async def _pause(self) -> None:
        clock = self._around.clock
        await first_of(clock.sleep_until(clock.now() + PAUSE), self._stop.wait())
