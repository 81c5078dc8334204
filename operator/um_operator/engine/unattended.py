"""Resources that no organisation looks after: each says why, and none is held back from being deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.engine.ports import Clock, Events, Lease, Manifests, Records
from um_operator.engine.publish import events_of, orphaned
from um_operator.planning.out_by_us import told
from um_operator.planning.status.unjudged import forsaken


@dataclass(frozen=True, slots=True)
class Unattended:
    """Looks after what has no usable organisation.

    Attributes:
        records: of everything in a namespace.
        events: about the resources of a namespace.
        lease: the right to write.
        shown: is told what was found, by namespace.
    """

    manifests: Manifests
    records: Callable[[str], Records]
    events: Callable[[str], Events]
    lease: Lease
    clock: Clock
    shown: Callable[[Mapping[str, Mapping[ObjectKey, Status]]], None]

    async def attend(self) -> None:
        """Tell each such resource why nothing is done for it, and let those go that are being deleted."""
        if self.lease.held():
            namespaces = sorted(self.manifests.namespaces())
            self.shown({namespace: await self._attend(namespace) for namespace in namespaces})

    async def _attend(self, namespace: str) -> Mapping[ObjectKey, Status]:
        records, events = self.records(namespace), self.events(namespace)
        before = await records.load_statuses()
        found = forsaken(self.manifests.resources(namespace), before, self.clock.now())
        await records.save_statuses(found.statuses)
        for event in events_of(before, found.statuses, ()):
            events.emit(event)
        ledger = await records.load_ledger()
        for key, why in found.released.items():
            out = ledger.entry(key).out
            if out or key.kind != "ExchangeOrganization":
                events.emit(orphaned(key, f"{why}; {told(out)}" if out else why))
            await records.release(key)
        return found.statuses
