"""The engine's Records for somebody who only looks: what the statuses remember, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.kube import remembered
from um_operator.observed.ledger import Ledger, ObjectEntry


@dataclass(frozen=True, slots=True)
class RecalledRecords:
    """The statuses of one organisation's resources as they were read; what a pass learns is not kept."""

    organization: ObjectKey
    statuses: Mapping[ObjectKey, Status]

    @property
    def found(self) -> bool:
        """Whether the operator ever looked at the organisation."""
        return self.organization in self.statuses and self.statuses[self.organization].observed_generation > 0

    async def load_ledger(self) -> Ledger:
        """Return what the statuses remember."""
        return remembered.ledger_of(self.statuses, self.organization)

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        """Keep nothing."""

    async def remember_domain_controller(self, name: str, since: datetime) -> None:
        """Keep nothing."""

    async def load_statuses(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses as they were read."""
        return self.statuses

    async def save_statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Keep nothing."""

    async def release(self, key: ObjectKey) -> None:
        """Let nothing go."""
