"""``umctl apply``: carry out what may be carried out now, and say what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.cli import run
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.notices import changed_declarations, notice, skipped_lines
from um_operator.cli.options import DEFAULT_TIMEOUT, ConnectTo, Output, Sources, State, Timeout, duration
from um_operator.cli.output import Format, show
from um_operator.cli.progress import Waits, show_event, working
from um_operator.cli.render_plan import OrganizationPlan, plan_data, plan_lines
from um_operator.cli.render_status import status_data, status_lines
from um_operator.local.workspace import Target


def apply(
    *,
    sources: Sources,
    state: State = None,
    connect_to: ConnectTo = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    output: Output = Format.TEXT,
) -> None:
    """Bring Exchange to what the manifests declare, as far as nothing has to be waited for.

    Exit code: 0 all is Ready, 2 something is left and said, 1 an error, or something will not be tried.
    """
    work(run.Where(sources, state, connect_to), duration(timeout), output)


def work(
    where: run.Where, longest: timedelta, output: Format, delete: AbstractSet[ObjectKey] = frozenset()
) -> None:
    """Carry out what may be carried out now, deletions included, and print what came of it."""
    with run.opened(where, writable=True, delete=delete) as opened:
        for target in opened.workspace.targets:
            _say_what_the_mode_holds(target)
        skipped_lines(opened.manifests)
        changed_declarations(opened.workspace.targets)
        results = asyncio.run(_results(opened, longest))
    plans = [planned for planned, _ in results]
    judged = {key: status for _, statuses in results for key, status in statuses.items()}
    lines = [*status_lines(judged), *(line for planned in plans for line in ("", *plan_lines(planned)))]
    data = {"resources": status_data(judged), "organizations": [plan_data(planned) for planned in plans]}
    show(output, lines, data)
    finish(_exit_code(plans, judged))


async def _results(
    opened: run.Run, longest: timedelta
) -> Sequence[tuple[OrganizationPlan, Mapping[ObjectKey, Status]]]:
    """Work on every organisation; what was deleted has no status any more."""
    results = []
    for target in opened.workspace.targets:
        with working(f'Working on organization "{target.name}"'):
            report = await run.carry_out(
                opened, target, longest, run.Watcher(show_event, Waits(notice).passed)
            )
        planned = run.organization_plan(opened, target, report.memory.snapshot, report.plan)
        left = {
            key: status for key, status in report.memory.statuses.items() if key in target.records.records
        }
        results.append((planned, left))
    return results


def _say_what_the_mode_holds(target: Target) -> None:
    spec, whose = target.organization.spec, f'of ExchangeOrganization "{target.name}"'
    match spec.mode:
        case "Observe":
            notice(
                'Mode is "Observe": nothing is changed in Exchange, differences are only reported; '
                f'set spec.mode {whose} to "Enforce" to let it change anything.'
            )
        case "Plan" if spec.approved_plan is None:
            notice(
                'Mode is "Plan": nothing is changed in Exchange, the plan waits for approval; '
                f"set spec.approvedPlan {whose} to its digest to let it run."
            )
        case "Plan":
            notice(f'Mode is "Plan": only what plan "{spec.approved_plan}" has is carried out.')


def _exit_code(plans: list[OrganizationPlan], statuses: Mapping[ObjectKey, Status]) -> ExitCode:
    conditions = [condition for status in statuses.values() for condition in status.conditions]
    stalled = any(condition.type == "Stalled" for condition in conditions)
    if stalled or any(planned.trouble for planned in plans):
        return ExitCode.ERROR
    ready = all(condition.status == "True" for condition in conditions if condition.type == "Ready")
    return ExitCode.NOTHING_LEFT if ready and all(p.in_force for p in plans) else ExitCode.DIFFERENCES
