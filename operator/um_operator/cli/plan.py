"""``umctl plan``: what would be done, and what it would wait for. Writes nothing anywhere."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import changed_declarations, skipped_lines
from um_operator.cli.options import ConnectTo, Context, Kubeconfig, Namespace, PlanOutput, Sources, State
from um_operator.cli.output import Format, PlanFormat, show, write
from um_operator.cli.place import Cluster
from um_operator.cli.progress import working
from um_operator.cli.render_markdown import markdown
from um_operator.cli.render_plan import OrganizationPlan, plan_data, plan_lines


class WhatFor(StrEnum):
    """What a plan is made against besides Exchange."""

    LIVE = "live"


def plan(
    *,
    sources: Sources,
    state: State = None,
    against: Annotated[
        WhatFor | None,
        typer.Option(
            "--against",
            help="live: what applying the folder to the cluster would do in Exchange, seen as the operator "
            "there would see it. Default: the folder and its --state.",
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune/--no-prune",
            help="With --against live: whether what the folder does not have any more is deleted.",
        ),
    ] = True,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    connect_to: ConnectTo = None,
    output: PlanOutput = PlanFormat.TEXT,
) -> None:
    """Show the steps from what Exchange has to what the manifests declare.

    With --against live resources have the status, age and generation that they have in the cluster, and those
    that the folder does not have any more are deleted as their deletionPolicy says. A Secret that the folder
    does not have is read from the cluster. Nothing is written there either.

    Exit code: 0 nothing to do, 2 something differs, 1 something could not be read or will not be tried.
    """
    where = run.Where(sources, state, connect_to)
    if against is None:
        if namespace or context or kubeconfig or not prune:
            raise typer.BadParameter(
                "--namespace, --context, --kubeconfig and --no-prune go with --against live"
            )
        plans = _of_folder(where)
    else:
        if state:
            raise typer.BadParameter("with --against live the cluster remembers, not --state")
        from um_operator.cli import live  # noqa: PLC0415 - the cluster's client takes a while to load

        plans = asyncio.run(live.plans(where, Cluster(namespace, context, kubeconfig), prune=prune))
    _show(plans, output)
    finish(_exit_code(plans))


def _of_folder(where: run.Where) -> list[OrganizationPlan]:
    with run.opened(where, writable=False) as opened:
        skipped_lines(opened.manifests)
        changed_declarations(opened.workspace.targets)
        return asyncio.run(_plans(opened))


def _show(plans: list[OrganizationPlan], output: PlanFormat) -> None:
    if output is PlanFormat.MARKDOWN:
        write(markdown(plans))
    else:
        lines = [line for planned in plans for line in (*plan_lines(planned), "")][:-1]
        show(Format(output.value), lines, {"organizations": [plan_data(planned) for planned in plans]})


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
