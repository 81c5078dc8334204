"""Known or Unknown: what was read, and what could not be.

Unknown is not absent (R1): only a complete, successful list makes something absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A value and the instant at which its reading began."""

    value: T
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nothing is known, and since when. ``reason`` is a CamelCase word of the reasons table."""

    reason: str
    message: str
    since: datetime


Fact: TypeAlias = Known[T] | Unknown


class NotReadError(Exception):
    """A reading that failed or is not complete, so that nothing follows from it (R1).

    Attributes:
        reason: a CamelCase word of the reasons table.
        message: one line for a person.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
