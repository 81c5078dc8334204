"""Looking an object up: what comes while the answer is under way is neither lost nor kept as a ghost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from um_operator.api.meta import ObjectKey
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import NotFoundError
from um_operator.kube.lists import look_up
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import RawObject

REFERENCE = Reference("um", ObjectKey("UMIPGateway", "sbc01"))


@dataclass
class Server:
    """The API server, as far as one gateway is concerned.

    Attributes:
        stands: the gateway.
        meanwhile: what happens while each answer is under way, the next one first.
    """

    stands: RawObject | None = None
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    objects: Objects = field(default_factory=Objects)

    async def get(self, *_: object) -> RawObject:
        answer = self.stands
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if answer is None:
            raise NotFoundError("there is none")
        return answer

    def made(self, raw: RawObject) -> None:
        self.stands = raw
        self.objects.put(raw)

    async def looked_up(self) -> str | None:
        await look_up(cast("KubeClient", self), self.objects, REFERENCE)
        return self.objects.uid(REFERENCE)


def gateway(uid: str, version: int = 1) -> dict[str, Any]:
    metadata = {"name": "sbc01", "namespace": "um", "uid": uid, "generation": 1}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {**metadata, "resourceVersion": str(version)},
        "spec": {"address": "sbc01.contoso.com"},
    }


async def test_what_is_there_is_known() -> None:
    assert await Server(stands=gateway("first")).looked_up() == "first"


async def test_what_is_gone_is_forgotten() -> None:
    server = Server()
    server.objects.put(gateway("first"))
    assert await server.looked_up() is None


async def test_one_that_was_made_anew_while_the_answer_was_under_way_stays_known() -> None:
    server = Server()
    server.objects.put(gateway("first"))
    server.meanwhile = [lambda: server.made(gateway("second", 2))]
    assert await server.looked_up() == "second"
    server.objects.put(gateway("second", 3))
    held = server.objects.get(REFERENCE)
    assert held is not None
    assert held.raw["metadata"]["resourceVersion"] == "3"


async def test_one_that_an_older_list_brought_while_the_answer_was_under_way_is_no_ghost() -> None:
    server = Server()
    server.meanwhile = [lambda: server.objects.put(gateway("first"))]
    assert await server.looked_up() is None
