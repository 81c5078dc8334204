"""What is true of a LyncIntegration, as conditions: the table of the design, one rule a row.

The table of reasons says of which findings a person has to know, and of which a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from um_operator.api.reason_table import ROWS
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.planning.plan import Finding, PlannedStep
from um_operator.planning.status.judgement import (
    BY_A_PERSON,
    Rule,
    deleting,
    drift,
    drifted,
    plan_pending,
    running,
    stalled,
    suspended,
    unmet,
    unread,
    up_to_date,
    waiting,
)
from um_operator.planning.status.lync import contacts_of, missing_contacts
from um_operator.planning.status.situation import Situation, Statement, in_words


def judge(situation: Situation) -> tuple[Statement, ...]:
    """Return every condition of an integration, Ready first."""
    main = next(statements for rule in MAIN if (statements := tuple(rule(situation))))
    return (*main, *(statement for rule in BESIDE for statement in rule(situation)))


def left_to_a_person(situation: Situation) -> Iterator[Statement]:
    """Only a person can go on: False/ManualActionRequired, not Reconciling."""
    for finding in _for_a_person(situation):
        message = _summary(situation, finding)
        yield Statement("Ready", "False", Reason.MANUAL_ACTION_REQUIRED, message)
        return


def manual_action(situation: Situation) -> Iterator[Statement]:
    """ManualActionRequired, with what to do: all that is of the first kind, in the order of the checks."""
    found = list(_for_a_person(situation))
    if found:
        message = "; ".join(dict.fromkeys(one.message for one in found if one.reason == found[0].reason))
        yield Statement("ManualActionRequired", "True", found[0].reason, message)
        return
    for wait in situation.waits:
        for reason in (wait.detail, wait.reason):
            if _stands(reason, "ManualActionRequired"):
                yield Statement("ManualActionRequired", "True", reason, wait.message)
                return


def restart_pending(situation: Situation) -> Iterator[Statement]:
    """Front ends have to be restarted, and that waits, or is left to a person."""
    owed = next((one for one in situation.findings if _stands(one.reason, "RestartPending")), None)
    held = next((one for one in situation.steps if one.step.interrupts and one.waits), None)
    if held is not None:
        reason, message = _held(situation, held, owed)
        yield Statement("RestartPending", "True", reason, message)
    elif owed is not None:
        yield Statement("RestartPending", "True", owed.reason, owed.message)


MAIN: Final[tuple[Rule, ...]] = (
    deleting, running, stalled, unread, drifted, left_to_a_person, waiting, unmet, up_to_date,
)  # fmt: skip
"""The first rule that says something says Ready."""
BESIDE: Final[tuple[Rule, ...]] = (drift, restart_pending, plan_pending, manual_action, suspended)


def _held(situation: Situation, held: PlannedStep, owed: Finding | None) -> tuple[str, str]:
    """Return what holds a restart; contacts that people have yet to make come before an approval."""
    waits, first = held.waits, held.waits[0]
    if first.reason in BY_A_PERSON:
        return Reason.RESTART_OWED, f"{owed.message}; {first.message}" if owed else first.message
    contacts = any(one.reason == Reason.CONTACTS_MISSING for one in situation.findings)
    plans = next((wait for wait in waits if wait.reason == Reason.WAITING_FOR_PLANS), None)
    if contacts and plans is not None:
        return Reason.WAITING_FOR_CONTACTS, f"after the contacts exist: {plans.message}"
    return first.reason, in_words(held)


def _for_a_person(situation: Situation) -> Iterator[Finding]:
    """Yield what nobody but a person does; what is stalled, or only a restart, is told elsewhere as well."""
    for finding in situation.findings:
        if finding.weight in {"Pending", "Drift"} and _stands(finding.reason, "ManualActionRequired"):
            yield finding


def _summary(situation: Situation, finding: Finding) -> str:
    """Return how many contacts are missing rather than how to make each of them."""
    item = situation.item
    if finding.reason == Reason.CONTACTS_MISSING and isinstance(item, DesiredLyncIntegration):
        return missing_contacts(contacts_of(situation.view, item) or ())
    return finding.message


def _stands(reason: str, place: str) -> bool:
    """Whether the table of reasons has a reason stand in a condition of this type."""
    return reason in ROWS and place in ROWS[reason].places
