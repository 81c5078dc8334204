"""Fights: a field that is corrected again and again is left alone (R27)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.plan import Finding

FIGHT: Final = 3
FIGHT_WITHIN: Final = timedelta(hours=1)
"""So many corrections of a field within so long, and it is left alone (R27)."""


def fought(entry: ObjectEntry, requested_retry: str | None, path: str) -> bool:
    """Whether a path was corrected so often that somebody else must want it otherwise."""
    if requested_retry not in (None, entry.retried_at):
        return False
    times = entry.corrections.get(path, ())[-FIGHT:]
    return len(times) == FIGHT and times[-1] - times[0] <= FIGHT_WITHIN


def stopped(owner: ObjectKey, path: str) -> Finding:
    """Return that a path is no longer corrected."""
    message = (
        f'{path} was corrected {FIGHT} times within "1h" and changed back by someone else; '
        "the annotation unifiedmessaging.dev/retry-requested-at lets it be corrected again"
    )
    return Finding(owner, "Blocked", Reason.CORRECTION_STOPPED, message, path)
