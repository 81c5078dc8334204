"""Facts about devices to which CAs are brought: what they have, read back from the device itself."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class DeliveryFact:
    """A look at a device over its management.

    Attributes:
        held: SHA-256 of the CAs that it has, in force and kept: what counts as delivered.
        interrupts: whether calls may be lost while one is brought there, as the recipe says.
        procedure: what is done then, a line each, without secrets.
        reason: why it is left alone at present (R24), a word of the table; ``None``: nothing is in the way.
        busy: the same in a sentence.
    """

    held: frozenset[str]
    interrupts: bool = False
    procedure: tuple[str, ...] = ()
    reason: Reason | None = None
    busy: str = ""
