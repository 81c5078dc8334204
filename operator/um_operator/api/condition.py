"""The Condition of Kubernetes' API conventions."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from um_operator.api.model import Model
from um_operator.api.strings import Instant
from um_operator.api.text import Text

ConditionStatus: TypeAlias = Literal["True", "False", "Unknown"]
ConditionType: TypeAlias = Literal[
    "Ready",
    "Reconciling",
    "Stalled",
    "Drifted",
    "RestartPending",
    "PlanPending",
    "ManualActionRequired",
    "Suspended",
]

MESSAGE_MAX = 4096
Message = Annotated[str, Field(max_length=MESSAGE_MAX)]
ReasonWord = Annotated[str, Text(64, r"^[A-Z][A-Za-z0-9]*$", "must be one word in CamelCase")]


class StatusModel(Model):
    """What the operator writes: made in Python by field name; what another release wrote is ignored."""

    model_config = ConfigDict(extra="ignore", validate_by_name=True)


class Condition(StatusModel):
    """One statement about a resource. Ready always stands there, every other type only while it is True."""

    type: ConditionType
    """What is stated."""
    status: ConditionStatus
    """Whether it is so."""
    reason: ReasonWord
    """Why, as one word of the table of reasons."""
    message: Message = ""
    """Why, for a person: deterministic, one line, values in double quotes."""
    last_transition_time: Instant | None = None
    """When ``status`` changed last."""
    observed_generation: Annotated[int, Field(ge=0)] | None = None
    """The generation of the spec that it was judged by."""
