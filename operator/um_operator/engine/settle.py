"""Passes until nothing more can run by itself: what ``umctl apply`` does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine import scopes
from um_operator.engine.one_pass import Passes, Report
from um_operator.engine.ports import Clock
from um_operator.planning.gates import PASSING
from um_operator.planning.plan import PlannedStep

LOOK_AGAIN: Final = timedelta(seconds=5)
"""How often a pass looks again while something ends by itself: calls, replication."""
REFUSED: Final = frozenset({"Refused", "Forbidden"})
"""Outcomes that a full pass may try again, in case somebody lifted them: not within one run."""


async def settle(
    one_pass: Passes,
    desired: DesiredOrganization,
    clock: Clock,
    deadline: datetime,
    published: Callable[[Report], Awaitable[None]],
) -> Report:
    """Run passes until what is left waits for a window, an approval or a person, or until ``deadline``.

    Returns the report of the last pass, which read everything.
    """
    report = await one_pass.run(desired, scopes.everything(None), await one_pass.recall())
    await published(report)
    refused: frozenset[str] = frozenset()
    while clock.now() < deadline:
        ran = {step.step_id: outcome for step, outcome in report.ran}
        if not ran.keys() <= refused:
            refused |= {step_id for step_id, outcome in ran.items() if outcome.kind in REFUSED}
            scope = scopes.of_effects(report.steps, report.plan)
        elif (again := _ends_by_itself(report, clock.now())) is not None:
            await clock.sleep_until(min(deadline, again))
            scope = scopes.of_effects((), report.plan)
        elif not report.read_everything:
            scope = scopes.everything(report.plan)
        elif report.plan.judged_at is not None and report.plan.judged_at < deadline:
            await clock.sleep_until(report.plan.judged_at)
            scope = scopes.everything(report.plan)
        else:
            return report
        report = await one_pass.run(desired, scope, report.memory)
        await published(report)
    return report


def _ends_by_itself(report: Report, now: datetime) -> datetime | None:
    """Return when to look again at what ends without a window, an approval or a person, if anything does."""
    instants = [
        wait.until or now + LOOK_AGAIN
        for planned in report.plan.steps
        for wait in planned.waits
        if wait.reason == Reason.WAITING_FOR_READING or _passes(planned)
    ]
    retry = report.memory.failures.wake_at
    return min([*instants, *([retry] if retry else [])], default=None)


def _passes(planned: PlannedStep) -> bool:
    """Whether everything that holds a step back ends by itself: what else it waits for may not come about."""
    return all(wait.reason in PASSING for wait in planned.waits)
