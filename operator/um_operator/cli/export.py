"""``umctl export``: the live organisation as manifests that change nothing. Writes nothing anywhere."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import notice
from um_operator.cli.options import ConnectTo, Sources
from um_operator.cli.output import ManifestFormat, manifests_text, write
from um_operator.cli.progress import working
from um_operator.exchange.export import Export
from um_operator.exchange.export import export as manifests_of
from um_operator.observed.fact import NotReadError


def export(
    *,
    sources: Sources,
    connect_to: ConnectTo = None,
    output: Annotated[
        ManifestFormat, typer.Option("--output", "-o", help="How the manifests are printed.")
    ] = ManifestFormat.YAML,
) -> None:
    """Print every dial plan and gateway of Exchange as manifests; applied, they change nothing.

    The folders need to hold only the ExchangeOrganization and its Secret. What cannot be said in a manifest
    is named on stderr.

    Exit code: 0 all of it is printed, 2 something is left out, 1 Exchange could not be read.
    """
    with run.opened(run.Where(sources, None, connect_to), writable=False) as opened:
        exports = asyncio.run(_exports(opened))
    write(manifests_text([document for made in exports for document in made.documents], output))
    left_out = [omission for made in exports for omission in made.left_out]
    for omission in left_out:
        what = f"{omission.subject} {omission.field}".strip()
        notice(f"left out: {what}: {omission.why}")
    finish(ExitCode.DIFFERENCES if left_out else ExitCode.NOTHING_LEFT)


async def _exports(opened: run.Run) -> list[Export]:
    exports = []
    for target in opened.workspace.targets:
        with working(f'Reading organization "{target.name}"'):
            look = await run.look(opened, target)
        try:
            exports.append(manifests_of(look.snapshot, target.name, target.organization.metadata.namespace))
        except NotReadError as error:
            notice(f'error: organization "{target.name}" could not be read: {error}')
            finish(ExitCode.ERROR)
    return exports
