"""What one pass reads."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.planning.steps import SnapshotField


@dataclass(frozen=True, slots=True)
class Scope:
    """What a pass reads: all lists or some; ``active_calls`` names the gateways whose calls are counted."""

    fields: frozenset[SnapshotField] | None = None
    active_calls: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether all lists are read."""
        return self.fields is None
