"""The UMCertificates of a cluster. Loads the cluster's client, which others do without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from um_operator.api.annotations import RENEW_REQUESTED_AT, RETRY_REQUESTED_AT, ROLLBACK_REQUESTED_AT
from um_operator.api.certificate import UMCertificate
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.select import Invalid
from um_operator.api.status import Status
from um_operator.app.live import read_objects
from um_operator.cli.certificate import Certificate, unknown
from um_operator.cli.place import Cluster
from um_operator.kube import remembered, remembered_rollout
from um_operator.kube.brake import FIELD_MANAGER, LOOK
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials
from um_operator.kube.objects import Held, Objects, Reference
from um_operator.kube.resources import OURS
from um_operator.kube.secrets import KubeSecrets
from um_operator.local.clock import chosen_clock
from um_operator.local.errors import LocalError

_KIND: Final = OURS["UMCertificate"]
_ECHOES: Final = {
    RENEW_REQUESTED_AT: "last_handled_renew_at",
    RETRY_REQUESTED_AT: "last_handled_retry_at",
    ROLLBACK_REQUESTED_AT: "last_handled_rollback_at",
}
"""Where the status says which value of an annotation was heeded last."""


async def statuses(cluster: Cluster) -> Mapping[ObjectKey, Status]:
    """Return what the operator says of every resource of a namespace.

    Raises:
        PortError: the cluster cannot be read.
    """
    async with _connected(cluster) as (client, namespace):
        objects = await read_objects(client, namespace)
        return {key: held.status for key, held in objects.of_namespace(namespace).items()}


@asynccontextmanager
async def certificate(cluster: Cluster, name: str) -> AsyncIterator[Certificate]:
    """Find a UMCertificate; connected for as long as the block lasts.

    Raises:
        PortError: the cluster cannot be read.
        LocalError: there is none of this name, or nobody can read it.
    """
    async with _connected(cluster) as (client, namespace):
        found = _certificates(await read_objects(client, namespace), namespace)
        reference = Reference(namespace, ObjectKey("UMCertificate", name))
        if reference not in found:
            raise unknown("UMCertificate", name, (one.key.name for one in found), f'namespace "{namespace}"')
        held = found[reference]
        if isinstance(held.parsed, Invalid):
            raise LocalError(f"{reference} is not valid: {held.parsed.problems[0]}")

        async def annotate(annotation: str, value: str) -> None:
            await client.patch(_KIND, namespace, name, {"metadata": {"annotations": {annotation: value}}})

        async def until_heeded(annotation: str, value: str) -> None:
            while await _echo(client, reference, annotation) != value:  # noqa: ASYNC110 - can only be asked
                await asyncio.sleep(LOOK)

        assert isinstance(held.parsed, UMCertificate)
        assert isinstance(held.status, UMCertificateStatus)
        yield Certificate(
            name,
            held.parsed.spec,
            remembered_rollout.issuance_of(held.status),
            KubeSecrets(client, namespace),
            chosen_clock([urlsplit(client.server).hostname or ""]).now(),
            annotate,
            until_heeded,
        )


@asynccontextmanager
async def _connected(cluster: Cluster) -> AsyncIterator[tuple[KubeClient, str]]:
    credentials = Credentials(cluster.kubeconfig, cluster.context)
    namespace = cluster.namespace or credentials.namespace()
    async with KubeClient(credentials.configuration, user_agent=FIELD_MANAGER) as client:
        yield client, namespace


def _certificates(objects: Objects, namespace: str) -> Mapping[Reference, Held]:
    everything = objects.of_namespace(namespace)
    return {
        Reference(namespace, key): held for key, held in everything.items() if key.kind == "UMCertificate"
    }


async def _echo(client: KubeClient, reference: Reference, annotation: str) -> str | None:
    raw = await client.get(_KIND, reference.namespace, reference.key.name)
    echo: str | None = getattr(remembered.status_of("UMCertificate", raw), _ECHOES[annotation])
    return echo
