"""The plan: the steps that lead from what is observed to what is declared, and what each waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.values import PropertyValue
from um_operator.planning.grouping import grouped
from um_operator.planning.steps import SnapshotField, Step
from um_operator.planning.stored_plan import StoredPlan, digest_of

Weight: TypeAlias = Literal["Pending", "Drift", "Blocked", "Unread"]
"""Pending: not yet once in force. Drift: was in force and changed. Blocked: will not be tried (Stalled).
Unread: nothing is decided, because something was not read."""

DIFFERS: Final = "Differs"
MISSING: Final = "Missing"
"""The two reasons of findings that are no condition's reason: what becomes of a difference is."""


POLL: Final = timedelta(minutes=10)
"""How often servers read plans, gateways and hunt groups again (field notes 3.6)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check noticed about a resource; ``reason`` and ``message`` go into conditions.

    ``path`` is the declared field that differs, as ``ignoreDrift`` names it; empty if it is about no field.
    """

    owner: ObjectKey
    weight: Weight
    reason: str
    message: str
    path: str = ""
    want: PropertyValue = None
    have: PropertyValue = None


@dataclass(frozen=True, slots=True)
class Need:
    """What has to become different in Exchange before a wait ends: a step's subject and some of its paths.

    ``paths``: as a step's ``want`` names them, ``name`` for existence itself; empty: anything of it.
    """

    subject: str
    paths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wait:
    """What a step waits for.

    Attributes:
        reason: a reason of the table for conditions, such as WaitingForServers.
        message: one sentence.
        object: who is waited for, ``Kind/name``; empty if nobody in particular.
        detail: why that one is not ready, such as StartupModeTCP; empty if ``reason`` says it all.
        until: when the wait certainly ends, if that is known.
        needs: what steps, if there are such, have to change first.
        reads: what has to be read for it to end, of the server ``object`` if one is named; empty: not told.
    """

    reason: str
    message: str
    object: str = ""
    detail: str = ""
    until: datetime | None = None
    needs: tuple[Need, ...] = ()
    reads: frozenset[SnapshotField] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step and everything that holds it back; it may run when nothing does.

    Attributes:
        corrects: the paths that it repairs because they drifted; each counts as a correction (R27).
        requires: the ids of the planned steps that it waits for by the order of things.
    """

    step: Step
    waits: tuple[Wait, ...] = ()
    corrects: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it may run now."""
        return not self.waits


@dataclass(frozen=True, slots=True)
class ApprovalReport:
    """How approval stands for the steps that need one: all in mode Plan, in Enforce those that say so.

    Attributes:
        steps: how many there are.
        interrupting: how many of them interrupt calls.
        approved: the plan that ``spec.approvedPlan`` names, if it can be used.
        carried_out: whether nothing of the approved plan is planned any more.
        pending: the plan to be approved, as it is stored; ``None`` if nothing waits, or it is too large.
        told: what a person has to know of the approval, reason and sentence, the worst first.
    """

    steps: int = 0
    interrupting: int = 0
    approved: StoredPlan | None = None
    carried_out: bool = False
    pending: StoredPlan | None = None
    told: tuple[tuple[Reason, str], ...] = ()


INVALID: Final = "the resource is invalid"
"""Why the object of a resource that cannot be used stays in Exchange."""


@dataclass(frozen=True)
class Plan:
    """What one pass decided.

    Attributes:
        wake_at: the earliest instant at which the same reading plans otherwise.
        look_at: when to read again, because something is under way that ends by itself: calls, a start.
        judged_at: when everything has to be read to judge whether what was written works.
        attended: ``name_key`` of the servers on which it is under way.
        released: resources being deleted for which nothing is left to do, each with why its object stays in
            Exchange although it was to go; empty where nothing stays that should not.
        approval: how approval stands.
        warnings: what goes wrong by and by unless a person changes something, though nothing is wrong now.
    """

    steps: tuple[PlannedStep, ...]
    findings: tuple[Finding, ...]
    wake_at: datetime | None = None
    look_at: datetime | None = None
    judged_at: datetime | None = None
    attended: frozenset[str] = frozenset()
    released: Mapping[ObjectKey, str] = field(default_factory=dict)
    approval: ApprovalReport = ApprovalReport()
    warnings: Mapping[ObjectKey, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return ``plan-`` and 24 hex digits of the SHA-256 of the sorted step ids; no time, no gate."""
        return digest_of(planned.step.step_id for planned in self.steps)

    @property
    def unread(self) -> bool:
        """Whether the plan lacks what could not be decided, because something was not read."""
        return any(finding.weight == "Unread" for finding in self.findings)

    @property
    def ready(self) -> tuple[Step, ...]:
        """Return the steps that may run now, in order."""
        return tuple(planned.step for planned in self.steps if planned.ready)

    def of(self, owner: ObjectKey) -> tuple[PlannedStep, ...]:
        """Return the steps that a resource asks for."""
        return self._steps_by_owner.get(owner, ())

    def findings_of(self, owner: ObjectKey) -> tuple[Finding, ...]:
        """Return the findings about a resource."""
        return self._findings_by_owner.get(owner, ())

    def in_force(self, owner: ObjectKey) -> bool:
        """Whether everything that a resource declares was read as it is declared."""
        return not self.findings_of(owner) and not self.of(owner)

    @cached_property
    def _steps_by_owner(self) -> Mapping[ObjectKey, tuple[PlannedStep, ...]]:
        return grouped(self.steps, lambda planned: planned.step.owner)

    @cached_property
    def _findings_by_owner(self) -> Mapping[ObjectKey, tuple[Finding, ...]]:
        return grouped(self.findings, lambda finding: finding.owner)
