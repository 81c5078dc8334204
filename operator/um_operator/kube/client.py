"""One door to the API server: requests with a deadline, JSON in and out, errors as one small tree."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
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


@dataclass(eq=False, slots=True)
class _LoggedIn:
    """The connections of one login; a later one takes its place while requests are still under way on it."""

    api: ApiClient
    requests: int = 0
    replaced: bool = False

    @asynccontextmanager
    async def request(self) -> AsyncIterator[ApiClient]:
        """Let a request use the connections; the last one after a later login closes them."""
        self.requests += 1
        try:
            yield self.api
        finally:
            self.requests -= 1
            await self._close_once_unused()

    async def replace(self) -> None:
        """Let no further request begin here: what is under way must not lose its answer."""
        self.replaced = True
        await self._close_once_unused()

    async def _close_once_unused(self) -> None:
        if self.replaced and not self.requests:
            await self.api.close()


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
        self._logged_in: _LoggedIn | None = None
        self._logging_in = asyncio.Lock()
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def __aenter__(self) -> Self:
        """Log in.

        Raises:
            LoginError: there are no usable credentials.
        """
        self._logged_in = await self._log_in()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._logged_in is not None:
            await self._logged_in.api.close()

    @property
    def server(self) -> str:
        """Return the URL of the API server."""
        assert self._logged_in is not None
        return str(self._logged_in.api.configuration.host)

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

    async def _log_in(self) -> _LoggedIn:
        client = ApiClient(await self._login())
        client.user_agent = self._user_agent
        return _LoggedIn(client)

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
            logged_in = self._logged_in
            assert logged_in is not None
            status, answer = await self._send(asked, logged_in)
            if status == 401:
                status, answer = await self._send(asked, await self._log_in_again(logged_in))
        if not 200 <= status < 300:
            raise refusal(status, str(asked), answer)
        found = json.loads(answer)
        return found if isinstance(found, dict) else {}

    async def _send(self, asked: _Asked, logged_in: _LoggedIn) -> tuple[int, bytes]:
        began, status = time.monotonic(), None
        headers = {"Accept": "application/json"}
        headers["Content-Type"] = MERGE_PATCH if asked.verb == "PATCH" else "application/json"
        try:
            async with asyncio.timeout(DEADLINE), logged_in.request() as api:
                request = await api.param_serialize(
                    asked.verb,
                    asked.path,
                    query_params=list(asked.query),
                    header_params=headers,
                    body=asked.body,
                    auth_settings=["BearerToken"],
                )
                response = await api.call_api(*request)
                answer = await response.read()
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or repr(error)
            raise UnavailableError(f"{asked}: the API server cannot be reached: {why}") from None
        finally:
            self._observe(asked.verb, asked.plural, status, time.monotonic() - began)
        return status, answer

    async def _log_in_again(self, refused: _LoggedIn) -> _LoggedIn:
        """Read the credentials anew, once for all requests that were refused with the same ones."""
        async with self._logging_in:
            if self._logged_in is refused:
                self._logged_in = await self._log_in()
                await refused.replace()
            assert self._logged_in is not None
            return self._logged_in
