"""An organisation that cannot even be asked: everything of it is unknown, and each resource says why."""

from __future__ import annotations

from dataclasses import dataclass

from um_operator.engine.ports import Clock
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.scope import Scope


@dataclass(frozen=True, slots=True)
class UnconnectedEstate:
    """The engine's Estate where no connection can be made, with the reason for conditions."""

    reason: str
    message: str
    clock: Clock

    async def read(
        self,
        scope: Scope,  # noqa: ARG002
        previous: Snapshot | None,  # noqa: ARG002
        domain_controller: str | None,  # noqa: ARG002
    ) -> Snapshot:
        """Return that nothing is known."""
        return Snapshot.unread(self.reason, self.message, self.clock.now())

    async def choose_domain_controller(
        self,
        snapshot: Snapshot,  # noqa: ARG002
        current: str | None,
    ) -> str | None:
        """Return the one that is kept."""
        return current

    async def close(self) -> None:
        """Free nothing."""
