"""``umctl test``: what shows that calls are taken. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Final

import typer

from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.options import ConnectTo, Output, Sources
from um_operator.cli.output import Format, show
from um_operator.cli.progress import working
from um_operator.cli.render_status import table_lines
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.connectivity import DEADLINE, Called
from um_operator.exchange.connectivity import call as call_service
from um_operator.exchange.reader import Reader
from um_operator.local.errors import LocalError
from um_operator.local.workspace import Target
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import NotReadError

SERVICES: Final[tuple[ServiceName, ...]] = ("UM", "UMCallRouter")

app = typer.Typer(
    help="Have Exchange show that calls are taken.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _test() -> None:
    """Have Exchange show that calls are taken."""


class Transport(StrEnum):
    """How a service is called."""

    TLS = "TLS"
    TCP = "TCP"


@app.command("call")
def call(
    *,
    sources: Sources,
    connect_to: ConnectTo = None,
    transport: Annotated[
        Transport, typer.Option("--transport", help="Whether the services are called over TLS or plain SIP.")
    ] = Transport.TLS,
    output: Output = Format.TEXT,
) -> None:
    """Have Exchange call its own UM service and call router (Test-UMConnectivity).

    The cmdlet calls the services of the server on which it runs. Which one that is Exchange decides, and does
    not say; umctl status certificate tells of every server what it shows on the wire.

    Exit code: 0 every service called answers, 2 one does not, 1 Exchange does not say.
    """
    with run.opened(run.Where(sources, None, connect_to), writable=False) as opened:
        calls = asyncio.run(_calls(opened, transport))
    show(output, _lines(calls), [{"organization": name, **asdict(one)} for name, one in calls])
    answered = all(one.answered for _, one in calls)
    finish(ExitCode.NOTHING_LEFT if answered else ExitCode.DIFFERENCES)


async def _calls(opened: run.Run, transport: Transport) -> list[tuple[str, Called]]:
    calls = []
    for target in opened.workspace.targets:
        with working(f'Calling services of organization "{target.name}"'):
            calls += [(target.name, one) for one in await _of(opened, target, transport)]
    return calls


async def _of(opened: run.Run, target: Target, transport: Transport) -> list[Called]:
    try:
        async with run.connected(opened, target) as way_in:
            reader = Reader(way_in.sessions, opened.clock.now, DEADLINE)
            return [await call_service(reader, service, transport.value) for service in SERVICES]
    except (NotReadError, ReadError) as error:
        raise LocalError(f'organization "{target.name}": Test-UMConnectivity: {error}') from None


def _lines(calls: list[tuple[str, Called]]) -> list[str]:
    rows = [
        [name, one.service, one.transport, "Answers" if one.answered else "Fails", one.why]
        for name, one in calls
    ]
    return list(table_lines([["ORGANIZATION", "SERVICE", "TRANSPORT", "RESULT", "WHY"], *rows]))
