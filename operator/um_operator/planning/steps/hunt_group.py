"""Steps that link a gateway to a dial plan, and part them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, SnapshotField


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntGroupStep(BaseStep):
    """A step on a hunt group: what it links, all by their names in Exchange."""

    gateway: str
    dial_plan: str
    pilot_identifier: str
    name: str

    @property
    @override
    def subject(self) -> str:
        return subjects.of_hunt_group(self.gateway, self.name)

    @property
    def link(self) -> dict[str, str]:
        """Return what makes the hunt group what it is, besides its gateway."""
        return {"dialPlan": self.dial_plan, "pilotIdentifier": self.pilot_identifier}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHuntGroup(HuntGroupStep):
    """New-UMHuntGroup: the link that makes servers take calls of a gateway for a plan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hunt_groups", "gateways", "dial_plans"})

    @property
    @override
    def want(self) -> object:
        return self.link

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Create hunt group "{self.name}" of gateway "{self.gateway}" for dial plan "{self.dial_plan}", '
            f'pilot "{self.pilot_identifier}".'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveHuntGroup(HuntGroupStep):
    """Remove-UMHuntGroup; what replaces it was added before (R21)."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hunt_groups", "gateways", "active_calls"})

    @property
    @override
    def have(self) -> object:
        return self.link

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Remove hunt group "{self.name}" of gateway "{self.gateway}"; its calls to pilot '
            f'"{self.pilot_identifier}" of dial plan "{self.dial_plan}" fail.'
        )
