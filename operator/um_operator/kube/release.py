"""Holding a resource back from being deleted, and letting it go: its deletion is done, or can't be."""

from __future__ import annotations

import logging

from um_operator.kube import finalizers
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, ForbiddenError, KubeError, NotFoundError
from um_operator.kube.lists import look_up
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import OURS

_CONFLICTS = 5
"""How often it is tried again on the version that somebody else wrote meanwhile."""

log = logging.getLogger(__name__)


async def hold_back(client: KubeClient, objects: Objects, reference: Reference) -> None:
    """Put the finalizer on a resource before an effect rests on it; durable on return.

    An account that may not is warned of only.

    Raises:
        NotFoundError: the resource is gone, and with it what is remembered.
        KubeError: it cannot be done at present, or no more: it is being deleted.
    """
    for attempt in range(1, _CONFLICTS + 1):
        held = objects.get(reference)
        if held is None:
            raise NotFoundError(f"{reference} is gone")
        if finalizers.stands_on(held.raw):
            return
        if finalizers.is_going(held.raw):
            raise KubeError(f"{reference} is being deleted and can no longer be held back")
        patch = finalizers.patch(held.raw, present=True)
        try:
            objects.put(
                await client.patch(OURS[reference.key.kind], reference.namespace, reference.key.name, patch)
            )
        except ConflictError:
            if attempt == _CONFLICTS:
                raise
            await look_up(client, objects, reference)
        except ForbiddenError as error:
            log.warning("%s is not held back while it has servers out of service: %s", reference, error)
            return


async def go_on_holding(client: KubeClient, objects: Objects, reference: Reference) -> None:
    """Put the finalizer back where somebody took it off. Where that fails, what is begun is finished (R13).

    Raises:
        NotFoundError: the resource is gone, and with it what is remembered.
    """
    try:
        await hold_back(client, objects, reference)
    except NotFoundError:
        raise
    except KubeError as error:
        log.warning("%s is not held back, and what is begun there is finished: %s", reference, error)


async def let_go(client: KubeClient, objects: Objects, reference: Reference) -> None:
    """Take the finalizer off a resource that is being deleted. Never raises: the next pass asks again."""
    held = objects.get(reference)
    if held is None or not finalizers.is_held(held.raw):
        return
    patch = finalizers.patch(held.raw, present=False)
    try:
        await client.patch(OURS[reference.key.kind], reference.namespace, reference.key.name, patch)
    except NotFoundError:
        objects.drop(reference, held.uid)
    except KubeError as error:
        log.warning("%s is released later: %s", reference, error)
    else:
        objects.drop(reference, held.uid)
