"""The status that acknowledges a new generation: seen, and not judged yet. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.api.status import Status
from um_operator.planning.status.situation import Statement
from um_operator.planning.status.stamped import stamped

_JUDGED: Final = frozenset({"Ready", "Reconciling", "Stalled"})
"""Conditions that speak of a generation; the others say what is true whatever the spec says now."""


def acknowledged(before: Status, generation: int, now: datetime) -> Status:
    """Return the status of a resource whose new generation was just seen."""
    message = f'generation "{generation}" was seen and is not judged yet'
    pending = stamped([Statement("Ready", "Unknown", Reason.PENDING, message)], before, generation, now)
    kept = tuple(condition for condition in before.conditions if condition.type not in _JUDGED)
    return before.model_copy(update={"observed_generation": generation, "conditions": (*pending, *kept)})
