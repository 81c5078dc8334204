"""What a pass tells people beside the statuses: an event for each change that matters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.engine.ports import Event
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import Step

_ALARMING: Final = frozenset({"Stalled", "Drifted", "ManualActionRequired"})


def events_of(
    before: Mapping[ObjectKey, Status],
    after: Mapping[ObjectKey, Status],
    ran: Iterable[tuple[Step, Outcome]],
) -> Iterator[Event]:
    """Yield an event a step that ran, and one a condition that came or has another reason.

    While steps run they speak for themselves: Reconciling, and Ready beside it, are not repeated. What Ready
    and an alarming condition say in the same words is told once.
    """
    for step, outcome in ran:
        yield _of_step(step, outcome)
    for key, status in after.items():
        known = {condition.type: condition for condition in before[key].conditions} if key in before else {}
        changed = (one for one in _telling(status) if _differs(known.get(one.type), one))
        yield from dict.fromkeys(_of_condition(key, condition) for condition in changed)


def orphaned(key: ObjectKey, left_behind: str) -> Event:
    """Return the event of a resource that goes although something is left to do in Exchange."""
    what = "It stays in Exchange although deletionPolicy is Delete"
    if key.kind == "ExchangeOrganization":
        what = "It goes although not everything is back that the operator took out of service"
    message = f"{what}: {left_behind}."
    return Event(key, "Warning", "Orphaned", message)


def _telling(status: Status) -> Iterator[Condition]:
    moving = any(condition.type == "Reconciling" for condition in status.conditions)
    for condition in status.conditions:
        if condition.type in _ALARMING or (condition.type == "Ready" and not moving):
            yield condition


def _of_step(step: Step, outcome: Outcome) -> Event:
    if outcome.kind == "Done":
        return Event(step.owner, "Normal", "Applied", step.sentence)
    why = f"{outcome.reason}: {outcome.message}" if outcome.message else outcome.reason
    return Event(step.owner, "Warning", outcome.reason or outcome.kind, f"{step.sentence} {why}")


def _differs(before: Condition | None, after: Condition) -> bool:
    return before is None or (before.status, before.reason) != (after.status, after.reason)


def _of_condition(key: ObjectKey, condition: Condition) -> Event:
    patient = condition.reason.startswith("WaitingFor") or condition.reason == "Deleting"
    troubled = condition.status == "False" and not patient
    alarming = troubled if condition.type == "Ready" else True
    return Event(key, "Warning" if alarming else "Normal", condition.reason, condition.message)
