"""The plan: the steps that lead from what is observed to what is declared, and what each waits for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.values import PropertyValue
from um_operator.planning.steps import Step

Weight: TypeAlias = Literal["Pending", "Drift", "Blocked", "Unread"]
"""Pending: not yet once in force. Drift: was in force and changed. Blocked: will not be tried (Stalled).
Unread: nothing is decided, because something was not read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check noticed about a resource; ``reason`` and ``message`` go into conditions."""

    owner: ObjectKey
    weight: Weight
    reason: str
    message: str
    path: str = ""
    want: PropertyValue = None
    have: PropertyValue = None


@dataclass(frozen=True, slots=True)
class Wait:
    """What a step waits for: a reason of the table, one sentence, the object, and until when if known."""

    reason: str
    message: str
    object: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step and everything that holds it back; it may run when nothing does.

    ``corrects`` are the paths that it brings back after someone else changed them (drift): each counts
    as a correction (R27).
    """

    step: Step
    waits: tuple[Wait, ...] = ()
    corrects: frozenset[str] = frozenset()

    @property
    def ready(self) -> bool:
        """Whether it may run now."""
        return not self.waits


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass decided.

    Attributes:
        released: resources being deleted that nothing holds any more: the finalizer may go.
        wake_at: the earliest instant at which the same reading gives another plan.
    """

    steps: tuple[PlannedStep, ...]
    findings: tuple[Finding, ...]
    released: tuple[ObjectKey, ...] = ()
    wake_at: datetime | None = None

    @property
    def digest(self) -> str:
        """Return ``plan-`` and 24 hex digits of the SHA-256 of the sorted step ids; no time, no gate."""
        ids = "\n".join(sorted(planned.step.step_id for planned in self.steps))
        return f"plan-{hashlib.sha256(ids.encode()).hexdigest()[:24]}"

    @property
    def ready(self) -> tuple[Step, ...]:
        """Return the steps that may run now, in order."""
        return tuple(planned.step for planned in self.steps if planned.ready)

    def of(self, owner: ObjectKey) -> tuple[PlannedStep, ...]:
        """Return the steps that a resource asks for."""
        return tuple(planned for planned in self.steps if planned.step.owner == owner)

    def findings_of(self, owner: ObjectKey) -> tuple[Finding, ...]:
        """Return the findings about a resource."""
        return tuple(finding for finding in self.findings if finding.owner == owner)

    def in_force(self, owner: ObjectKey) -> bool:
        """Whether everything that a resource declares was read as it should be."""
        return not self.of(owner) and not self.findings_of(owner)
