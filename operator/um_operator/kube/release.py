"""Letting a resource go: its deletion is done, or there is nothing that could be done for it."""

from __future__ import annotations

import logging

from um_operator.kube import finalizers
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError, NotFoundError
from um_operator.kube.objects import Objects, Reference
from um_operator.kube.resources import OURS

log = logging.getLogger(__name__)


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
