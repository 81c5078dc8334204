"""What is shown of statuses, of folders or of a cluster; those of some kinds in detail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.names import kind_called
from um_operator.api.status import Status
from um_operator.cli import run
from um_operator.cli.certificate import unknown
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice
from um_operator.cli.output import Format, show
from um_operator.cli.place import Cluster, Place
from um_operator.cli.progress import working
from um_operator.cli.render_certificate import certificate_lines
from um_operator.cli.render_lync import lync_lines
from um_operator.cli.render_status import all_ready, status_data
from um_operator.local.errors import LocalError

_DETAILED: Final[Mapping[str, KindName]] = {"certificate": "UMCertificate", "lync": "LyncIntegration"}
"""Kinds of which there is more to show than a row, by the word for them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The statuses of a place. ``trouble``: why organisations could not be read, by their names."""

    where: str
    statuses: Mapping[ObjectKey, Status]
    trouble: Mapping[str, str]


def show_kind(place: Place, kind: KindName, name: str | None, output: Format) -> None:
    """Show one resource of a kind that is shown in detail, or all; end the command with what they come to.

    Raises:
        ManifestsError, LocalError, PortError, ConnectToError, ConnectionSettingsError, ClockRefusedError:
            they cannot be found or read.
    """
    judged = asyncio.run(_of(place))
    of_kind = {key: status for key, status in judged.statuses.items() if key.kind == kind}
    chosen = {key: status for key, status in of_kind.items() if name in {None, key.name}}
    if name is not None and not chosen:
        raise unknown(kind, name, (key.name for key in of_kind), judged.where)
    show(output, _lines(kind, chosen), status_data(chosen))
    for organization, trouble in judged.trouble.items():
        notice(f'error: organization "{organization}" could not be read: {trouble}')
    if judged.trouble:
        finish(ExitCode.ERROR)
    finish(ExitCode.NOTHING_LEFT if all_ready(chosen) else ExitCode.DIFFERENCES)


def detailed(word: str) -> KindName:
    """Return the kind that a word means, as kubectl takes it, of those that are shown in detail.

    Raises:
        LocalError: it means another one.
    """
    kind = _DETAILED.get(word.casefold()) or kind_called(word)
    if kind is None or kind not in _DETAILED.values():
        raise LocalError(f'"{word}" is not known here; say certificate (or umcert), or lync (or lyncint)')
    return kind


async def of_folders(where: run.Where) -> Judged:
    """Return the statuses of all that the folders declare, from a look at Exchange that changes nothing.

    Raises:
        ManifestsError, LocalError, ConnectToError, ConnectionSettingsError, ClockRefusedError: one of them
            cannot be used.
    """
    judged: dict[ObjectKey, Status] = {}
    trouble = {}
    with run.opened(where, writable=False) as opened:
        for target in opened.workspace.targets:
            with working(f'Reading organization "{target.name}"'):
                look = await run.look(opened, target)
            judged |= look.memory.statuses
            if why := run.trouble(look.snapshot):
                trouble[target.name] = why
    return Judged("the manifests", judged, trouble)


async def _of(place: Place) -> Judged:
    if not isinstance(place, Cluster):
        return await of_folders(place)
    from um_operator.cli import live_certificates  # noqa: PLC0415 - the cluster's client takes a while to load

    return Judged("the namespace", await live_certificates.statuses(place), {})


def _lines(kind: KindName, statuses: Mapping[ObjectKey, Status]) -> Iterator[str]:
    for number, (key, status) in enumerate(sorted(statuses.items())):
        if number:
            yield ""
        if isinstance(status, UMCertificateStatus):
            yield from certificate_lines(key.name, status)
        if isinstance(status, LyncIntegrationStatus):
            yield from lync_lines(key.name, status)
    if not statuses:
        yield f"There is no {kind}."
