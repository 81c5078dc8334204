"""Stored plans and a pass: stored before anybody is told, loaded once, forgotten when nobody needs them."""

from __future__ import annotations

from dataclasses import dataclass, field

from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus, PlanStatus
from um_operator.engine import approvals
from um_operator.engine.approvals import KnownPlans
from um_operator.planning.plan import ApprovalReport, Finding, Plan
from um_operator.planning.steps import CreateGateway
from um_operator.planning.stored_plan import StoredPlan, StoredStep, UnusablePlanError


def plan_of(name: str) -> StoredPlan:
    step = CreateGateway(owner=ObjectKey("UMIPGateway", name), gateway=name, address=f"{name}.contoso.com")
    return StoredPlan("contoso", (StoredStep.of(step, 1, ()),))


MONDAY, TUESDAY = plan_of("sbc01"), plan_of("cube01")


@dataclass
class Shelf:
    """Plans in memory; a damaged one cannot be used."""

    plans: dict[str, StoredPlan] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    shown_by: str = "this shelf"

    async def store(self, plan: StoredPlan) -> None:
        self.calls.append(f"store {plan.digest}")
        self.plans.setdefault(plan.digest, plan)

    async def load(self, digest: str) -> StoredPlan | None:
        self.calls.append(f"load {digest}")
        if digest in self.damaged:
            raise UnusablePlanError(f'stored plan "{digest}" is damaged')
        return self.plans.get(digest)

    async def forget(self, digest: str) -> None:
        self.calls.append(f"forget {digest}")
        del self.plans[digest]


def planned(pending: StoredPlan | None, *findings: Finding) -> Plan:
    return Plan((), findings, approval=ApprovalReport(pending=pending))


async def test_the_approved_plan_is_loaded_once() -> None:
    shelf = Shelf({MONDAY.digest: MONDAY})
    approval, known = await approvals.recall(shelf, MONDAY.digest, KnownPlans())
    assert approval.approved == MONDAY
    approval, _ = await approvals.recall(shelf, MONDAY.digest, known)
    assert approval.approved == MONDAY
    assert shelf.calls == [f"load {MONDAY.digest}"]


async def test_after_a_start_the_plan_that_the_status_names_is_known_again() -> None:
    status = ExchangeOrganizationStatus(plan=PlanStatus(digest=TUESDAY.digest, step_count=1))
    known = KnownPlans.told({ObjectKey("ExchangeOrganization", "contoso"): status})
    approval, _ = await approvals.recall(Shelf({TUESDAY.digest: TUESDAY}), None, known)
    assert (approval.approved, approval.standing) == (None, TUESDAY)


async def test_a_plan_that_is_not_stored_is_looked_for_again() -> None:
    shelf = Shelf()
    approval, known = await approvals.recall(shelf, MONDAY.digest, KnownPlans())
    assert (approval.approved, approval.problem) == (None, "")
    shelf.plans[MONDAY.digest] = MONDAY
    approval, _ = await approvals.recall(shelf, MONDAY.digest, known)
    assert approval.approved == MONDAY


async def test_a_damaged_plan_is_told_only_where_it_is_the_approved_one() -> None:
    shelf = Shelf(damaged={MONDAY.digest})
    approval, _ = await approvals.recall(shelf, MONDAY.digest, KnownPlans())
    assert approval.problem == f'stored plan "{MONDAY.digest}" is damaged'
    approval, _ = await approvals.recall(shelf, TUESDAY.digest, KnownPlans(standing=MONDAY.digest))
    assert approval.problem == ""


async def test_a_pending_plan_is_stored_once() -> None:
    shelf = Shelf()
    report = ApprovalReport(pending=MONDAY)
    known = await approvals.keep(shelf, report, KnownPlans())
    assert await approvals.keep(shelf, report, known) == known
    assert shelf.plans == {MONDAY.digest: MONDAY}
    assert shelf.calls == [f"load {MONDAY.digest}", f"store {MONDAY.digest}"]


async def test_a_plan_that_was_approved_before_it_was_stored_is_stored_before_it_runs() -> None:
    shelf = Shelf()
    await approvals.keep(shelf, ApprovalReport(approved=MONDAY), KnownPlans())
    assert shelf.plans == {MONDAY.digest: MONDAY}


async def test_a_damaged_plan_is_not_covered_up() -> None:
    shelf = Shelf(damaged={MONDAY.digest})
    known = await approvals.keep(shelf, ApprovalReport(pending=MONDAY), KnownPlans())
    assert known.by_digest == {}
    approval, _ = await approvals.recall(shelf, MONDAY.digest, known)
    assert approval.problem


async def test_a_plan_that_is_neither_approved_nor_pending_is_forgotten() -> None:
    shelf = Shelf({MONDAY.digest: MONDAY, TUESDAY.digest: TUESDAY})
    known = KnownPlans(dict(shelf.plans), standing=MONDAY.digest)
    known = await approvals.forget(shelf, TUESDAY.digest, planned(None), known)
    assert shelf.plans == {TUESDAY.digest: TUESDAY}
    assert known == KnownPlans({TUESDAY.digest: TUESDAY})


async def test_a_pending_plan_outlasts_a_pass_that_could_not_read() -> None:
    shelf = Shelf({MONDAY.digest: MONDAY})
    known = KnownPlans(dict(shelf.plans), standing=MONDAY.digest)
    unread = Finding(ObjectKey("UMIPGateway", "sbc01"), "Unread", "EndpointUnreachable", "no answer")
    assert await approvals.forget(shelf, None, planned(None, unread), known) == known
    assert shelf.plans


async def test_a_new_pending_plan_takes_the_place_of_the_one_before() -> None:
    shelf = Shelf({MONDAY.digest: MONDAY})
    known = KnownPlans(dict(shelf.plans), standing=MONDAY.digest)
    known = await approvals.keep(shelf, ApprovalReport(pending=TUESDAY), known)
    known = await approvals.forget(shelf, None, planned(TUESDAY), known)
    assert set(shelf.plans) == {TUESDAY.digest}
    assert known.standing == TUESDAY.digest
