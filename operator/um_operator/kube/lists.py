"""Own lists of our resources: complete, or not at all.

What kopf tells are hints: it gives no sign that its first list is complete, and no DELETED for what
vanished while a watch had a gap. So every full pass makes lists of its own, and only those make something
absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from um_operator.api.meta import KindName
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ExpiredError, NotFoundError
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import OURS, RawObject

CHUNK: Final = 500
_ATTEMPTS: Final = 3
"""How often a list is begun again after its position expired: lists of this size take seconds."""


class Lists:
    """Reads our resources into the store. ``namespaces`` None: of the whole cluster."""

    def __init__(self, client: KubeClient, objects: Objects, namespaces: Sequence[str] | None) -> None:
        self._client = client
        self._objects = objects
        self._namespaces = namespaces

    async def read_all(self) -> None:
        """Read every kind wherever the operator works.

        Raises:
            KubeError: a list failed; the store is as it was for that kind.
        """
        for namespace in self._namespaces or (None,):
            await self.read(namespace)

    async def read(self, namespace: str | None) -> None:
        """Read every kind of a namespace (None: of all).

        Raises:
            KubeError: a list failed; the store is as it was for that kind.
        """
        for kind in OURS:
            listed, version = await self._list(kind, namespace)
            self._objects.replace(kind, namespace, listed, version)

    async def _list(self, kind: KindName, namespace: str | None) -> tuple[Iterable[RawObject], str]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._pages(kind, namespace)
            except ExpiredError:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _pages(self, kind: KindName, namespace: str | None) -> tuple[Iterable[RawObject], str]:
        """Read page after page; rows of a list do not repeat its kind and version, so they are put back."""
        resource, found, position = OURS[kind], list[RawObject](), None
        while True:
            page = await self._client.page(resource, namespace, limit=CHUNK, position=position)
            own = {"apiVersion": resource.api_version, "kind": kind}
            found.extend({**own, **item} for item in page["items"])
            position = page["metadata"].get("continue")
            if not position:
                return found, page["metadata"]["resourceVersion"]


async def look_up(client: KubeClient, objects: Objects, reference: Reference) -> None:
    """Read one resource again.

    "There is none" is said of what was known when it was asked: what came meanwhile, by an older list or made
    anew by that name, is asked about again.

    Raises:
        KubeError: it cannot be read; the store is as it was.
    """
    while True:
        asked_for = objects.uid(reference)
        try:
            raw = await client.get(OURS[reference.key.kind], reference.namespace, reference.key.name)
        except NotFoundError:
            if objects.uid(reference) == asked_for:
                objects.drop(reference, asked_for)
                return
        else:
            objects.put(raw)
            return
