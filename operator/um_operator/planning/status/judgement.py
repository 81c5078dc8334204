"""What is true of a dial plan or gateway, as conditions: the table of the design, one rule a row.

Ready, Reconciling and Stalled are as kstatus wants them: Reconciling only while steps run, Stalled only
when nothing will be tried again, never both, and Ready is True beside neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredGateway
from um_operator.planning.plan import DIFFERS, MISSING, Finding, Wait
from um_operator.planning.status.gateway_probe import for_a_person
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Failure, Situation, Statement
from um_operator.planning.steps import FrontEndStep

Rule: TypeAlias = Callable[[Situation], Iterator[Statement]]
BY_A_PERSON: Final = frozenset[str]({Reason.OBSERVE, Reason.SUSPENDED, Reason.HOLD})
"""What somebody set; of a restart that waits for it no more is to be said than that it is owed."""


def judge(situation: Situation) -> tuple[Statement, ...]:
    """Return every condition of a resource, Ready first."""
    main = next(statements for rule in MAIN if (statements := tuple(rule(situation))))
    return (*main, *(statement for rule in BESIDE for statement in rule(situation)))


def deleting(situation: Situation) -> Iterator[Statement]:
    """Being deleted: False/Deleting, whatever else; Stalled where others still refer to the object."""
    if not situation.item.deleting:
        return
    name = f'"{situation.item.name}"'
    stalled = tuple(_stalled(situation))
    waits = next((message for _, _, message in situation.explained()), f"{name} is being removed")
    message = stalled[0].message if stalled and not situation.running else waits
    yield Statement("Ready", "False", Reason.DELETING, message)
    if situation.running:
        yield Statement("Reconciling", "True", Reason.DELETING, situation.running[0].step.sentence)
    elif stalled:
        yield stalled[0]


def running(situation: Situation) -> Iterator[Statement]:
    """Pending and running: False/Applying, Reconciling."""
    if situation.running and not situation.of("Drift"):
        message = _progress(situation)
        yield Statement("Ready", "False", Reason.APPLYING, message)
        yield Statement("Reconciling", "True", Reason.APPLYING, message)


def stalled(situation: Situation) -> Iterator[Statement]:
    """Refused for good: False/<reason>, Stalled; what is still corrected beside it is told by Drifted."""
    if situation.running:
        return
    for statement in _stalled(situation):
        fight = statement.reason == Reason.CORRECTION_STOPPED
        message = _messages(situation.of("Drift") or situation.of("Pending")) if fight else statement.message
        yield Statement("Ready", "False", statement.reason, message)
        yield statement


def unread(situation: Situation) -> Iterator[Statement]:
    """Not read: Unknown/NotRead."""
    if findings := situation.of("Unread"):
        yield Statement("Ready", "Unknown", Reason.NOT_READ, _messages(findings))


def drifted(situation: Situation) -> Iterator[Statement]:
    """Drift, also when its repair waits, and any difference in Observe: False/Drifted."""
    if findings := situation.of("Drift"):
        yield Statement("Ready", "False", Reason.DRIFTED, _messages(findings))


def waiting(situation: Situation) -> Iterator[Statement]:
    """Pending and waiting: False/WaitingFor…, for a person False/ManualActionRequired; not Reconciling."""
    for _, reason, message in situation.explained():
        manual = reason == Reason.DRAIN_TIMED_OUT
        yield Statement("Ready", "False", Reason.MANUAL_ACTION_REQUIRED if manual else reason, message)
        return


def unmet(situation: Situation) -> Iterator[Statement]:
    """Something is missing that no step of this resource brings: a reference, the securing of a plan."""
    pending = situation.of("Pending")
    if pending:
        told = min(pending, key=lambda finding: finding.reason in {DIFFERS, MISSING})
        reason = Reason.PENDING if told.reason in {DIFFERS, MISSING} else told.reason
        yield Statement("Ready", "False", reason, told.message)


def up_to_date(situation: Situation) -> Iterator[Statement]:
    """Equal: True/UpToDate."""
    yield Statement("Ready", "True", Reason.UP_TO_DATE, situation.as_declared)


def drift(situation: Situation) -> Iterator[Statement]:
    """Drifted, with what becomes of it."""
    findings = situation.of("Drift")
    if not findings:
        return
    paths = ", ".join(dict.fromkeys(finding.path for finding in findings))
    count = len({finding.path for finding in findings})
    differs = f"{count} field{'s differ' if count > 1 else ' differs'}: {paths}"
    reason, outlook = _outlook(situation)
    yield Statement("Drifted", "True", reason, f"{differs}{outlook}")


def plan_pending(situation: Situation) -> Iterator[Statement]:
    """PlanPending while steps wait for approval, with what is wrong with the one that there is."""
    approvals = [
        wait
        for planned in situation.steps
        for wait in planned.waits
        if wait.reason == Reason.WAITING_FOR_APPROVAL
    ]
    if approvals:
        count = len(approvals)
        message = f"{count} step{'s wait' if count > 1 else ' waits'} for approval"
        reason, why = _of_approval(approvals)
        yield Statement("PlanPending", "True", reason, f"{message}{why}")


def manual_action(situation: Situation) -> Iterator[Statement]:
    """ManualActionRequired: calls may not be cut, a device is left unfinished, or a gateway is amiss."""
    for wait in situation.waits:
        for reason in {Reason.DRAIN_TIMED_OUT, Reason.FOREIGN_CHANGES} & {wait.reason, wait.detail}:
            yield Statement("ManualActionRequired", "True", reason, wait.message)
            return
    if isinstance(situation.item, DesiredGateway) and not situation.item.deleting:
        for fault in for_a_person(situation.view, situation.item):
            yield Statement("ManualActionRequired", "True", fault.reason, f"{fault.message}. {fault.advice}")
            return


def suspended(situation: Situation) -> Iterator[Statement]:
    """Suspended while new writes rest."""
    care = situation.item.care
    hold = care.hold_at(situation.view.now)
    if care.suspended:
        message = "spec.suspend is set here or at the organization: nothing new is written"
        yield Statement("Suspended", "True", Reason.SUSPENDED, message)
    elif hold is not None:
        until = f' until "{instant(hold.until)}"' if hold.until else ""
        yield Statement("Suspended", "True", Reason.HOLD, f'held{until}: "{hold.reason}"')


MAIN: Final[tuple[Rule, ...]] = (deleting, running, stalled, unread, drifted, waiting, unmet, up_to_date)
"""The first rule that says something says Ready."""
BESIDE: Final[tuple[Rule, ...]] = (drift, plan_pending, manual_action, suspended)


def _stalled(situation: Situation) -> Iterator[Statement]:
    if blocked := situation.of("Blocked"):
        same = [finding for finding in blocked if finding.reason == blocked[0].reason]
        yield Statement("Stalled", "True", blocked[0].reason, _messages(same))
    elif situation.refused:
        yield Statement("Stalled", "True", reason_of(situation.refused), situation.refused.outcome.message)


def reason_of(failure: Failure) -> str:
    """Return the word of the reasons table for a refusal."""
    if failure.outcome.kind == "Forbidden":
        return Reason.FORBIDDEN
    return failure.outcome.reason or Reason.REFUSED


def _outlook(situation: Situation) -> tuple[str, str]:
    """Return the reason of Drifted, and what becomes of it; a restart of front ends mends nothing."""
    if situation.item.care.mode == "Observe":
        return Reason.OBSERVE, '; mode is "Observe": nothing is changed'
    for planned, reason, message in situation.explained():
        if isinstance(planned.step, FrontEndStep):
            continue
        if reason == Reason.WAITING_FOR_WINDOW:
            return reason, f"; the repair interrupts calls and {message}"
        cost = "interrupts calls and " if planned.step.interrupts else ""
        return reason, f"; the repair {cost}waits: {message}"
    if any(finding.reason == Reason.CORRECTION_STOPPED for finding in situation.findings):
        return Reason.CHANGED_BY_OTHERS, ""
    if situation.refused:
        return reason_of(situation.refused), "; the repair is refused"
    return Reason.CORRECTING, "; it is being corrected"


def _of_approval(approvals: list[Wait]) -> tuple[str, str]:
    """Return the reason of PlanPending, and what is wrong with the approval."""
    told = next((wait for wait in approvals if wait.detail), None)
    return (told.detail, f": {told.message}") if told else (Reason.APPROVAL_REQUIRED, "")


def _progress(situation: Situation) -> str:
    failure = situation.failure
    if failure is not None and not failure.for_good:
        return f"{failure.step.sentence} It did not succeed ({failure.outcome.message}) and is tried again."
    rest = len(situation.steps) - 1
    more = f" {rest} more step{'s' if rest > 1 else ''} after it." if rest else ""
    return situation.running[0].step.sentence + more


def _messages(findings: tuple[Finding, ...] | list[Finding]) -> str:
    return "; ".join(dict.fromkeys(finding.message for finding in findings))
