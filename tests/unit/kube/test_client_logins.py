"""A token is rotated under way: each request is answered, and the credentials are read once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kubernetes.aio.client import Configuration

from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.resources import SECRETS, RawObject
from um_operator.lab.cluster.faults import Where
from um_operator.lab.cluster.server import ApiServer

ROTATIONS, AT_A_TIME = 8, 7


class Logins:
    """Credentials, and how often they were read."""

    def __init__(self, credentials: Credentials) -> None:
        self.read = 0
        self._credentials = credentials

    async def configuration(self) -> Configuration:
        self.read += 1
        return await self._credentials.configuration()


def all_of_them(client: KubeClient) -> list[asyncio.Task[RawObject]]:
    return [asyncio.create_task(client.get(SECRETS, "default", f"s{n}")) for n in range(AT_A_TIME)]


async def test_requests_beside_each_other_survive_a_rotation_and_read_the_credentials_once(
    tmp_path: Path,
) -> None:
    async with ApiServer.start(tmp_path) as server:
        logins = Logins(Credentials(server.kubeconfig))
        async with KubeClient(logins.configuration) as client:
            for name in range(AT_A_TIME):
                head = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"s{name}"}}
                await client.create(SECRETS, "default", head)
            server.faults.delay(Where(verb="get", times=1000), 0.01)
            for _ in range(ROTATIONS):
                before = all_of_them(client)
                await asyncio.sleep(0)
                server.rotate_token()
                await asyncio.gather(*before, *all_of_them(client))
            assert logins.read == 1 + ROTATIONS
