"""The engine's Records of one organisation in the status of its resources."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.kube import remembered
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError, NotFoundError
from um_operator.kube.objects import Held, Objects, Reference
from um_operator.kube.release import go_on_holding, hold_back, let_go
from um_operator.kube.status_writer import StatusWriter
from um_operator.observed.ledger import Ledger, ObjectEntry


class KubeRecords:
    """Ledger and statuses of one organisation. A resource that is gone is forgotten without a word.

    Without ``organization`` they are those of everything in the namespace.
    """

    def __init__(
        self,
        client: KubeClient,
        objects: Objects,
        writer: StatusWriter,
        *,
        namespace: str,
        organization: str = "",
    ) -> None:
        self._client = client
        self._objects = objects
        self._writer = writer
        self._namespace = namespace
        self._organization = ObjectKey("ExchangeOrganization", organization)

    async def load_ledger(self) -> Ledger:
        """Return what the statuses remember, as they were read last."""
        return remembered.ledger_of(await self.load_statuses(), self._organization)

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        """Keep what is remembered of these resources; durable on return.

        An organisation that remembers what is out of service by us is held back from being deleted. Where it
        cannot be, nothing begins and what was to begin is forgotten; what is begun goes on (R13).

        Raises:
            KubeError: it could not be made durable or held back, so nothing may rest on it.
        """
        unfinished = [key for key, entry in entries.items() if entry.unfinished]
        before = {key: self._remembered(key) for key in unfinished}
        await asyncio.gather(
            *(self._patch(key, remembered.fields_of(key.kind, entry)) for key, entry in entries.items())
        )
        for key in unfinished:
            if before[key].unfinished:
                await go_on_holding(self._client, self._objects, self._reference(key))
            else:
                await self._hold_back(key, before[key])

    async def remember_domain_controller(self, name: str, since: datetime) -> None:
        """Keep which domain controller is worked with; durable on return.

        Raises:
            KubeError: it could not be made durable.
        """
        await self._patch(self._organization, remembered.domain_controller_fields(name, since))

    async def load_statuses(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses, as they were read last."""
        return {key: held.status for key, held in self._held().items()}

    async def save_statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Write those that say something else than before as soon as their pace allows it. Never raises."""
        await self._writer.write({self._reference(key): status for key, status in statuses.items()})

    async def release(self, key: ObjectKey) -> None:
        """Let a resource go whose deletion is done. Never raises: the next pass asks again."""
        await let_go(self._client, self._objects, self._reference(key))

    async def _hold_back(self, key: ObjectKey, before: ObjectEntry) -> None:
        try:
            await hold_back(self._client, self._objects, self._reference(key))
        except KubeError:
            with suppress(KubeError):
                await self._patch(key, remembered.fields_of(key.kind, before))
            raise

    def _remembered(self, key: ObjectKey) -> ObjectEntry:
        held = self._objects.get(self._reference(key))
        return remembered.entry_of(held.status) if held is not None else ObjectEntry()

    async def _patch(self, key: ObjectKey, fields: Mapping[str, object]) -> None:
        with suppress(NotFoundError):
            await self._writer.patch(self._reference(key), fields)

    def _held(self) -> Mapping[ObjectKey, Held]:
        if not self._organization.name:
            return self._objects.of_namespace(self._namespace)
        return self._objects.of_organization(self._namespace, self._organization.name)

    def _reference(self, key: ObjectKey) -> Reference:
        return Reference(self._namespace, key)
