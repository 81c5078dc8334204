"""The rules that every status is held to can be broken, and then it is noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import kstatus
from manifests_support import dial_plan
from model_estate import ModelEstate, plan_fact
from planning_support import PBX, World
from um_operator.api.condition import Condition
from um_operator.api.reasons import Reason
from um_operator.api.status import UMDialPlanStatus
from um_operator.planning.conditions import statuses
from um_operator.planning.status import judgement
from um_operator.planning.status.situation import Statement

INSTANT = "2026-11-25T12:00:00Z"
READY = Condition(
    type="Ready",
    status="True",
    reason="UpToDate",
    message="as declared",
    last_transition_time=INSTANT,
    observed_generation=2,
)
NOT_READY = READY.model_copy(update={"status": "False", "reason": "Applying"})


def status(*conditions: Condition, generation: int = 2) -> UMDialPlanStatus:
    return UMDialPlanStatus(observed_generation=generation, conditions=conditions)


def beside(kind: Any, reason: str, **changed: Any) -> Condition:
    return READY.model_copy(update={"type": kind, "reason": reason, **changed})


def test_a_good_status_breaks_no_rule() -> None:
    assert kstatus.violations(PBX, 2, status(READY)) == []
    assert kstatus.violations(PBX, 2, status(NOT_READY, beside("Reconciling", "Applying"))) == []
    stalled = READY.model_copy(update={"status": "False", "reason": "InUse"})
    assert kstatus.violations(PBX, 2, status(stalled, beside("Stalled", "InUse"))) == []


BROKEN: list[tuple[str, UMDialPlanStatus]] = [
    ("FAIL0001", status(READY, beside("Drifted", "Correcting"))),
    ("FAIL0002", status(beside("Stalled", "InUse"))),
    (
        "FAIL0003",
        status(
            NOT_READY.model_copy(update={"status": "Unknown", "reason": "Pending"}),
            beside("Reconciling", "Applying"),
        ),
    ),
    (
        "FAIL0004",
        status(
            READY.model_copy(update={"status": "Unknown", "reason": "NotRead"}), beside("Stalled", "InUse")
        ),
    ),
    ("FAIL0005", status(NOT_READY, beside("Reconciling", "Applying"), beside("Stalled", "InUse"))),
    ("FAIL0006", status(READY, generation=3)),
    ("FAIL0007", status(READY, generation=1)),
    ("FAIL0009", status(READY, beside("Suspended", "Suspended", observed_generation=1))),
    ("WARN0005", status(NOT_READY.model_copy(update={"observed_generation": None}))),
    ("only while True", status(NOT_READY, beside("Suspended", "Suspended", status="False"))),
    ("stands there once", status(NOT_READY, NOT_READY)),
    ("is not in the table", status(NOT_READY.model_copy(update={"reason": "Odd"}))),
    ("may not stand in", status(NOT_READY.model_copy(update={"reason": "StartupModeTCP"}))),
    ("is no reason of", status(NOT_READY.model_copy(update={"reason": "AddressInUse"}))),
    ("good reason", status(READY.model_copy(update={"reason": "Applying"}))),
    ("one line", status(NOT_READY.model_copy(update={"message": "two\nlines"}))),
    ("has an instant", status(NOT_READY.model_copy(update={"last_transition_time": None}))),
    (
        "is not",
        status(
            NOT_READY.model_copy(update={"reason": "WaitingForWindow"}), beside("Reconciling", "Applying")
        ),
    ),
]


@pytest.mark.parametrize(("rule", "wrong"), BROKEN, ids=[rule for rule, _ in BROKEN])
def test_a_broken_rule_is_told(rule: str, wrong: UMDialPlanStatus) -> None:
    assert any(rule in told for told in kstatus.violations(PBX, 2, wrong))


def test_an_instant_that_changes_without_its_status_is_told() -> None:
    later = READY.model_copy(update={"last_transition_time": "2026-11-25T13:00:00Z"})
    (told,) = kstatus.violations(PBX, 2, status(later), status(READY))
    assert "lastTransitionTime" in told


@pytest.mark.parametrize(
    ("expected", "of"),
    [
        ("Current", status(READY)),
        ("InProgress", status(READY, generation=1)),
        ("InProgress", status(NOT_READY)),
        ("InProgress", status(NOT_READY, beside("Reconciling", "Applying"))),
        ("Failed", status(NOT_READY, beside("Stalled", "InUse"))),
        ("InProgress", UMDialPlanStatus()),
    ],
)
def test_kstatus_makes_of_it(expected: str, of: UMDialPlanStatus) -> None:
    assert kstatus.outcome(2, of) == expected
    assert kstatus.outcome(2, of, deleting=True) == "Terminating"


def test_a_resource_of_an_api_server_is_judged_as_it_comes() -> None:
    resource = {
        "kind": "UMDialPlan",
        "metadata": {"name": "pbx", "generation": 2},
        "status": status(READY).declared(),
    }
    assert kstatus.outcome_of(resource) == "Current"
    assert kstatus.violations_of(resource) == []
    assert kstatus.violations_of({**resource, "status": {"observedGeneration": -1}})


def test_a_status_of_the_planner_that_breaks_a_rule_fails_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World((dial_plan(),), ModelEstate.of(plan_fact("pbx"))).in_force()
    wrong = Statement("Ready", "True", Reason.APPLYING, "it is")
    monkeypatch.setattr(judgement, "MAIN", (lambda _: iter([wrong]),))
    with pytest.raises(AssertionError, match="Ready=True has a good reason"):
        statuses(world.desired, world.snapshot, world.ledger, world.plan, {}, {}, world.now)
    restored = replace(world)
    monkeypatch.undo()
    statuses(restored.desired, restored.snapshot, restored.ledger, restored.plan, {}, {}, restored.now)
