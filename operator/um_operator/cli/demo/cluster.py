"""The cluster of the demo, used as somebody with kubectl uses one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from um_operator.api.crd import custom_resource_definition
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.names import NAMES
from um_operator.api.status import Status
from um_operator.kube import remembered
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, NotFoundError, UnavailableError
from um_operator.kube.resources import (
    CONFIG_MAPS,
    DEFINITIONS,
    EVENTS,
    NAMESPACES,
    OURS,
    SECRETS,
    RawObject,
    ResourceType,
)
from um_operator.local.yaml_documents import read_documents

LOOK: Final = 1.0
"""Seconds between two looks at what has become of it."""
_KNOWN: Final = (NAMESPACES, SECRETS, CONFIG_MAPS, *OURS.values())


class Cluster:
    """Our resources in one namespace of a cluster, and the events about them."""

    def __init__(self, client: KubeClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._told: set[str] = set()

    async def install(self) -> None:
        """Make our kinds known, and wait until they are served.

        Raises:
            KubeError: the API server refuses.
        """
        for kind in NAMES:
            await self._apply(DEFINITIONS, None, custom_resource_definition(kind))
        for kind in NAMES:
            async with asyncio.timeout(30):
                while not await self._is_served(kind):  # noqa: ASYNC110 - a server can only be asked
                    await asyncio.sleep(LOOK)

    async def apply(self, folders: Iterable[Path]) -> AsyncIterator[str]:
        """Apply the manifests of folders, and yield a line an object, as kubectl does.

        Raises:
            KubeError: the API server refuses.
        """
        documents, _ = read_documents(str(folder) for folder in folders)
        values = [document.value for document in documents if isinstance(document.value, dict)]
        kinds = {resource.kind: resource for resource in _KNOWN}
        for resource in kinds.values():
            for value in values:
                if value.get("kind") == resource.kind:
                    namespace = None if resource is NAMESPACES else self._namespace
                    done = await self._apply(resource, namespace, value)
                    yield f"{resource.kind.lower()}/{value['metadata']['name']} {done}"

    async def annotate(self, key: ObjectKey, annotation: str, value: str) -> None:
        """Set an annotation of one of our resources.

        Raises:
            KubeError: the API server refuses.
        """
        await self.patch(key, {"metadata": {"annotations": {annotation: value}}})

    async def patch(self, key: ObjectKey, body: Mapping[str, Any]) -> None:
        """Merge something into one of our resources.

        Raises:
            KubeError: the API server refuses.
        """
        await self._client.patch(OURS[key.kind], self._namespace, key.name, dict(body))

    async def delete(self, key: ObjectKey) -> None:
        """Delete one of our resources; it is gone once its finalizer is.

        Raises:
            KubeError: the API server refuses.
        """
        await self._client.delete(OURS[key.kind], self._namespace, key.name)

    async def clear(self) -> None:
        """Delete the namespace with everything in it."""
        try:
            await self._client.delete(NAMESPACES, None, self._namespace)
        except NotFoundError:
            return

    async def statuses(self) -> Mapping[ObjectKey, Status]:
        """Return the status of each of our resources.

        Raises:
            KubeError: the API server does not answer.
        """
        return {
            ObjectKey(kind, raw["metadata"]["name"]): remembered.status_of(kind, raw)
            for kind in OURS
            for raw in await self._list(OURS[kind])
        }

    async def news(self) -> list[str]:
        """Return a line for each event that was not told yet, oldest first.

        Raises:
            KubeError: the API server does not answer.
        """
        found = sorted(await self._list(EVENTS), key=lambda event: str(event.get("eventTime")))
        new = [event for event in found if event["metadata"]["uid"] not in self._told]
        self._told |= {event["metadata"]["uid"] for event in new}
        return [
            f"{event['regarding']['kind']}/{event['regarding']['name']} {event['reason']}: {event['note']}"
            for event in new
        ]

    async def until(
        self,
        holds: Callable[[Mapping[ObjectKey, Status]], bool],
        seen: Callable[[Mapping[ObjectKey, Status], list[str]], None],
        longest: float,
    ) -> Mapping[ObjectKey, Status]:
        """Look again and again until something holds, and return the statuses of then.

        Args:
            holds: of the statuses.
            seen: is shown the statuses and what is new each time.
            longest: seconds.

        Raises:
            TimeoutError: it did not hold within ``longest``.
            KubeError: the API server does not answer.
        """
        try:
            async with asyncio.timeout(longest):
                while True:
                    statuses = await self.statuses()
                    seen(statuses, await self.news())
                    if holds(statuses):
                        return statuses
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise TimeoutError(f"not as declared within {longest:.0f} seconds") from None

    async def _apply(self, resource: ResourceType, namespace: str | None, value: Mapping[str, Any]) -> str:
        place = {"namespace": namespace} if namespace else {}
        body = {**value, "metadata": {**value["metadata"], **place}}
        try:
            await self._client.create(resource, namespace, body)
        except ConflictError:
            await self._client.patch(resource, namespace, value["metadata"]["name"], body)
            return "configured"
        return "created"

    async def _is_served(self, kind: KindName) -> bool:
        """Whether a kind can be listed: a real server may say Established a moment earlier."""
        found = await self._client.get(DEFINITIONS, None, NAMES[kind].crd)
        conditions = found.get("status", {}).get("conditions", ())
        if not any(one["type"] == "Established" and one["status"] == "True" for one in conditions):
            return False
        try:
            await self._list(OURS[kind])
        except (NotFoundError, UnavailableError):
            return False
        return True

    async def _list(self, resource: ResourceType) -> list[RawObject]:
        page = await self._client.page(resource, self._namespace, limit=1_000, position=None)
        return list(page["items"])
