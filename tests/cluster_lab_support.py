"""A client of the simulator in the test's own loop."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from um_operator.lab.cluster.server import ApiServer

MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Answer:
    """Code and body of an answer."""

    code: int
    body: Any


class Api:
    """A client; connections are not kept, so that each request is a new one."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._tls = ssl.create_default_context(cafile=str(server.ca_file))
        self.token = server.token
        self.widgets = "/apis/contract.example.com/v1/namespaces/default/widgets"

    def session(self) -> aiohttp.ClientSession:
        """A session with the token."""
        return aiohttp.ClientSession(
            self._server.url,
            headers={"Authorization": f"Bearer {self.token}", "User-Agent": "tests/1"},
            connector=aiohttp.TCPConnector(ssl=self._tls, force_close=True),
            timeout=aiohttp.ClientTimeout(total=10),
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        user_agent: str = "tests/1",
        accept: str = "application/json",
        **query: str,
    ) -> Answer:
        """Send one request."""
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": content_type, "User-Agent": user_agent, "Accept": accept}
        async with (
            self.session() as session,
            session.request(method, path, data=data, params=query, headers=headers) as answer,
        ):
            return Answer(answer.status, await answer.json(content_type=None))

    async def create(self, name: str, **metadata: Any) -> Any:
        """Make a widget."""
        head = {"apiVersion": "contract.example.com/v1", "kind": "Widget"}
        body = {**head, "metadata": {"name": name, **metadata}, "spec": {"size": 3}}
        made = await self.ask("POST", self.widgets, body)
        assert made.code == 201, made.body
        return made.body

    async def names(self, **query: str) -> list[str]:
        """The names of all widgets."""
        listed = await self.ask("GET", self.widgets, **query)
        return [item["metadata"]["name"] for item in listed.body["items"]]

    @asynccontextmanager
    async def watching(self, **query: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A watch that is open."""
        async with (
            self.session() as session,
            session.get(self.widgets, params={"watch": "true", **query}) as answer,
        ):
            yield answer

    async def watch(self, **query: str) -> list[tuple[str, str]]:
        """All events of a watch until it ends."""
        async with self.watching(**query) as answer:
            return await told(answer)


async def told(answer: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """The events of a watch until it ends: type, and name or reason."""
    events = [json.loads(line) async for line in answer.content]
    return [(e["type"], e["object"].get("reason") or e["object"]["metadata"]["name"]) for e in events]
