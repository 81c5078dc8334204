"""``umctl status``: what every resource is in Exchange now. Writes nothing anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.options import ConnectTo, Output, Sources, State
from um_operator.cli.output import Format, show
from um_operator.cli.progress import working
from um_operator.cli.render_status import ready_of, status_data, status_lines


def status(
    *, sources: Sources, state: State = None, connect_to: ConnectTo = None, output: Output = Format.TEXT
) -> None:
    """Show conditions and drift of every resource, as kubectl get would.

    Exit code: 0 all is Ready, 2 something is not, 1 an organization could not be read.
    """
    with run.opened(run.Where(sources, state, connect_to), writable=False) as opened:
        looks = asyncio.run(_looks(opened))
    judged = {key: status for look in looks for key, status in look.memory.statuses.items()}
    show(output, status_lines(judged), status_data(judged))
    if any(run.trouble(look.snapshot) for look in looks):
        finish(ExitCode.ERROR)
    finish(ExitCode.NOTHING_LEFT if _all_ready(judged) else ExitCode.DIFFERENCES)


async def _looks(opened: run.Run) -> list[run.Look]:
    looks = []
    for target in opened.workspace.targets:
        with working(f'Reading organization "{target.name}"'):
            looks.append(await run.look(opened, target))
    return looks


def _all_ready(statuses: Mapping[ObjectKey, Status]) -> bool:
    ready = [ready_of(status) for status in statuses.values()]
    return all(condition is not None and condition.status == "True" for condition in ready)
