"""What is shown of statuses, of folders or of a cluster; those of certificates server by server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.cli import run
from um_operator.cli.certificate import unknown
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice
from um_operator.cli.output import Format, show
from um_operator.cli.place import Cluster, Place
from um_operator.cli.progress import working
from um_operator.cli.render_certificate import certificate_lines
from um_operator.cli.render_status import all_ready, status_data


@dataclass(frozen=True, slots=True)
class Judged:
    """The statuses of a place. ``trouble``: why organisations could not be read, by their names."""

    where: str
    statuses: Mapping[ObjectKey, Status]
    trouble: Mapping[str, str]


def show_certificates(place: Place, name: str | None, output: Format) -> None:
    """Show one UMCertificate, or all; end the command with what they come to.

    Raises:
        ManifestsError, LocalError, PortError, ConnectToError, ConnectionSettingsError, ClockRefusedError:
            they cannot be found or read.
    """
    judged = asyncio.run(_of(place))
    certificates = {
        key: status for key, status in judged.statuses.items() if isinstance(status, UMCertificateStatus)
    }
    chosen = {key: status for key, status in certificates.items() if name in {None, key.name}}
    if name is not None and not chosen:
        raise unknown(name, (key.name for key in certificates), judged.where)
    show(output, _lines(chosen), status_data(chosen))
    for organization, trouble in judged.trouble.items():
        notice(f'error: organization "{organization}" could not be read: {trouble}')
    if judged.trouble:
        finish(ExitCode.ERROR)
    finish(ExitCode.NOTHING_LEFT if all_ready(chosen) else ExitCode.DIFFERENCES)


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


def _lines(certificates: Mapping[ObjectKey, UMCertificateStatus]) -> Iterator[str]:
    for number, (key, status) in enumerate(sorted(certificates.items())):
        if number:
            yield ""
        yield from certificate_lines(key.name, status)
    if not certificates:
        yield "There is no UMCertificate."
