"""How a step ended: what a carrier answers, what the ledger, the journal and the next plan are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

OutcomeKind: TypeAlias = Literal["Done", "Refused", "Forbidden", "NotSent", "Unclear"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended.

    Attributes:
        kind: ``Done``: Exchange confirmed it. ``Refused``: Exchange said no, and will until something
            changes. ``Forbidden``: a cmdlet or parameter outside our roles. ``NotSent``: it certainly did
            not run; the next pass tries again. ``Unclear``: it may have run; only reading again tells.
        reason: a reason of the table for conditions (InUse, AlreadyExists, ImmutableFieldDiffers, …).
        message: one line for a person, without secrets.
        guid: of the object that a create step made.
    """

    kind: OutcomeKind
    reason: str = ""
    message: str = ""
    guid: str | None = None
    warnings: tuple[str, ...] = ()
