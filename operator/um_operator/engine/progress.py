"""How far a plan has come: under which digest steps run, and when the last of them was done. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.api.status import AppliedPlan, ExchangeOrganizationStatus, Status
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import Plan
from um_operator.planning.status.instants import instant
from um_operator.planning.steps import Step


@dataclass(frozen=True, slots=True)
class Progress:
    """A plan of which something ran.

    Attributes:
        digest: as it was when its first step ran; what it still has to do afterwards is another plan.
        steps: the ids that it had.
        ran_at: when a step of it was done last.
    """

    digest: str
    steps: frozenset[str]
    ran_at: datetime


def told(statuses: Mapping[ObjectKey, Status], organization: ObjectKey) -> AppliedPlan | None:
    """Return the plan that was carried out last, as the organisation's status told it."""
    status = statuses.get(organization)
    return status.last_applied_plan if isinstance(status, ExchangeOrganizationStatus) else None


def finished(
    progress: Progress | None, plan: Plan, before: AppliedPlan | None, now: datetime
) -> AppliedPlan | None:
    """Return the plan that was carried out last, given what is planned now.

    What was approved is known again after a crash; of another plan, one that ran in this process.
    """
    if plan.unread:
        return before
    approved = plan.approval.approved if plan.approval.carried_out else None
    if progress is not None and not progress.steps & _ids(plan):
        return AppliedPlan(digest=progress.digest, finished_at=instant(progress.ran_at))
    if approved is not None and (before is None or before.digest != approved.digest):
        return AppliedPlan(digest=approved.digest, finished_at=instant(now))
    return before


def advanced(
    progress: Progress | None, plan: Plan, ran: Sequence[tuple[Step, Outcome]], now: datetime
) -> Progress | None:
    """Return the progress after a pass."""
    done = frozenset(step.step_id for step, outcome in ran if outcome.kind == "Done")
    if not done:
        over = progress is None or (not plan.unread and not progress.steps & _ids(plan))
        return None if over else progress
    approved = plan.approval.approved
    if approved is not None and done & approved.by_id.keys():
        return Progress(approved.digest, frozenset(approved.by_id), now)
    if progress is not None and progress.steps & _ids(plan):
        return replace(progress, ran_at=now)
    return Progress(plan.digest, _ids(plan), now)


def _ids(plan: Plan) -> frozenset[str]:
    return frozenset(planned.step.step_id for planned in plan.steps)
