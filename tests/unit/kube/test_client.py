"""The door to the API server while its credentials change: nothing that is under way loses its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from kubernetes.aio.client import Configuration

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import UnavailableError
from um_operator.kube.resources import SECRETS
from um_operator.web.listener import BindAddress, listening


@dataclass
class Server:
    """An API server that takes one token, and keeps whoever asks for "slow" waiting."""

    token: str = "monday"
    lent: str = "monday"
    port: int = 0
    logins: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        if request.path.endswith("/slow"):
            self.asked.set()
            await self.goes_on.wait()
        return web.json_response({"metadata": {"name": request.path.rpartition("/")[2]}})

    async def login(self) -> Configuration:
        self.logins += 1
        configuration = Configuration(host=f"http://127.0.0.1:{self.port}")
        configuration.api_key = {"BearerToken": f"Bearer {self.lent}"}
        await asyncio.sleep(0)
        return configuration


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    async with listening(app, BindAddress("127.0.0.1", 0)) as server.port:
        yield server
        server.goes_on.set()


async def name_of(client: KubeClient, name: str) -> str:
    return str((await client.get(SECRETS, "um", name))["metadata"]["name"])


async def test_a_token_that_is_rotated_takes_no_answer_from_what_is_under_way(server: Server) -> None:
    async with KubeClient(server.login) as client:
        slow = asyncio.create_task(name_of(client, "slow"))
        await server.asked.wait()
        server.token = server.lent = "tuesday"
        assert await name_of(client, "quick") == "quick"
        server.goes_on.set()
        assert await slow == "slow"


async def test_requests_that_are_refused_together_log_in_once(server: Server) -> None:
    async with KubeClient(server.login) as client:
        server.token = server.lent = "tuesday"
        names = [f"secret-{number}" for number in range(40)]
        assert await asyncio.gather(*(name_of(client, name) for name in names)) == names
        assert server.logins == 2


async def test_credentials_that_are_refused_again_are_said_and_tried_anew_by_the_next(server: Server) -> None:
    async with KubeClient(server.login) as client:
        server.token = "tuesday"
        with pytest.raises(UnavailableError, match='GET secrets "um/early": the API server answered 401'):
            await name_of(client, "early")
        server.lent = "tuesday"
        assert await name_of(client, "later") == "later"
