"""Which plan was carried out last, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.api.status import AppliedPlan
from um_operator.engine.progress import Progress, advanced, finished
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.plan import ApprovalReport, Finding, Plan, PlannedStep
from um_operator.planning.steps import CreateGateway, Step
from um_operator.planning.stored_plan import StoredPlan, StoredStep

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def step(name: str) -> CreateGateway:
    return CreateGateway(owner=ObjectKey("UMIPGateway", name), gateway=name, address=f"{name}.contoso.com")


A, B, C = step("a"), step("b"), step("c")
UNREAD = Finding(ObjectKey("UMIPGateway", "a"), "Unread", "EndpointUnreachable", "no answer")
APPROVED = StoredPlan("contoso", (StoredStep.of(A, 1, ()), StoredStep.of(B, 1, ())))


def plan(*steps: Step, unread: bool = False, approval: ApprovalReport | None = None) -> Plan:
    return Plan(
        tuple(PlannedStep(one) for one in steps),
        (UNREAD,) if unread else (),
        approval=approval or ApprovalReport(),
    )


def ran(*steps: Step, kind: OutcomeKind = "Done") -> list[tuple[Step, Outcome]]:
    return [(one, Outcome(kind)) for one in steps]


def test_a_plan_is_carried_out_when_nothing_of_it_is_planned_any_more() -> None:
    begun = advanced(None, plan(A, B), ran(A), NOON)
    assert finished(begun, plan(B), None, LATER) is None
    ended = advanced(begun, plan(B), ran(B), LATER)
    applied = finished(ended, plan(), None, LATER + timedelta(hours=1))
    assert applied == AppliedPlan(digest=plan(A, B).digest, finished_at="2026-11-25T12:05:00Z")
    assert advanced(ended, plan(), [], LATER) is None


def test_a_step_that_waits_for_long_keeps_its_plan_open() -> None:
    begun = advanced(None, plan(A, B), ran(A), NOON)
    assert advanced(begun, plan(B), [], LATER) == begun
    with_another = advanced(begun, plan(B, C), ran(C), LATER)
    assert with_another is not None
    assert with_another.digest == plan(A, B).digest


def test_what_did_not_succeed_carries_nothing_out() -> None:
    assert advanced(None, plan(A), ran(A, kind="Refused"), NOON) is None
    assert finished(None, plan(), None, NOON) is None


def test_from_a_pass_that_could_not_read_nothing_follows() -> None:
    begun = advanced(None, plan(A), ran(A), NOON)
    assert begun is not None
    assert finished(begun, plan(unread=True), None, LATER) is None
    assert advanced(begun, plan(unread=True), [], LATER) == begun
    report = ApprovalReport(approved=APPROVED, carried_out=True)
    assert finished(None, plan(unread=True, approval=report), None, LATER) is None


def test_an_approved_plan_is_known_by_its_digest_from_its_first_step_to_its_last() -> None:
    report = ApprovalReport(approved=APPROVED)
    progress = advanced(None, plan(A, B, C, approval=report), ran(A), NOON)
    assert progress is not None
    assert progress.digest == APPROVED.digest
    progress = advanced(progress, plan(B, C, approval=report), ran(B), LATER)
    applied = finished(progress, plan(C, approval=report), None, LATER)
    assert applied == AppliedPlan(digest=APPROVED.digest, finished_at="2026-11-25T12:05:00Z")


def test_after_a_crash_an_approved_plan_of_which_nothing_is_left_was_carried_out() -> None:
    report = ApprovalReport(approved=APPROVED, carried_out=True)
    applied = finished(None, plan(approval=report), None, NOON)
    assert applied == AppliedPlan(digest=APPROVED.digest, finished_at="2026-11-25T12:00:00Z")
    assert finished(None, plan(approval=report), applied, LATER) == applied


@pytest.mark.parametrize(
    "before", [None, AppliedPlan(digest=APPROVED.digest, finished_at="2026-11-25T12:00:00Z")]
)
def test_without_progress_what_was_told_stands(before: AppliedPlan | None) -> None:
    assert finished(None, plan(A), before, LATER) == before


def test_a_repair_after_a_plan_was_carried_out_is_another_plan() -> None:
    over = Progress("plan-000000000000000000000000", frozenset({A.step_id}), NOON)
    progress = advanced(over, plan(C), ran(C), LATER)
    assert progress is not None
    assert progress.digest == plan(C).digest
