"""From hints to what is known: one that cannot be followed is kept, and holds no other one up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from planning_support import NOW
from um_operator.api.meta import ObjectKey
from um_operator.kube import router
from um_operator.kube.errors import ForbiddenError, KubeError, UnavailableError
from um_operator.kube.manifests import KubeManifests
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.router import MANY, Router
from um_operator.kube.status_writer import StatusWriter


@dataclass
class Cluster:
    """Gateways of which some cannot be read, and whoever is told that they were seen.

    Attributes:
        trouble: why one cannot be read, by its name; of "*": no list.
        lists: how often everything was listed.
        seen: which were acknowledged, in that order.
    """

    objects: Objects = field(default_factory=Objects)
    trouble: dict[str, KubeError] = field(default_factory=dict)
    lists: int = 0
    seen: list[str] = field(default_factory=list)

    async def read(self, namespace: str | None) -> None:
        self.lists += 1
        if "*" in self.trouble:
            raise self.trouble["*"]

    async def look_up(self, reference: Reference) -> None:
        if reference.key.name in self.trouble:
            raise self.trouble[reference.key.name]
        self.objects.put(raw(reference))

    def acknowledged(self, reference: Reference) -> int:
        return -1

    async def write(self, statuses: Any) -> None:
        self.seen += sorted(reference.key.name for reference in statuses)


def gateway(name: str) -> Reference:
    return Reference("um", ObjectKey("UMIPGateway", name))


def raw(reference: Reference) -> dict[str, Any]:
    name = reference.key.name
    metadata = {"name": name, "namespace": "um", "uid": name, "generation": 1, "resourceVersion": "1"}
    return {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": metadata,
        "spec": {"address": f"{name}.contoso.com"},
    }


@asynccontextmanager
async def routing(cluster: Cluster) -> AsyncIterator[Router]:
    """Follow hints beside the block."""
    routed = Router(
        cast("KubeManifests", cluster),
        cluster.objects,
        cast("StatusWriter", cluster),
        may_write=lambda: True,
        now=lambda: NOW,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(routed.run(stop))
    try:
        yield routed
    finally:
        stop.set()
        await running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a list grows when it grows
            await asyncio.sleep(0)


async def test_one_that_cannot_be_read_holds_no_other_one_up(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Cluster(trouble={"sbc01": ForbiddenError("not in this namespace")})
    async with routing(cluster) as routed:
        for name in ("sbc01", "sbc02", "sbc03"):
            routed.told(gateway(name))
        await until(lambda: cluster.seen == ["sbc02", "sbc03"])
        routed.told(gateway("sbc04"))
        await until(lambda: cluster.seen == ["sbc02", "sbc03", "sbc04"])
    assert "1 hints are followed later: not in this namespace" in caplog.text


async def test_what_could_not_be_read_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "PAUSE", 0.01)
    cluster = Cluster(trouble={"sbc01": UnavailableError("no answer in time")})
    async with routing(cluster) as routed:
        routed.told(gateway("sbc01"))
        await until(lambda: bool(routed._hints))
        del cluster.trouble["sbc01"]
        await until(lambda: cluster.seen == ["sbc01"])


async def test_many_are_followed_by_one_list_and_kept_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "PAUSE", 0.01)
    cluster = Cluster(trouble={"*": UnavailableError("no answer in time")})
    names = [f"sbc{number:03}" for number in range(MANY + 1)]
    for name in names:
        cluster.objects.put(raw(gateway(name)))
    async with routing(cluster) as routed:
        for name in names:
            routed.told(gateway(name))
        await until(lambda: cluster.lists > 1)
        assert cluster.seen == []
        del cluster.trouble["*"]
        await until(lambda: cluster.seen == names)
