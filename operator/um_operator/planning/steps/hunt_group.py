"""Steps that link a gateway to a dial plan, and part them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from um_operator.planning.steps.base import BaseStep, SnapshotField


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHuntGroup(BaseStep):
    """New-UMHuntGroup: the link that makes servers take calls of a gateway for a plan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hunt_groups", "gateways", "dial_plans"})
    gateway: str
    dial_plan: str
    pilot_identifier: str
    name: str

    @property
    @override
    def subject(self) -> str:
        return f"UMHuntGroup/{self.gateway}\\{self.name}"

    @property
    @override
    def want(self) -> object:
        return {"dialPlan": self.dial_plan, "pilotIdentifier": self.pilot_identifier}

    @property
    @override
    def have(self) -> object:
        return None

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Create hunt group "{self.name}" of gateway "{self.gateway}" for dial plan "{self.dial_plan}", '
            f'pilot "{self.pilot_identifier}".'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveHuntGroup(BaseStep):
    """Remove-UMHuntGroup; what replaces it was added before (R21)."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hunt_groups", "gateways", "active_calls"})
    gateway: str
    dial_plan: str
    pilot_identifier: str
    name: str

    @property
    @override
    def subject(self) -> str:
        return f"UMHuntGroup/{self.gateway}\\{self.name}"

    @property
    @override
    def want(self) -> object:
        return None

    @property
    @override
    def have(self) -> object:
        return {"dialPlan": self.dial_plan, "pilotIdentifier": self.pilot_identifier}

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Remove hunt group "{self.name}" of gateway "{self.gateway}"; its calls to pilot '
            f'"{self.pilot_identifier}" of dial plan "{self.dial_plan}" fail.'
        )
