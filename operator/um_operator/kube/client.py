"""One door to the API server: requests with a deadline, JSON in and out, errors as one small tree."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

import aiohttp
from kubernetes.aio.client import ApiClient, Configuration

from um_operator.kube.errors import UnavailableError, refusal
from um_operator.kube.resources import RawObject, ResourceType

DEADLINE: Final = 15.0
"""Seconds for one request. A list of 500 objects takes well below one."""
CONNECTIONS: Final = 16
"""Requests at one time."""
MERGE_PATCH: Final = "application/merge-patch+json"
"""RFC 7386: what is named is set, ``null`` removes, lists are replaced as a whole."""

Verb: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Login: TypeAlias = Callable[[], Awaitable[Configuration]]
Observer: TypeAlias = Callable[[str, str, int | None, float], None]
"""Told of each request: verb, resource (plural), HTTP status (``None``: no answer), seconds."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, and how messages name it."""

    verb: Verb
    path: str
    query: tuple[tuple[str, str], ...]
    body: RawObject | None
    plural: str
    what: str

    def __str__(self) -> str:
        return f'{self.verb} {self.plural} "{self.what}"' if self.what else f"{self.verb} {self.plural}"


class KubeClient:
    """Requests to one API server.

    Args:
        login: reads the credentials; called again when the API server no longer takes them (token rotation).
        observe: told of each request.
        user_agent: by which audit logs know who asked, and ``managedFields`` who wrote.
    """

    def __init__(
        self, login: Login, observe: Observer = lambda *_: None, user_agent: str = "um-operator"
    ) -> None:
        self._login = login
        self._observe = observe
        self._user_agent = user_agent
        self._api: ApiClient | None = None
        self._logging_in = asyncio.Lock()
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def __aenter__(self) -> Self:
        """Log in.

        Raises:
            LoginError: there are no usable credentials.
        """
        self._api = self._client(await self._login())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._api is not None:
            await self._api.close()

    @property
    def server(self) -> str:
        """Return the URL of the API server."""
        assert self._api is not None
        return str(self._api.configuration.host)

    async def get(self, resource: ResourceType, namespace: str | None, name: str) -> RawObject:
        """Return an object.

        Raises:
            KubeError: it does not exist, or cannot be read.
        """
        return await self._ask("GET", resource, namespace, name)

    async def page(
        self, resource: ResourceType, namespace: str | None, *, limit: int, position: str | None
    ) -> RawObject:
        """Return a part of a list: ``items``, and ``metadata.continue`` unless it is the last one.

        Raises:
            KubeError: it cannot be read; ExpiredError: ``position`` is no longer kept.
        """
        query = {"limit": str(limit)} | ({"continue": position} if position else {})
        return await self._ask("GET", resource, namespace, query=query)

    async def create(self, resource: ResourceType, namespace: str | None, body: RawObject) -> RawObject:
        """Create an object and return it.

        Raises:
            KubeError: it exists already (ConflictError), or is not taken.
        """
        return await self._ask("POST", resource, namespace, body=body)

    async def replace(self, resource: ResourceType, namespace: str | None, body: RawObject) -> RawObject:
        """Replace an object if its ``resourceVersion`` still holds, and return it.

        Raises:
            KubeError: somebody else wrote it meanwhile (ConflictError), or it is not taken.
        """
        return await self._ask("PUT", resource, namespace, body["metadata"]["name"], body=body)

    async def patch(
        self,
        resource: ResourceType,
        namespace: str | None,
        name: str,
        body: RawObject,
        subresource: str = "",
    ) -> RawObject:
        """Merge ``body`` into an object and return the object; a ``resourceVersion`` in it must still hold.

        Raises:
            KubeError: somebody else wrote it meanwhile (ConflictError), it is gone, or it is not taken.
        """
        return await self._ask("PATCH", resource, namespace, name, subresource=subresource, body=body)

    async def delete(self, resource: ResourceType, namespace: str | None, name: str) -> None:
        """Delete an object.

        Raises:
            KubeError: it does not exist, or may not be deleted.
        """
        await self._ask("DELETE", resource, namespace, name)

    async def discover(self, group: str, version: str) -> frozenset[str]:
        """Return the kinds that the API server serves of a group and version, none if it has no such group.

        Raises:
            KubeError: it cannot be read.
        """
        document = await self._ask("GET", ResourceType(group, version, "", ""), None)
        rows = document.get("resources", [])
        return frozenset(row["kind"] for row in rows if "/" not in row["name"])

    def _client(self, configuration: Configuration) -> ApiClient:
        client = ApiClient(configuration)
        client.user_agent = self._user_agent
        return client

    async def _ask(
        self,
        verb: Verb,
        resource: ResourceType,
        namespace: str | None,
        name: str = "",
        *,
        subresource: str = "",
        query: Mapping[str, str] | None = None,
        body: RawObject | None = None,
    ) -> dict[str, Any]:
        path = resource.path(namespace, name, subresource).rstrip("/")
        what = "/".join(part for part in (namespace, name) if part)
        asked = _Asked(verb, path, tuple((query or {}).items()), body, resource.plural or path, what)
        async with self._slots:
            status, answer = await self._send(asked)
            if status == 401:
                await self._log_in_again()
                status, answer = await self._send(asked)
        if not 200 <= status < 300:
            raise refusal(status, str(asked), answer)
        found = json.loads(answer)
        return found if isinstance(found, dict) else {}

    async def _send(self, asked: _Asked) -> tuple[int, bytes]:
        assert self._api is not None
        began, status = time.monotonic(), None
        headers = {"Accept": "application/json"}
        headers["Content-Type"] = MERGE_PATCH if asked.verb == "PATCH" else "application/json"
        try:
            async with asyncio.timeout(DEADLINE):
                request = await self._api.param_serialize(
                    asked.verb,
                    asked.path,
                    query_params=list(asked.query),
                    header_params=headers,
                    body=asked.body,
                    auth_settings=["BearerToken"],
                )
                response = await self._api.call_api(*request)
                answer = await response.read()
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or repr(error)
            raise UnavailableError(f"{asked}: the API server cannot be reached: {why}") from None
        finally:
            self._observe(asked.verb, asked.plural, status, time.monotonic() - began)
        return status, answer

    async def _log_in_again(self) -> None:
        """Read the credentials anew; requests that wait for it meanwhile find them renewed."""
        before = self._api
        async with self._logging_in:
            if self._api is before:
                self._api = self._client(await self._login())
                if before is not None:
                    await before.close()
