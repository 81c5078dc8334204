"""``umctl plan``: what would be done, and what it would wait for. Writes nothing anywhere."""

from __future__ import annotations

import asyncio

from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import changed_declarations, skipped_lines
from um_operator.cli.options import ConnectTo, PlanOutput, Sources, State
from um_operator.cli.output import Format, PlanFormat, show, write
from um_operator.cli.progress import working
from um_operator.cli.render_markdown import markdown
from um_operator.cli.render_plan import OrganizationPlan, plan_data, plan_lines


def plan(
    *,
    sources: Sources,
    state: State = None,
    connect_to: ConnectTo = None,
    output: PlanOutput = PlanFormat.TEXT,
) -> None:
    """Show the steps from what Exchange has to what the manifests declare.

    Exit code: 0 nothing to do, 2 something differs, 1 something could not be read or will not be tried.
    """
    with run.opened(run.Where(sources, state, connect_to), writable=False) as opened:
        skipped_lines(opened.manifests)
        changed_declarations(opened.workspace.targets)
        plans = asyncio.run(_plans(opened))
    if output is PlanFormat.MARKDOWN:
        write(markdown(plans))
    else:
        lines = [line for planned in plans for line in (*plan_lines(planned), "")][:-1]
        show(Format(output.value), lines, {"organizations": [plan_data(planned) for planned in plans]})
    finish(_exit_code(plans))


async def _plans(opened: run.Run) -> list[OrganizationPlan]:
    plans = []
    for target in opened.workspace.targets:
        with working(f'Reading organization "{target.name}"'):
            look = await run.look(opened, target)
        plans.append(run.organization_plan(opened, target, look.snapshot, look.plan))
    return plans


def _exit_code(plans: list[OrganizationPlan]) -> ExitCode:
    if any(planned.trouble or planned.refused for planned in plans):
        return ExitCode.ERROR
    return ExitCode.NOTHING_LEFT if all(planned.in_force for planned in plans) else ExitCode.DIFFERENCES
