"""ConfigMaps on the simulated API server: made, added to, never without what others wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.resources import CONFIG_MAPS
from um_operator.kube.secrets import KubeSecrets
from um_operator.lab.cluster.server import ApiServer

NAME = "um-trust"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    """A client of a simulated API server."""
    async with (
        ApiServer.start(tmp_path) as server,
        KubeClient(Credentials(server.kubeconfig).configuration) as client,
    ):
        yield client


async def test_a_config_map_is_made_with_labels_and_without_owner_and_then_added_to(
    client: KubeClient,
) -> None:
    store = KubeSecrets(client, "default")
    await store.write_config_map(NAME, lambda _: {"ca.crt": b"1", "gone": None}, labels={"a": "b"})
    raw = await client.get(CONFIG_MAPS, "default", NAME)
    assert raw["metadata"]["labels"] == {"a": "b"}
    assert "ownerReferences" not in raw["metadata"]
    await store.write_config_map(NAME, lambda data: {"ca.crt": data["ca.crt"] + b"2"}, labels={"c": "d"})
    assert await store.config_map(NAME) == {"ca.crt": b"12"}
    assert (await client.get(CONFIG_MAPS, "default", NAME))["metadata"]["labels"] == {"a": "b"}


async def test_a_change_that_changes_nothing_writes_nothing(client: KubeClient) -> None:
    store = KubeSecrets(client, "default")
    await store.write_config_map(NAME, lambda _: {})
    assert await store.config_map(NAME) is None


async def test_what_somebody_else_wrote_meanwhile_is_kept(client: KubeClient) -> None:
    store = KubeSecrets(client, "default")
    seen: list[Mapping[str, bytes]] = []

    def change(data: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
        seen.append(data)
        return {"ca.crt": data.get("ca.crt", b"") + b"ours"}

    class Rival(KubeClient):
        """Somebody else is faster once."""

        def __init__(self) -> None:
            self.is_faster = True

        async def get(self, *arguments: object) -> object:  # type: ignore[override]
            found = await client.get(*arguments)  # type: ignore[arg-type]
            if self.is_faster:
                self.is_faster = False
                await client.patch(CONFIG_MAPS, "default", NAME, {"data": {"ca.crt": "theirs,"}})
            return found

        async def patch(self, *arguments: object) -> object:  # type: ignore[override]
            return await client.patch(*arguments)  # type: ignore[arg-type]

    await store.write_config_map(NAME, lambda _: {"ca.crt": b"first,"})
    await KubeSecrets(Rival(), "default").write_config_map(NAME, change)
    assert seen == [{"ca.crt": b"first,"}, {"ca.crt": b"theirs,"}]
    assert await store.config_map(NAME) == {"ca.crt": b"theirs,ours"}
