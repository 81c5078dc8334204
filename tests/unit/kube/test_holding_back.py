"""Holding an organisation back from being deleted before something is taken out of service there (R13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

import pytest

from manifests_support import organization_document
from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    KubeError,
    NotFoundError,
    UnavailableError,
)
from um_operator.kube.lists import look_up
from um_operator.kube.manifests import KubeManifests
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.records import KubeRecords
from um_operator.kube.remembered import ledger_of
from um_operator.kube.status_writer import StatusWriter
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.rollout import Hold, Restart, ServerEntry

KEY = ObjectKey("ExchangeOrganization", "default")
REFERENCE = Reference("um", KEY)
OTHERS = "somebody/else"
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DRAINED = ServerEntry(Hold("UMCallRouter", "Sidelined", AT))
BEGUN = ObjectEntry(servers={"ex01.contoso.com": DRAINED})
GOES_ON = ObjectEntry(servers={"ex01.contoso.com": replace(DRAINED, restarts={"UM": Restart(AT, None)})})
IN_BETWEEN = range(4)
"""Before which of the operator's requests something happens; the last is after all that there are."""

Event: TypeAlias = Callable[["Server"], Awaitable[None] | None]


@dataclass
class Server:
    """The API server, as far as one organisation is concerned; something may happen before a request.

    Attributes:
        refuses: the answer to changes of anything but the status.
    """

    raw: dict[str, Any] | None = None
    happens: dict[int, Event] = field(default_factory=dict)
    refuses: KubeError | None = None
    objects: Objects = field(default_factory=Objects)
    _requests: int = 0

    def __post_init__(self) -> None:
        metadata = {"namespace": "um", "uid": "1", "generation": 1, "resourceVersion": "1"}
        document = organization_document("default")
        self.raw = {**document, "metadata": {**document["metadata"], **metadata}, "status": {}}
        self.objects.put(self.raw)

    @property
    def records(self) -> KubeRecords:
        writer = StatusWriter(self._client, self.objects, lambda: True)
        return KubeRecords(self._client, self.objects, writer, namespace="um", organization="default")

    @property
    def _client(self) -> KubeClient:
        return cast("KubeClient", self)

    @property
    def finalizers(self) -> list[str]:
        return [] if self.raw is None else self.raw["metadata"].get("finalizers", [])

    @property
    def stored(self) -> Ledger:
        objects = Objects()
        assert self.raw is not None
        objects.put(self.raw)
        held = objects.get(REFERENCE)
        assert held is not None
        return ledger_of({KEY: held.status}, KEY)

    async def get(self, *_: object) -> Any:
        if self.raw is None:
            raise NotFoundError("it is gone")
        return self.raw

    async def patch(self, _r: object, _ns: object, _name: object, body: Any, subresource: str = "") -> Any:
        number, self._requests = self._requests, self._requests + 1
        if (event := self.happens.pop(number, None)) is not None and (waits := event(self)) is not None:
            await waits
        if self.raw is None:
            raise NotFoundError("it is gone")
        if body["metadata"]["resourceVersion"] != self.raw["metadata"]["resourceVersion"]:
            raise ConflictError("somebody else wrote it")
        if subresource:
            return self.write(status={**self.raw["status"], **body["status"]})
        if self.refuses is not None:
            raise self.refuses
        names = body["metadata"]["finalizers"]
        if "deletionTimestamp" in self.raw["metadata"] and set(names) - set(self.finalizers):
            raise InvalidError("no new finalizers can be added if the object is being deleted")
        return self.write(finalizers=names)

    def write(self, status: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
        assert self.raw is not None
        version = str(int(self.raw["metadata"]["resourceVersion"]) + 1)
        metadata = {**self.raw["metadata"], **metadata, "resourceVersion": version}
        self.raw = written = {**self.raw, "metadata": metadata, "status": status or self.raw["status"]}
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            self.raw = None
        return written

    async def tend(self) -> None:
        """Have the operator put finalizers right, as each reading does."""
        with suppress(KubeError):
            await look_up(self._client, self.objects, REFERENCE)
        await KubeManifests(self._client, self.objects, None, lambda: True).tend([REFERENCE])


def deleted(server: Server) -> None:
    if server.raw is not None:
        server.write(deletionTimestamp="2026-11-23T12:00:00Z")


def annotated(server: Server) -> None:
    server.write(annotations={"somebody": "was here"})


@pytest.mark.parametrize("others", [[], [OTHERS]], ids=["nobody else holds it", "somebody else holds it"])
@pytest.mark.parametrize("event", [deleted, annotated, Server.tend])
@pytest.mark.parametrize("at", IN_BETWEEN)
async def test_nothing_is_begun_on_an_organisation_that_is_not_held_back(
    at: int, event: Event, others: list[str]
) -> None:
    server = Server()
    server.objects.put(server.write(finalizers=others))
    server.happens = {at: event}
    try:
        await server.records.remember({KEY: BEGUN})
    except KubeError:
        assert event is deleted
    else:
        assert FINALIZER in server.finalizers
        assert server.stored.entry(KEY).unfinished


async def test_finalizers_of_others_stay_where_they_are() -> None:
    server = Server()
    server.objects.put(server.write(finalizers=[OTHERS]))
    await server.records.remember({KEY: BEGUN})
    assert server.finalizers == [OTHERS, FINALIZER]


@pytest.mark.parametrize("refusal", [UnavailableError("no answer"), InvalidError("not taken")])
async def test_where_it_cannot_be_held_back_nothing_is_begun_and_nothing_remembered(
    refusal: KubeError,
) -> None:
    server = Server(refuses=refusal)
    with pytest.raises(type(refusal)):
        await server.records.remember({KEY: BEGUN})
    assert not server.stored.entry(KEY).unfinished


async def test_an_account_that_may_not_hold_it_back_begins_all_the_same() -> None:
    server = Server(refuses=ForbiddenError("you may not"))
    await server.records.remember({KEY: BEGUN})
    assert server.stored.entry(KEY).unfinished


@pytest.mark.parametrize("refusal", [UnavailableError("no answer"), ForbiddenError("no"), InvalidError("no")])
async def test_what_is_begun_goes_on_although_it_cannot_be_held_back_any_more(refusal: KubeError) -> None:
    server = Server()
    await server.records.remember({KEY: BEGUN})
    server.objects.put(server.write(finalizers=[]))
    server.refuses = refusal
    await server.records.remember({KEY: GOES_ON})
    assert server.stored.entry(KEY).servers["ex01.contoso.com"].restarts


async def test_what_is_begun_goes_on_while_others_hold_it_and_ours_was_taken_off() -> None:
    server = Server()
    await server.records.remember({KEY: BEGUN})
    server.objects.put(server.write(finalizers=[OTHERS], deletionTimestamp="2026-11-23T12:00:00Z"))
    await server.records.remember({KEY: GOES_ON})
    assert server.stored.entry(KEY).servers["ex01.contoso.com"].restarts


async def test_a_finalizer_that_somebody_takes_off_is_back_before_the_next_effect() -> None:
    server = Server()
    await server.records.remember({KEY: BEGUN})
    server.objects.put(server.write(finalizers=[]))
    await server.records.remember({KEY: GOES_ON})
    assert server.finalizers == [FINALIZER]
