"""The story of the demo: apply, call, change by hand, find, repair, delete, confirm."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from um_operator.api.meta import ObjectKey
from um_operator.cli import run
from um_operator.cli.demo.claims import DELETED, GATEWAYS, MOVED, WRONG_PORT, Story
from um_operator.cli.demo.screen import Screen
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.lab import how_to_connect, operator_account, until_stopped
from um_operator.cli.lab_files import LabFolder
from um_operator.cli.render_plan import plan_lines
from um_operator.engine.one_pass import Planner, Report
from um_operator.engine.ports import Clock
from um_operator.lab.clock import Clock as LabClock
from um_operator.lab.control import listening
from um_operator.lab.estate import LOOPBACK, Lab
from um_operator.lab.presets import first_steps
from um_operator.local.clock import lent_clock
from um_operator.local.errors import LocalError
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan

RATE: Final = 90.0
"""Lab seconds a second: the servers' 10-minute poll takes seven seconds."""
LONGEST_APPLY: Final = timedelta(minutes=45)
"""In lab time: a gateway's deletion may wait for calls as long as drainTimeout."""
LONGEST_FOR_CALLS: Final = 30.0
"""Real seconds until the servers have read the new gateways and have answered a call of each."""
EXAMPLE: Final = Path(__file__).parents[4] / "examples" / "first-steps"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def demo(
    *,
    folder: Annotated[
        Path,
        typer.Option(
            "--filename",
            "-f",
            metavar="DIR",
            help="The manifests of the first steps.",
            show_default="examples/first-steps",
        ),
    ] = EXAMPLE,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the estate running in the end.")] = False,
    repair: Annotated[bool, typer.Option("--repair/--no-repair", hidden=True)] = True,
) -> None:
    """Show the main job in under a minute: a simulated Exchange, manifests, drift found and repaired.

    Exit code: 0 the estate's own journal confirms everything that was said, 1 it does not.
    """
    if not folder.is_dir():
        raise LocalError(f'there is no folder "{folder}" with the first steps; name one with -f')
    with contextlib.suppress(KeyboardInterrupt):
        finish(asyncio.run(_demo(folder, keep=keep, planner=make_plan if repair else _without_repairs)))


async def _demo(folder: Path, *, keep: bool, planner: Planner) -> ExitCode:
    spec = first_steps()
    account = operator_account(spec)
    clock = LabClock(rate=RATE)
    with tempfile.TemporaryDirectory(prefix="umctl-demo-") as scratch:
        files = LabFolder(Path(scratch) / "lab")
        async with Lab.start(spec, clock=clock) as lab, listening(lab) as control:
            files.write(
                username=account.name,
                password=account.password,
                ca_pem=lab.authority.pem.decode(),
                connect_to=lab.connect_to,
            )
            files.control.write_text(control)
            where = run.Where(
                (str(folder), str(files.path)), str(Path(scratch) / "state"), (f"@{files.connect_to}",)
            )
            operator = lent_clock(clock.to_setting(), [LOOPBACK])
            show = _Show(lab, where, operator, planner, Screen())
            code = await show.tell(account.name)
            if keep:
                for line in how_to_connect("first-steps", lab, files):
                    show.screen.line(line)
                await until_stopped()
    return code


@dataclass(frozen=True, slots=True)
class _Show:
    """The running estate and the command line on it."""

    lab: Lab
    where: run.Where
    clock: Clock
    planner: Planner
    screen: Screen

    async def tell(self, operator: str) -> ExitCode:
        """Tell the story; return whether the journal confirms it."""
        screen = self.screen
        servers = [one for one in self.lab.organization.um_servers.values() if one.up and one.runs_cmdlets]
        screen.line(
            f"A simulated Exchange organisation: {len(servers)} servers, {len(GATEWAYS)} gateways that place "
            f"calls, real sockets on loopback. Its clock runs {RATE:.0f} times as fast as yours, and the "
            "operator goes by it."
        )
        screen.chapter("$ umctl apply -f examples/first-steps")
        screen.statuses((await self._apply()).memory.statuses)
        screen.chapter("The servers read the new gateways within 10 minutes, and take their calls")
        await self.lab.calls.until_each_gateway_called(gateways=GATEWAYS, deadline=LONGEST_FOR_CALLS)
        screen.calls(self.lab.calls.summary().total)
        screen.chapter(f"Somebody changes a port in Exchange: Set-UMIPGateway {MOVED} -Port {WRONG_PORT}")
        self.lab.change("Set-UMIPGateway", MOVED, Port=WRONG_PORT)
        screen.chapter("$ umctl plan -f examples/first-steps")
        await self._plan()
        screen.chapter("$ umctl apply -f examples/first-steps")
        await self._apply()
        screen.calls(self.lab.calls.summary().total)
        screen.chapter(f"$ umctl delete umgw/{DELETED} -f examples/first-steps")
        await self._apply(delete={ObjectKey("UMIPGateway", DELETED)})
        screen.calls(self.lab.calls.summary().total)
        return self._confirm(operator)

    async def _apply(self, delete: AbstractSet[ObjectKey] = frozenset()) -> Report:
        with run.opened(self.where, writable=True, delete=delete, clock=self.clock) as opened:
            (target,) = opened.workspace.targets
            with self.screen.table():
                return await run.carry_out(
                    opened,
                    target,
                    LONGEST_APPLY,
                    run.Watcher(self.screen.event, self.screen.passed),
                    planner=self.planner,
                )

    async def _plan(self) -> None:
        with run.opened(self.where, writable=False, clock=self.clock) as opened:
            (target,) = opened.workspace.targets
            look = await run.look(opened, target)
            planned = run.organization_plan(opened, target, look.snapshot, look.plan)
        for line in plan_lines(planned):
            self.screen.line(f"  {line}")
        for found in look.plan.findings:
            self.screen.line(f"  {found.owner}: {found.message}")

    def _confirm(self, operator: str) -> ExitCode:
        self.screen.chapter("What the estate's own journal says to that")
        claims = list(Story.of(self.lab.journal.entries, operator).claims())
        for claim in claims:
            self.screen.line(f"  {claim}")
        return ExitCode.NOTHING_LEFT if all(claim.confirmed for claim in claims) else ExitCode.ERROR


def _without_repairs(*arguments: Any, **options: Any) -> Plan:
    """Plan as always, but leave every drift alone: the summary must notice."""
    plan = make_plan(*arguments, **options)
    return replace(plan, steps=tuple(planned for planned in plan.steps if not planned.corrects))
