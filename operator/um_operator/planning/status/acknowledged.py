"""The status that acknowledges a new generation: seen, and not judged yet. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from um_operator.api.condition import Condition
from um_operator.api.reasons import Reason
from um_operator.api.status import Status
from um_operator.planning.status.instants import instant

_JUDGED: Final = frozenset({"Ready", "Reconciling", "Stalled"})
"""Conditions that speak of a generation; the others say what is true whatever the spec says now."""


def acknowledged(before: Status, generation: int, now: datetime) -> Status:
    """Return the status of a resource whose new generation was just seen."""
    was = next((condition for condition in before.conditions if condition.type == "Ready"), None)
    pending = Condition(
        type="Ready",
        status="Unknown",
        reason=Reason.PENDING,
        message=f'generation "{generation}" was seen and is not judged yet',
        last_transition_time=was.last_transition_time if was and was.status == "Unknown" else instant(now),
        observed_generation=generation,
    )
    kept = tuple(condition for condition in before.conditions if condition.type not in _JUDGED)
    return before.model_copy(update={"observed_generation": generation, "conditions": (pending, *kept)})
