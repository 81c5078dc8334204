"""What a pass tells people: the statuses that changed, and an event for each change that matters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.engine.ports import Event
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import Step

_ALARMING = frozenset({"Stalled", "Drifted", "ManualActionRequired"})


def changed(
    before: Mapping[ObjectKey, Status], after: Mapping[ObjectKey, Status]
) -> Mapping[ObjectKey, Status]:
    """Return the statuses that differ from what was last written; none when nothing happened."""
    return {key: status for key, status in after.items() if before.get(key) != status}


def events_of(
    before: Mapping[ObjectKey, Status],
    after: Mapping[ObjectKey, Status],
    ran: Iterable[tuple[Step, Outcome]],
) -> Iterator[Event]:
    """Yield an event a step that ran, and one a condition that came, went or has another reason."""
    for step, outcome in ran:
        yield _of_step(step, outcome)
    for key, status in after.items():
        previous = before.get(key)
        known = {condition.type: condition for condition in previous.conditions} if previous else {}
        for condition in status.conditions:
            if _differs(known.get(condition.type), condition):
                yield _of_condition(key, condition)


def _of_step(step: Step, outcome: Outcome) -> Event:
    if outcome.kind == "Done":
        return Event(step.owner, "Normal", "Applied", step.sentence)
    why = f"{outcome.reason}: {outcome.message}" if outcome.message else outcome.reason
    return Event(step.owner, "Warning", outcome.reason or outcome.kind, f"{step.sentence} {why}")


def _differs(before: Condition | None, after: Condition) -> bool:
    return before is None or (before.status, before.reason) != (after.status, after.reason)


def _of_condition(key: ObjectKey, condition: Condition) -> Event:
    alarming = condition.type in _ALARMING or (condition.type == "Ready" and condition.status == "False")
    return Event(key, "Warning" if alarming else "Normal", condition.reason, condition.message)
