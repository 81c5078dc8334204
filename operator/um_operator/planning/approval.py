"""What is approved: which steps a stored plan lets run, which of them are stale, what has to be approved.

An approval is the digest of a stored plan in ``spec.approvedPlan``. It lets a step run whose id is in that
plan, so what the plan itself changes does not spoil it. A change by hand gives a step another ``have``, so
another id: that step is stale, and with it what requires it, nothing else (``staleness.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.planning import staleness
from um_operator.planning.plan import ApprovalReport, Wait
from um_operator.planning.staleness import Applicant, Stale
from um_operator.planning.stored_plan import StoredPlan, StoredStep, digest_of, fits

MOST_NAMED: Final = 5
"""So many stale steps are named in one message."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What is stored, as far as this pass is concerned.

    Attributes:
        approved: the plan that ``spec.approvedPlan`` names; ``None`` if it is not stored, or unusable.
        problem: why the plan that is stored under that name cannot be used; empty if that is not so.
        standing: the plan that was stored last to be approved.
    """

    approved: StoredPlan | None = None
    problem: str = ""
    standing: StoredPlan | None = None


def judge(
    organization: str, named: str | None, approval: Approval, applicants: Sequence[Applicant]
) -> tuple[Mapping[str, Wait], ApprovalReport]:
    """Return what each step (by its id) waits for until it is approved, and what to tell and to store.

    Args:
        organization: metadata.name.
        named: ``spec.approvedPlan``.
        approval: what is stored.
        applicants: every planned step.
    """
    asking = tuple(one for one in applicants if one.asks)
    approved = _approved(organization, named, approval, asking)
    covered: Mapping[str, StoredStep] = approved.by_id if approved else {}
    stale = staleness.of(applicants, approved) if approved else {}
    held = {
        one.step_id: stale[one.step_id].wait
        if one.step_id in stale
        else _not_approved(named, approval, approved, one)
        for one in asking
        if one.step_id in stale or one.step_id not in covered
    }
    report = ApprovalReport(
        steps=len(asking),
        interrupting=sum(one.step.interrupts for one in asking),
        approved=approved,
        carried_out=approved is not None and not stale and all(a.step_id not in covered for a in applicants),
    )
    if not held:
        return held, report
    pending = _to_be_approved(organization, approval.standing, asking)
    told = tuple(_told(named, approval, approved, stale, pending))
    return held, replace(report, pending=pending, told=told)


def _approved(
    organization: str, named: str | None, approval: Approval, asking: Sequence[Applicant]
) -> StoredPlan | None:
    """Return the approved plan: as stored, or as it is just planned if its digest is the one named.

    A digest says by itself what it approves, so a plan may be approved before it was ever stored.
    """
    if approval.approved is not None or named is None or approval.problem:
        return approval.approved
    if not asking or digest_of(one.step_id for one in asking) != named:
        return None
    plan = _plan(organization, asking)
    return plan if fits(plan) else None


def _to_be_approved(
    organization: str, standing: StoredPlan | None, asking: Sequence[Applicant]
) -> StoredPlan | None:
    """Return the plan whose approval would let every step run, ``None`` if it is too large to be stored.

    It stays the one that stands while that has all of them: what the plan before it still does meanwhile
    must not take the ground from under an approval that is on its way.
    """
    if standing is not None and all(one.step_id in standing.by_id for one in asking):
        return standing
    plan = _plan(organization, asking)
    return plan if fits(plan) else None


def _plan(organization: str, asking: Sequence[Applicant]) -> StoredPlan:
    return StoredPlan(organization, tuple(one.stored() for one in asking))


def _not_approved(named: str | None, approval: Approval, approved: StoredPlan | None, one: Applicant) -> Wait:
    """Return why a step that no approval covers waits."""
    if approved is not None:
        return _wait(f'approved plan "{approved.digest}" does not have this step')
    if approval.problem:
        return _wait(approval.problem, Reason.PLAN_UNUSABLE)
    if named is not None:
        return _wait(_not_stored(named), Reason.PLAN_NOT_FOUND)
    if one.step.needs_approval:
        return _wait("the step waits for an approval of its own")
    return _wait('mode is "Plan": the step waits until the plan is approved')


def _told(
    named: str | None,
    approval: Approval,
    approved: StoredPlan | None,
    stale: Mapping[str, Stale],
    pending: StoredPlan | None,
) -> Iterator[tuple[Reason, str]]:
    """Yield what a person has to know besides that there is a plan to approve, the worst first."""
    if approval.problem:
        yield Reason.PLAN_UNUSABLE, approval.problem
    elif named is not None and approved is None:
        yield Reason.PLAN_NOT_FOUND, _not_stored(named)
    if approved is not None and stale:
        yield Reason.PLAN_STALE, _stale(approved, stale)
    if pending is None:
        yield (
            Reason.PLAN_TOO_LARGE,
            "the plan is too large for a ConfigMap, so it cannot be approved as a whole; "
            'set mode "Observe" on some of the resources and approve the others first',
        )


def _stale(approved: StoredPlan, stale: Mapping[str, Stale]) -> str:
    changed = [f'"{one.subject}" {one.change}' for one in stale.values() if one.change]
    more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    following = len(stale) - len(changed)
    after = f"; {following} more come{'s' if following == 1 else ''} after that" if following else ""
    what = "1 step" if len(changed) == 1 else f"{len(changed)} steps"
    return (
        f'since plan "{approved.digest}" was made, the ground of {what} was changed: '
        f"{', '.join(changed[:MOST_NAMED])}{more}{after}"
    )


def _not_stored(named: str) -> str:
    return f'spec.approvedPlan names "{named}", and no plan of that name is stored'


def _wait(message: str, detail: str = "") -> Wait:
    return Wait(Reason.WAITING_FOR_APPROVAL, message, detail=detail)
