"""What all ways of working on a device have in common: look, add, keep, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from um_operator.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Look:
    """What a device showed.

    Attributes:
        in_force: SHA-256 of the CAs that its TLS accepts.
        kept: SHA-256 of those with which it comes up again.
        reason: why it must be left alone, a word of the table; ``None``: nobody else is at work.
        busy: the same in a sentence.
    """

    in_force: frozenset[str]
    kept: frozenset[str]
    reason: Reason | None = None
    busy: str = ""

    @property
    def held(self) -> frozenset[str]:
        """Return what counts as delivered: in force and kept."""
        return self.in_force & self.kept


class Device(Protocol):
    """An open session with a device. Everything raises DeliveryError."""

    async def look(self) -> Look:
        """Read what it has, and whether others are at work on it."""

    async def add(self, certificates: Sequence[bytes]) -> None:
        """Put CAs (DER) in force beside what is there.

        Raises:
            BusyError: something changed since ``look``; nothing was written.
        """

    async def keep(self) -> None:
        """Have what was added outlast a restart of the device."""

    async def take_back(self) -> None:
        """Put the device back to what it was before ``add``."""
