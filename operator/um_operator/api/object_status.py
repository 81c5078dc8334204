"""The part of a status that every kind has, and what an object in Exchange adds to it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from um_operator.api.condition import Condition, Message, ReasonWord, StatusModel
from um_operator.api.model import Atomic, ListOf, at_most, keyed_by
from um_operator.api.strings import Instant

Word = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=256)]
Text = Annotated[str, Field(max_length=1024)]
Count = Annotated[int, Field(ge=0)]
Origin: TypeAlias = Literal["Created", "Adopted"]

MAX_DRIFT = 64
MAX_WAITING = 64
MAX_CORRECTED = 64
CORRECTIONS_KEPT = 3


class CommonStatus(StatusModel):
    """What every kind's status has."""

    observed_generation: Annotated[int, Field(ge=-1)] = -1
    """The newest generation that was seen; -1 before the first."""
    conditions: Annotated[ListOf[Condition], keyed_by("type"), at_most(16)] = ()
    """Statements about the resource."""
    last_handled_reconcile_at: Name | None = None
    """The value of the annotation reconcile-requested-at that was handled last."""
    last_handled_retry_at: Name | None = None
    """The value of the annotation retry-requested-at that was handled last."""


class NextWindow(StatusModel):
    """The next time in which interruptions may begin."""

    name: Name
    """The window's name."""
    starts_at: Instant
    """When it opens."""
    ends_at: Instant
    """When it closes."""


class Waiting(StatusModel):
    """Something that a step waits for."""

    object: Name
    """Who is waited for: ``Kind/name``, or a server."""
    reason: ReasonWord
    """Why it is not ready."""
    message: Message = ""
    """The same for a person."""


class Drift(StatusModel):
    """A declared field that is not as it was put in force."""

    path: Name
    """The field, as ``ignoreDrift`` would name it."""
    want: Text
    """The declared value."""
    have: Text
    """The value in Exchange."""
    since: Instant
    """When the difference was first read."""
    changed_by: Name | None = None
    """Who changed it, where the audit log was read."""
    corrections: Count | None = None
    """How often it was corrected within the last hour (R27)."""


class Corrections(StatusModel):
    """When a drifted field was corrected, oldest first (ledger, R27)."""

    path: Name
    """The field."""
    times: Annotated[ListOf[Instant], Atomic, at_most(CORRECTIONS_KEPT)] = ()
    """The instants."""


class ComparedStatus(CommonStatus):
    """What the status of a resource has whose declaration is compared with what is there."""

    applied_generation: Count | None = None
    """The newest generation that was once fully in force: a difference is pending before, drift after."""
    written_at: Instant | None = None
    """The last write for the resource (ledger)."""
    drift: Annotated[ListOf[Drift], keyed_by("path"), at_most(MAX_DRIFT)] = ()
    """Declared fields that are not as they were put in force."""
    corrections: Annotated[ListOf[Corrections], keyed_by("path"), at_most(MAX_CORRECTED)] = ()
    """When drifted fields were corrected (ledger)."""
    waiting_for: Annotated[ListOf[Waiting], Atomic, at_most(MAX_WAITING)] = ()
    """Whom steps wait for, and why."""
    next_window: NextWindow | None = None
    """The window that is waited for; only while one is."""


class ExchangeObjectStatus(ComparedStatus):
    """What the status of a resource has that stands for an object in Exchange."""

    name: Name | None = None
    """The object's name in Exchange."""
    guid: Word | None = None
    """The object's GUID in Exchange."""
    origin: Origin | None = None
    """Whether the operator created the object, or adopted it."""
    effective_at: Instant | None = None
    """When every server has certainly read what was written last (they poll every 10 minutes)."""


class GivenUp(StatusModel):
    """What did harm: it is not tried again until the spec changes or somebody asks (ledger)."""

    generation: Count
    """Of the spec that asked for it."""
    reason: ReasonWord
    """Why, in one word."""
    message: Message
    """Why, for a person."""
