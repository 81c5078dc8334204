"""How careful to be: of two modes the more careful one, of two suspensions either, of two holds both (R3)."""

from __future__ import annotations

from typing import Final

from um_operator.api.annotations import hold_of
from um_operator.api.meta import ObjectMeta
from um_operator.api.strings import Mode
from um_operator.desired.organization import Care

_BY_CARE: Final[tuple[Mode, ...]] = ("Observe", "Plan", "Enforce")


def more_careful(*modes: str | None) -> Mode:
    """Return the most careful of these modes. Absent says nothing; an unknown word counts as Observe."""
    known = [_BY_CARE.index(mode) if mode in _BY_CARE else 0 for mode in modes if mode is not None]
    return _BY_CARE[min(known, default=0)]


def care_of(metadata: ObjectMeta, mode: str | None, suspend: bool | None, above: Care | None = None) -> Care:
    """Return how careful to be with a resource, given how careful to be with its organisation."""
    hold = hold_of(metadata.annotations)
    own = (hold,) if hold else ()
    if above is None:
        return Care(more_careful(mode), bool(suspend), own)
    return Care(more_careful(above.mode, mode), above.suspended or bool(suspend), above.holds + own)
