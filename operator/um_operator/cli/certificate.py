"""One UMCertificate that a command is about, wherever it is declared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from um_operator.api.certificate import UMCertificate, UMCertificateSpec
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.names import kind_called
from um_operator.cli import run
from um_operator.cli.notices import changed_declarations
from um_operator.cli.place import Cluster, Place
from um_operator.engine.ports import SecretStore
from um_operator.local.errors import LocalError
from um_operator.local.workspace import Target
from um_operator.observed.rollout import Issuance

Annotate: TypeAlias = Callable[[str, str], Awaitable[None]]
"""Sets an annotation, by its name and value."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A UMCertificate, in a folder or in a cluster.

    Attributes:
        spec: what it declares.
        issuance: the newest revision that was asked for, ``None`` while there is none.
        secrets: where its revisions are kept.
        now: the instant at which it was read.
        annotate: sets an annotation of it; in a folder beside the manifest, which stays as it is.
        until_heeded: returns once the operator says that it heeded an annotation; ``None`` without a cluster,
            where nothing runs by itself.
    """

    name: str
    spec: UMCertificateSpec
    issuance: Issuance | None
    secrets: SecretStore
    now: datetime
    annotate: Annotate
    until_heeded: Annotate | None = None


def opened(place: Place, name: str, *, writable: bool) -> AbstractAsyncContextManager[Certificate]:
    """Find a UMCertificate for as long as the block lasts; ``writable``: annotations or Secrets are written.

    Raises:
        ManifestsError, LocalError, PortError, ConnectToError, ClockRefusedError: it cannot be found or read.
    """
    if not isinstance(place, Cluster):
        return _in_folder(place, name, writable=writable)
    from um_operator.cli import live_certificates  # noqa: PLC0415 - the cluster's client takes a while to load

    return live_certificates.certificate(place, name)


def expect_certificate(kind: str) -> None:
    """Take what stands before a name as kubectl takes it.

    Raises:
        LocalError: it is another kind than UMCertificate.
    """
    if kind.casefold() != "certificate" and kind_called(kind) != "UMCertificate":
        raise LocalError(f'"{kind}" is not known here; say certificate (or umcert), then its name')


def unknown(kind: KindName, name: str, known: Iterable[str], where: str) -> LocalError:
    """Return the error for a name that no resource of a kind has; ``where`` they were looked for."""
    names = ", ".join(f'"{one}"' for one in sorted(known)) or "none"
    return LocalError(f'there is no {kind} "{name}" in {where}; those there: {names}')


@asynccontextmanager
async def _in_folder(where: run.Where, name: str, *, writable: bool) -> AsyncIterator[Certificate]:
    with run.opened(where, writable=writable) as found:
        changed_declarations(found.workspace.targets)
        declared = {
            item.metadata.name: item for item in found.manifests.resources if isinstance(item, UMCertificate)
        }
        if name not in declared:
            raise unknown("UMCertificate", name, declared, "the manifests")
        key = declared[name].key
        records = _target(found, key).records

        async def annotate(annotation: str, value: str) -> None:
            await asyncio.to_thread(records.annotate, key, annotation, value)

        yield Certificate(
            name,
            declared[name].spec,
            records.records[key].entry.issuance,
            found.secrets,
            found.clock.now(),
            annotate,
        )


def _target(found: run.Run, key: ObjectKey) -> Target:
    return next(target for target in found.workspace.targets if key in target.records.records)
