"""Secrets on the simulated API server: made once, merged with what others wrote, removed by name."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, ForbiddenError
from um_operator.kube.login import Credentials
from um_operator.kube.resources import SECRETS
from um_operator.kube.secrets import ATTEMPTS, KubeSecrets
from um_operator.lab.cluster.server import ApiServer

NAME = "um-ex01.contoso.com-1"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    """A client of a simulated API server."""
    async with (
        ApiServer.start(tmp_path) as server,
        KubeClient(Credentials(server.kubeconfig).configuration) as client,
    ):
        yield client


@pytest.fixture
def store(client: KubeClient) -> KubeSecrets:
    return KubeSecrets(client, "default")


async def test_a_secret_is_made_with_type_and_labels_and_removed_by_name(
    client: KubeClient, store: KubeSecrets
) -> None:
    data = {"tls.crt": b"\x00c", "tls.key": b"k"}
    assert await store.create_secret(NAME, data, kind="kubernetes.io/tls", labels={"a": "b"})
    raw = await client.get(SECRETS, "default", NAME)
    assert (raw["type"], raw["metadata"]["labels"]) == ("kubernetes.io/tls", {"a": "b"})
    assert "ownerReferences" not in raw["metadata"]
    assert await store.secret(NAME) == data
    await store.delete_secret(NAME)
    await store.delete_secret(NAME)
    assert await store.secret(NAME) is None


async def test_a_secret_that_is_there_is_left_as_it_is(store: KubeSecrets) -> None:
    assert await store.create_secret(NAME, {"a": b"1"})
    assert not await store.create_secret(NAME, {"a": b"2"})
    assert await store.secret(NAME) == {"a": b"1"}


async def test_an_update_adds_and_removes_keys_and_keeps_the_rest(store: KubeSecrets) -> None:
    await store.create_secret(NAME, {"a": b"1", "b": b"2", "c": b"3"}, labels={"x": "y"})
    assert await store.update_secret(NAME, lambda _: {"a": None, "b": b"4"}) == {"b": b"4", "c": b"3"}
    assert await store.secret(NAME) == {"b": b"4", "c": b"3"}


async def test_an_update_that_changes_nothing_writes_nothing(client: KubeClient, store: KubeSecrets) -> None:
    await store.create_secret(NAME, {"a": b"1"})
    before = await client.get(SECRETS, "default", NAME)
    assert await store.update_secret(NAME, lambda _: {}) == {"a": b"1"}
    assert await client.get(SECRETS, "default", NAME) == before


async def test_a_secret_that_is_not_there_cannot_be_updated(store: KubeSecrets) -> None:
    assert await store.update_secret(NAME, lambda _: {"a": b"1"}) is None


class Rival(KubeClient):
    """A client that loses its race against somebody else so many times."""

    def __init__(self, client: KubeClient, losses: int) -> None:
        self._rival = client
        self._losses = losses

    async def get(self, *arguments: Any) -> Any:
        return await self._rival.get(*arguments)

    async def patch(self, *arguments: Any) -> Any:
        if self._losses:
            self._losses -= 1
            theirs = {"data": {"theirs": base64.b64encode(str(self._losses).encode()).decode()}}
            await self._rival.patch(SECRETS, "default", NAME, theirs)
        return await self._rival.patch(*arguments)


async def test_what_somebody_else_wrote_meanwhile_is_seen_and_kept(
    client: KubeClient, store: KubeSecrets
) -> None:
    await store.create_secret(NAME, {"a": b"1"})
    seen: list[Mapping[str, bytes]] = []

    def change(data: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
        seen.append(data)
        return {"b": b"2"}

    racing = replace(store, client=Rival(client, losses=1))
    assert await racing.update_secret(NAME, change) == {"a": b"1", "b": b"2", "theirs": b"0"}
    assert seen == [{"a": b"1"}, {"a": b"1", "theirs": b"0"}]


async def test_who_always_loses_gives_up(client: KubeClient, store: KubeSecrets) -> None:
    await store.create_secret(NAME, {"a": b"1"})
    racing = replace(store, client=Rival(client, losses=ATTEMPTS))
    with pytest.raises(ConflictError, match="again and again"):
        await racing.update_secret(NAME, lambda _: {"b": b"2"})


class Forbidding(KubeClient):
    """A client whose account may read and nothing else."""

    def __init__(self, client: KubeClient) -> None:
        self._allowed = client

    async def get(self, *arguments: Any) -> Any:
        return await self._allowed.get(*arguments)

    async def create(self, *_: Any) -> Any:
        raise ForbiddenError("403")

    async def patch(self, *_: Any) -> Any:
        raise ForbiddenError("403")

    async def delete(self, *_: Any) -> Any:
        raise ForbiddenError("403")


async def test_a_right_that_is_missing_is_named(client: KubeClient, store: KubeSecrets) -> None:
    await store.create_secret(NAME, {"a": b"1"})
    poor = replace(store, client=Forbidding(client))
    for verb, done, write in (
        ("create", "made", poor.create_secret(NAME, {})),
        ("patch", "changed", poor.update_secret(NAME, lambda _: {"b": b"2"})),
        ("delete", "removed", poor.delete_secret(NAME)),
    ):
        with pytest.raises(ForbiddenError, match=rf"may not be {done}: .* right to {verb} secrets"):
            await write
