"""What one pass reads."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.planning.steps import SnapshotField


@dataclass(frozen=True, slots=True)
class Scope:
    """What a pass reads.

    Attributes:
        fields: the lists; ``None``: all.
        active_calls: gateways whose calls are counted.
        hosts: whether servers are asked for certificates, services and listeners.
    """

    fields: frozenset[SnapshotField] | None = None
    active_calls: frozenset[str] = frozenset()
    hosts: bool = False

    @property
    def everything(self) -> bool:
        """Whether all lists are read."""
        return self.fields is None
