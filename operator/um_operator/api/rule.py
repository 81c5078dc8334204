"""A rule across fields: the CEL text of the CRD and the same in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from um_operator.api.model import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Rule(Generic[M]):
    """What must hold of an object; ``field`` (camelCase) is where a problem is shown."""

    where: type[M]
    field: str
    cel: str
    holds: Callable[[M], bool]
    sentence: str


@dataclass(frozen=True, slots=True)
class Transition(Generic[M]):
    """What must hold between an object and what it was before (``oldSelf``)."""

    where: type[M]
    field: str
    cel: str
    holds: Callable[[M, M], bool]
    sentence: str
