"""The engine's Manifests in the cluster: the store, lists into it, and finalizers kept as they should be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from um_operator.desired.resources import Resources
from um_operator.kube import finalizers
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, KubeError, NotFoundError
from um_operator.kube.lists import Lists, look_up
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.release import let_go
from um_operator.kube.remembered import entry_of
from um_operator.kube.resources import NAMESPACES, OURS
from um_operator.planning.out_by_us import told

log = logging.getLogger(__name__)


class KubeManifests:
    """What is declared in the cluster.

    Args:
        client: the API server.
        objects: what is known.
        namespaces: where the operator works; ``None``: everywhere.
        may_write: whether this process has the Lease; only then it touches objects.
    """

    def __init__(
        self,
        client: KubeClient,
        objects: Objects,
        namespaces: Sequence[str] | None,
        may_write: Callable[[], bool],
    ) -> None:
        self._client = client
        self._objects = objects
        self._lists = Lists(client, objects, namespaces)
        self._may_write = may_write

    async def read(self, namespace: str | None) -> None:
        """Read everything of a namespace anew (``None``: wherever the operator works).

        Raises:
            KubeError: a list failed; what is known stays.
        """
        if namespace is None:
            await self._lists.read_all()
        else:
            await self._lists.read(namespace)
        await self.tend(ref for kind in OURS for ref in self._objects.references(kind, namespace))

    async def look_up(self, reference: Reference) -> None:
        """Read one resource again, and give it the finalizer that it needs.

        Raises:
            KubeError: it cannot be read.
        """
        await look_up(self._client, self._objects, reference)
        await self.tend([reference])

    def namespaces(self) -> frozenset[str]:
        """Return the namespaces in which anything is declared."""
        return self._objects.namespaces

    def resources(self, namespace: str) -> Resources:
        """Return everything of a namespace as it is known."""
        return self._objects.resources(namespace)

    async def tend(self, references: Iterable[Reference]) -> None:
        """Add finalizers that are missing and remove those that are superfluous. Never raises."""
        if self._may_write():
            await asyncio.gather(*(self._tend(reference) for reference in list(references)))

    async def _tend(self, reference: Reference) -> None:
        held = self._objects.get(reference)
        if held is None:
            return
        if finalizers.is_held(held.raw) and await self._is_going(reference.namespace):
            out = entry_of(held.status).out
            left = f"; {told(out)}" if out else ""
            log.warning(
                "%s is let go as it is in Exchange: its namespace is being deleted%s", reference, left
            )
            await let_go(self._client, self._objects, reference)
            return
        missing = finalizers.missing(held)
        if not missing and not finalizers.superfluous(held):
            return
        patch = finalizers.patch(held.raw, present=missing)
        kind = OURS[reference.key.kind]
        try:
            self._objects.put(await self._client.patch(kind, reference.namespace, reference.key.name, patch))
        except (ConflictError, NotFoundError):
            return
        except KubeError as error:
            log.warning("the finalizer of %s stays as it is: %s", reference, error)

    async def _is_going(self, namespace: str) -> bool:
        """Whether a namespace is being deleted, and with it the credentials that a removal would need."""
        try:
            found = await self._client.get(NAMESPACES, None, namespace)
        except NotFoundError:
            return True
        except KubeError as error:
            log.warning('whether namespace "%s" is being deleted is not known: %s', namespace, error)
            return False
        return "deletionTimestamp" in found["metadata"]
