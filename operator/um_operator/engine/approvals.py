"""Stored plans as a pass needs them: loaded once, stored before anybody is told of them, then forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus, Status
from um_operator.engine.ports import Plans
from um_operator.planning.approval import Approval
from um_operator.planning.plan import ApprovalReport, Plan
from um_operator.planning.stored_plan import StoredPlan, UnusablePlanError


@dataclass(frozen=True, slots=True)
class KnownPlans:
    """The stored plans that this process has seen.

    Attributes:
        by_digest: those that are certainly stored.
        standing: the digest of the one that was told of last, to be approved.
    """

    by_digest: Mapping[str, StoredPlan] = field(default_factory=dict)
    standing: str | None = None

    @classmethod
    def told(cls, statuses: Mapping[ObjectKey, Status]) -> Self:
        """Return what the organisation's last status tells of."""
        own = (one for one in statuses.values() if isinstance(one, ExchangeOrganizationStatus))
        plan = next((one.plan for one in own), None)
        return cls(standing=plan.digest if plan else None)

    def with_plan(self, plan: StoredPlan) -> KnownPlans:
        """Return these and one more."""
        return replace(self, by_digest={**self.by_digest, plan.digest: plan})


async def recall(plans: Plans, named: str | None, known: KnownPlans) -> tuple[Approval, KnownPlans]:
    """Return what is stored of the plan that is approved (``named``) and of the one to be approved."""
    problem = ""
    for digest in (known.standing, named):
        try:
            known = await _known(plans, digest, known)
        except UnusablePlanError as error:
            problem = str(error) if digest == named else ""
    approved, standing = (known.by_digest.get(digest or "") for digest in (named, known.standing))
    return Approval(approved, problem, standing), known


async def keep(plans: Plans, report: ApprovalReport, known: KnownPlans) -> KnownPlans:
    """Store the plans that a status is about to name, or steps of which are about to run.

    What is stored under the digest already, and is not that plan, is left: whoever approves it is told.
    """
    for plan in (report.pending, report.approved):
        if plan is None or plan.digest in known.by_digest:
            continue
        try:
            known = await _known(plans, plan.digest, known)
        except UnusablePlanError:
            continue
        if plan.digest not in known.by_digest:
            await plans.store(plan)
            known = known.with_plan(plan)
    return known


async def forget(plans: Plans, named: str | None, plan: Plan, known: KnownPlans) -> KnownPlans:
    """Remove the stored plans that are neither approved nor to be approved any more.

    Where something was not read, what is left to approve is not known either: the standing one stays (R1).
    """
    pending = plan.approval.pending.digest if plan.approval.pending else None
    if pending is None and plan.unread:
        pending = known.standing
    gone = known.by_digest.keys() - {named, pending}
    for digest in sorted(gone):
        await plans.forget(digest)
    left = {digest: plan for digest, plan in known.by_digest.items() if digest not in gone}
    return KnownPlans(left, pending)


async def _known(plans: Plans, digest: str | None, known: KnownPlans) -> KnownPlans:
    if digest is None or digest in known.by_digest:
        return known
    plan = await plans.load(digest)
    return known.with_plan(plan) if plan is not None else known
