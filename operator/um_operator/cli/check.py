"""``umctl check``: whether this Exchange is as the operator takes it to be. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from um_operator.app.lync import readiness_of
from um_operator.app.lync_connection import LyncConnection
from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.options import ConnectTo, Output, Sources
from um_operator.cli.output import Format, show
from um_operator.cli.progress import working
from um_operator.cli.render_status import table_lines
from um_operator.exchange.premise_table import premises
from um_operator.hosts.premise_table import premises as host_premises
from um_operator.hosts.sessions import OneHost
from um_operator.local.workspace import Target
from um_operator.lync.premise_table import of_computer, of_shell
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.remoting.premises import Checked, Verdict
from um_operator.remoting.premises import check as try_premises

DEADLINE = 60.0
"""Seconds for one premise."""


def check(*, sources: Sources, connect_to: ConnectTo = None, output: Output = Format.TEXT) -> None:
    """Try on your own servers what could not be tried without them: connection, rights, cmdlets, shapes.

    Everything is read, or refused by Exchange before it could have an effect.

    Exit code: 0 everything holds or cannot be told, 2 something is otherwise, 1 Exchange could not be read.
    """
    with run.opened(run.Where(sources, None, connect_to), writable=False) as opened:
        rows = asyncio.run(_rows(opened))
    show(output, _lines(rows), [asdict(row) for row in rows])
    if any(row.name == CONNECTION and row.verdict is Verdict.BROKEN for row in rows):
        finish(ExitCode.ERROR)
    broken = any(row.verdict is Verdict.BROKEN for row in rows)
    finish(ExitCode.DIFFERENCES if broken else ExitCode.NOTHING_LEFT)


CONNECTION = "connection"
LYNC_CONNECTION = "Lync connection"


async def _rows(opened: run.Run) -> list[Checked]:
    rows = []
    for target in opened.workspace.targets:
        with working(f'Checking organization "{target.name}"'):
            rows += await _check(opened, target)
    return rows


async def _check(opened: run.Run, target: Target) -> list[Checked]:
    look = await run.look(opened, target)
    question = f'Can organization "{target.name}" be read?'
    trouble = run.trouble(look.snapshot)
    if trouble:
        return [Checked(CONNECTION, question, Verdict.BROKEN, trouble)]
    connected = Checked(CONNECTION, question, Verdict.HOLDS, _organization(look.snapshot))
    server = _some_server(look.snapshot)
    async with run.connected(opened, target) as way_in:
        controller = await way_in.estate.choose_domain_controller(look.snapshot, None)
        tried = await try_premises(way_in.sessions, premises(server, controller), deadline=DEADLINE)
        if server is not None:
            host = OneHost(way_in.hosts, server)
            tried += await try_premises(host, host_premises(server), deadline=DEADLINE)
        tried += await _lync(way_in.lync, look.snapshot)
    return [connected, *tried]


async def _lync(lync: LyncConnection, snapshot: Snapshot) -> tuple[Checked, ...]:
    """Try Lync, where a LyncIntegration is declared: its shell, and a computer of the first pool."""
    if snapshot.lync is None:
        return ()
    pools = snapshot.lync.pools
    if isinstance(pools, Unknown) or lync.sessions is None or lync.hosts is None:
        why = pools.message if isinstance(pools, Unknown) else "there is no way in"
        return (Checked(LYNC_CONNECTION, "Can Lync be read?", Verdict.BROKEN, why),)
    connected = Checked(LYNC_CONNECTION, "Can Lync be read?", Verdict.HOLDS, f"{len(pools.value)} pools")
    pool = next((pools.value[key] for key in snapshot.lync.pool_states), None)
    if pool is None or not pool.computers:
        return (connected,)
    computer = pool.computers[0]
    shell = await try_premises(lync.sessions, of_shell(pool.fqdn, computer), deadline=DEADLINE)
    host = OneHost(lync.hosts, computer)
    there = of_computer(pool.fqdn, computer, readiness_of(pool, snapshot.lync))
    local = await try_premises(host, there, deadline=DEADLINE)
    return (connected, *shell, *local)


def _organization(snapshot: Snapshot) -> str:
    fact = snapshot.organization
    return fact.value.distinguished_name if isinstance(fact, Known) else ""


def _some_server(snapshot: Snapshot) -> str | None:
    """Return a server that runs UM, if one is known."""
    if not isinstance(snapshot.servers, Known):
        return None
    return next((server.fqdn for server in snapshot.servers.value.values() if server.runs_um), None)


def _lines(rows: list[Checked]) -> list[str]:
    table = [
        ["VERDICT", "PREMISE", "QUESTION", "SEEN"],
        *([row.verdict.value, row.name, row.question, row.seen] for row in rows),
    ]
    return list(table_lines(table))
