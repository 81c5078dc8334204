"""Statements as conditions: an instant changes only with the status that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from um_operator.api.condition import MESSAGE_MAX, Condition
from um_operator.api.status import Status
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Statement


def stamped(
    statements: Iterable[Statement], before: Status | None, generation: int, now: datetime
) -> tuple[Condition, ...]:
    """Return conditions.

    Args:
        statements: what is stated.
        before: the status as last written.
        generation: by which it was judged.
        now: the instant of the judgement.
    """
    known = {condition.type: condition for condition in before.conditions} if before else {}

    def condition(statement: Statement) -> Condition:
        last = known.get(statement.type)
        same = last is not None and last.status == statement.status
        return Condition(
            type=statement.type,
            status=statement.status,
            reason=str(statement.reason),
            message=statement.message[:MESSAGE_MAX],
            last_transition_time=last.last_transition_time if last and same else instant(now),
            observed_generation=generation,
        )

    return tuple(condition(statement) for statement in statements)
