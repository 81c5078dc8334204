"""A step that failed is tried again when that can help, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.engine.failures import Failures
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.steps import ActivateServer, CreateGateway, StartFrontEndServices, Step

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STEP = CreateGateway(owner=ObjectKey("UMIPGateway", "sbc01"), gateway="sbc01", address="sbc01.contoso.com")


@pytest.mark.parametrize("kind", ["NotSent", "Unclear"])
def test_a_step_without_an_answer_waits_longer_after_each_attempt(kind: OutcomeKind) -> None:
    failures, waits = Failures(), []
    for _ in range(12):
        failures = failures.noted(STEP, Outcome(kind), NOW)
        assert failures.wake_at is not None
        waits.append(failures.wake_at - NOW)
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(minutes=5)


def test_a_step_is_tried_again_once_its_wait_is_over() -> None:
    failures = Failures().noted(STEP, Outcome("NotSent"), NOW)
    assert failures.holds(STEP, NOW)
    assert not failures.holds(STEP, NOW + timedelta(seconds=1))


def test_a_refused_step_is_not_tried_again_as_long_as_it_is_the_same_step() -> None:
    failures = Failures().noted(STEP, Outcome("Refused", "Refused"), NOW).looked_at_again()
    assert failures.holds(STEP, NOW + timedelta(days=30))
    assert failures.wake_at is None


@pytest.mark.parametrize("outcome", [Outcome("Refused", "InUse"), Outcome("Forbidden", "Forbidden")])
def test_what_someone_else_can_lift_is_tried_by_the_next_full_pass(outcome: Outcome) -> None:
    failures = Failures().noted(STEP, outcome, NOW)
    assert failures.holds(STEP, NOW + timedelta(days=1))
    assert not failures.looked_at_again().holds(STEP, NOW)


@pytest.mark.parametrize(
    "step",
    [
        ActivateServer(
            owner=ObjectKey("UMCertificate", "um"),
            server="ex01",
            component="UMCallRouter",
            requester="Sidelined",
        ),
        StartFrontEndServices(
            owner=ObjectKey("LyncIntegration", "lync"), pool="pool", computer="fe01", services=("RTCSRV",)
        ),
    ],
    ids=lambda step: type(step).__name__,
)
def test_what_was_taken_out_of_service_is_returned_however_often_that_is_refused(step: Step) -> None:
    failures = Failures().noted(step, Outcome("Refused", "Refused"), NOW)
    assert failures.holds(step, NOW)
    assert not failures.holds(step, NOW + timedelta(seconds=1))


def test_success_forgets_the_failures_before_it() -> None:
    failures = Failures().noted(STEP, Outcome("NotSent"), NOW).noted(STEP, Outcome("Done"), NOW)
    assert failures == Failures()


def test_a_failure_goes_with_its_step() -> None:
    failures = Failures().noted(STEP, Outcome("Refused"), NOW)
    assert failures.of_plan(frozenset()) == Failures()
    assert failures.of_plan(frozenset({STEP.step_id})) == failures


def test_of_several_failures_of_a_resource_the_one_for_good_is_shown() -> None:
    other = CreateGateway(owner=STEP.owner, gateway="sbc01", address="other.contoso.com")
    failures = Failures().noted(STEP, Outcome("Refused"), NOW).noted(other, Outcome("NotSent"), NOW)
    assert failures.by_owner()[STEP.owner].outcome.kind == "Refused"
