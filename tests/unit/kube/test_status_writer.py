"""Statuses: nothing for nothing, conditions at once, the ledger left alone, and nobody's word undone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from planning_support import NOW
from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMIPGatewayStatus
from um_operator.kube.acknowledgement import acknowledge
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, KubeError, NotFoundError, UnavailableError
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.status_writer import StatusWriter

REFERENCE = Reference("um", ObjectKey("UMIPGateway", "sbc01"))


@dataclass
class Server:
    """The API server, as far as one gateway is concerned."""

    raw: dict[str, Any] = field(default_factory=lambda: gateway(1, {"observedGeneration": -1}))
    patches: list[Mapping[str, Any]] = field(default_factory=list)
    trouble: KubeError | None = None
    held: bool = True
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    async def get(self, *_: object) -> Any:
        return self.raw

    async def patch(self, _r: object, _ns: object, _name: object, body: Any, _sub: object = "") -> Any:
        await self.answers.wait()
        if self.trouble is not None:
            raise self.trouble
        if body["metadata"]["resourceVersion"] != self.raw["metadata"]["resourceVersion"]:
            raise ConflictError("somebody else wrote it")
        self.patches.append(body["status"])
        self.somebody_writes(**body["status"])
        return self.raw

    def somebody_writes(self, **status: Any) -> None:
        metadata, merged = self.raw["metadata"], {**self.raw["status"], **status}
        self.raw = gateway(
            int(metadata["resourceVersion"]) + 1,
            {name: value for name, value in merged.items() if value is not None},
            generation=metadata["generation"],
            uid=metadata["uid"],
        )

    def writer(self, objects: Objects | None = None) -> StatusWriter:
        objects = objects or Objects()
        objects.put(self.raw)
        return StatusWriter(cast("KubeClient", self), objects, lambda: self.held)


def gateway(
    version: int, status: Mapping[str, Any], *, generation: int = 1, uid: str = "first"
) -> dict[str, Any]:
    metadata = {"name": "sbc01", "namespace": "um", "uid": uid, "generation": generation}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {**metadata, "resourceVersion": str(version)},
        "spec": {"address": "sbc01.contoso.com"},
        "status": dict(status),
    }


def anew() -> dict[str, Any]:
    return gateway(9, {"observedGeneration": -1}, uid="second")


def status(reason: str = "UpToDate", generation: int = 1, **fields: Any) -> UMIPGatewayStatus:
    ready = Condition(type="Ready", status="True", reason=reason, observed_generation=generation)
    return UMIPGatewayStatus(observed_generation=generation, conditions=(ready,), **fields)


async def test_a_status_that_says_the_same_is_not_written_again() -> None:
    server = Server()
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    await writer.write({REFERENCE: status()})
    assert len(server.patches) == 1


async def test_a_change_of_a_condition_is_written_at_once_and_other_changes_wait() -> None:
    server = Server()
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    await writer.write({REFERENCE: status(port=5060)})
    assert "port" not in server.raw["status"]
    await writer.write({REFERENCE: status("Deployed", port=5061)})
    assert server.raw["status"]["port"] == 5061


async def test_a_request_is_answered_at_once() -> None:
    server = Server()
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    await writer.write({REFERENCE: status(port=5060, last_handled_reconcile_at="now")})
    assert server.raw["status"]["lastHandledReconcileAt"] == "now"


async def test_what_waits_is_written_in_the_end() -> None:
    server = Server()
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    await writer.write({REFERENCE: status(port=5060)})
    await writer.drain()
    assert server.raw["status"]["port"] == 5060


async def test_a_status_that_waits_gives_way_to_the_one_that_stands_there() -> None:
    server = Server()
    writer = server.writer()
    await writer.write({REFERENCE: status(port=5060)})
    await writer.write({REFERENCE: status(port=5061)})
    await writer.write({REFERENCE: status(port=5060)})
    await writer.drain()
    assert server.raw["status"]["port"] == 5060


async def test_what_waits_is_not_said_by_an_object_that_was_made_anew() -> None:
    server, objects = Server(), Objects()
    writer = server.writer(objects)
    await writer.write({REFERENCE: status()})
    await writer.write({REFERENCE: status(port=5060)})
    server.raw = anew()
    objects.put(server.raw)
    assert writer.acknowledged(REFERENCE) == -1
    await writer.drain()
    assert server.raw == anew()


async def test_a_generation_that_an_object_never_had_is_that_of_another_one() -> None:
    server = Server()
    await server.writer().write({REFERENCE: status(generation=5)})
    assert server.patches == []


async def test_that_an_object_is_gone_is_not_said_of_one_that_was_made_anew_meanwhile() -> None:
    server, objects = Server(trouble=NotFoundError("gone")), Objects()
    writer = server.writer(objects)
    server.answers.clear()
    writing = asyncio.create_task(writer.write({REFERENCE: status()}))
    await asyncio.sleep(0)
    objects.put(anew())
    server.answers.set()
    await writing
    assert objects.uid(REFERENCE) == "second"


async def test_the_fields_of_the_ledger_are_left_alone() -> None:
    server = Server(raw=gateway(1, {"observedGeneration": -1, "origin": "Created", "guid": "new"}))
    await server.writer().write({REFERENCE: status(origin="Adopted", guid="old")})
    assert (server.raw["status"]["origin"], server.raw["status"]["guid"]) == ("Created", "new")


async def test_a_write_that_crosses_another_one_is_made_again_on_the_newer_version() -> None:
    server = Server()
    writer = server.writer()
    server.somebody_writes(note="theirs")
    await writer.write({REFERENCE: status()})
    assert server.raw["status"]["conditions"][0]["reason"] == "UpToDate"


async def test_an_outdated_judgement_does_not_undo_an_acknowledgement() -> None:
    server = Server(raw=gateway(1, {"observedGeneration": -1}, generation=2))
    writer = server.writer()
    await writer.write({REFERENCE: status("Pending", generation=2)})
    await writer.write({REFERENCE: status("UpToDate", generation=1)})
    assert server.raw["status"]["observedGeneration"] == 2


async def test_an_acknowledgement_does_not_undo_a_judgement_that_is_being_written() -> None:
    server, objects = Server(), Objects()
    writer = server.writer(objects)
    server.answers.clear()
    judgement = asyncio.create_task(writer.write({REFERENCE: status()}))
    await asyncio.sleep(0)
    acknowledgement = asyncio.create_task(acknowledge(objects, writer, [REFERENCE], NOW))
    await asyncio.sleep(0)
    server.answers.set()
    await asyncio.gather(judgement, acknowledgement)
    assert server.raw["status"]["conditions"][0]["reason"] == "UpToDate"


async def test_a_generation_of_which_no_status_speaks_is_acknowledged() -> None:
    server, objects = Server(), Objects()
    await acknowledge(objects, server.writer(objects), [REFERENCE], NOW)
    assert server.raw["status"]["observedGeneration"] == 1
    assert server.raw["status"]["conditions"][0]["reason"] == "Pending"


async def test_a_generation_that_never_was_is_somebody_elses_word_and_keeps_nothing_back() -> None:
    server = Server(raw=gateway(1, {"observedGeneration": 999}, generation=2))
    await server.writer().write({REFERENCE: status(generation=2)})
    assert server.raw["status"]["observedGeneration"] == 2


async def test_what_could_not_be_written_is_written_later() -> None:
    server = Server(trouble=UnavailableError("no answer"))
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    assert server.patches == []
    server.trouble = None
    await writer.drain()
    assert server.raw["status"]["conditions"][0]["reason"] == "UpToDate"


async def test_an_object_that_is_gone_is_forgotten() -> None:
    server = Server(trouble=NotFoundError("gone"))
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    server.trouble = None
    await writer.drain()
    assert server.patches == []


async def test_without_the_lease_nothing_is_written_and_the_ledger_says_so() -> None:
    server = Server(held=False)
    writer = server.writer()
    await writer.write({REFERENCE: status()})
    with pytest.raises(UnavailableError, match="Lease"):
        await writer.patch(REFERENCE, {"origin": "Created"})
    assert server.patches == []


async def test_two_writes_of_one_object_do_not_overtake_each_other() -> None:
    server = Server()
    writer = server.writer()
    await asyncio.gather(
        writer.write({REFERENCE: status()}), writer.patch(REFERENCE, {"origin": "Created", "guid": "1"})
    )
    assert server.raw["status"]["origin"] == "Created"
    assert server.raw["status"]["conditions"][0]["reason"] == "UpToDate"


async def test_what_an_object_in_a_field_of_the_ledger_lacks_is_taken_away() -> None:
    held = {"since": "2026-11-25T12:00:00Z", "stateBefore": "Enabled"}
    server = Server(gateway(1, {"observedGeneration": 1, "draining": held}))
    await server.writer().patch(REFERENCE, {"draining": {"since": "2026-11-25T13:00:00Z"}})
    assert server.patches == [{"draining": {"since": "2026-11-25T13:00:00Z", "stateBefore": None}}]
