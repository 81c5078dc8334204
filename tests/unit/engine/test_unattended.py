"""What nobody looks after: an organisation that cannot be used goes, and somebody hears what is out (R13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from engine_support import Store
from manifests_support import organization_document, with_metadata
from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.select import parse
from um_operator.api.status import Status
from um_operator.desired.resources import Resources
from um_operator.engine.ports import Event
from um_operator.engine.unattended import Unattended
from um_operator.lab.clock import Clock
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.rollout import Hold, ServerEntry

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DRAINED = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(Hold("UMCallRouter", "Sidelined", AT))})
BACK = ObjectEntry(servers={"ex01.contoso.com": ServerEntry(activated_at=AT)})


class World:
    """A namespace with one organisation that is being deleted and cannot be used."""

    def __init__(self, remembered: ObjectEntry) -> None:
        self.store = Store(Ledger(objects={ORGANIZATION: remembered}))
        self.events: list[Event] = []

    async def read(self, namespace: str | None) -> None: ...

    def namespaces(self) -> frozenset[str]:
        return frozenset({"um"})

    def resources(self, namespace: str) -> Resources:
        going = {"deletionTimestamp": "2026-11-25T11:00:00Z", "finalizers": [FINALIZER]}
        return Resources.of([parse(with_metadata(organization_document("default", interval="1s"), **going))])

    def held(self) -> bool:
        return True

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def shown(self, found: Mapping[str, Mapping[ObjectKey, Status]]) -> None: ...

    async def attended(self) -> list[str]:
        """Return what was told of letting it go."""
        await Unattended(
            self, lambda _: self.store, lambda _: self, self, Clock.frozen(), self.shown
        ).attend()
        assert self.store.released == [ORGANIZATION]
        return [event.message for event in self.events if event.reason == "Orphaned"]


async def test_an_organisation_that_cannot_be_used_goes_and_somebody_hears_what_is_out_of_service() -> None:
    [told] = await World(DRAINED).attended()
    assert "the resource is invalid" in told
    assert '"ex01.contoso.com"' in told


@pytest.mark.parametrize("entry", [BACK, ObjectEntry()])
async def test_nothing_is_told_of_one_that_has_everything_back(entry: ObjectEntry) -> None:
    assert await World(entry).attended() == []
