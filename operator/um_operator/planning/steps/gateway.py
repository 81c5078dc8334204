"""Steps that make, change, empty and remove a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from um_operator.observed.exchange import GatewayState
from um_operator.planning.steps.base import BaseStep, Change, SnapshotField, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGateway(BaseStep):
    """New-UMIPGateway without -UMDialPlan: no hunt group, so no call can use a half-made gateway."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways"})
    gateway: str
    address: str
    ip_address_family: str | None = None

    @property
    @override
    def subject(self) -> str:
        return f"UMIPGateway/{self.gateway}"

    @property
    @override
    def want(self) -> object:
        return {"address": self.address, "ipAddressFamily": self.ip_address_family}

    @property
    @override
    def have(self) -> object:
        return None

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Create gateway "{self.gateway}" with address "{self.address}", not yet linked to a dial plan.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGateway(BaseStep):
    """Set-UMIPGateway. What interrupts calls (address, port, address family) is a step apart."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "hunt_groups", "dial_plans"})
    gateway: str
    changes: tuple[Change, ...]

    @property
    @override
    def subject(self) -> str:
        return f"UMIPGateway/{self.gateway}"

    @property
    @override
    def want(self) -> object:
        return {change.path: change.want for change in self.changes}

    @property
    @override
    def have(self) -> object:
        return {change.path: change.have for change in self.changes}

    @property
    @override
    def sentence(self) -> str:
        cost = "; interrupts calls through it for up to 10m" if self.interrupts else ""
        return f'Set {listed(self.changes)} of gateway "{self.gateway}"{cost}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGatewayState(BaseStep):
    """Enabled, NoNewCalls or Disabled. Disabled comes after NoNewCalls and the end of the last call."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "active_calls"})
    gateway: str
    state: GatewayState
    before: GatewayState
    drains: bool = False
    """Whether NoNewCalls is the way to a deletion or to Disabled, so that it is remembered as ours."""

    @property
    @override
    def subject(self) -> str:
        return f"UMIPGateway/{self.gateway}"

    @property
    @override
    def want(self) -> object:
        return {"state": self.state}

    @property
    @override
    def have(self) -> object:
        return {"state": self.before}

    @property
    @override
    def sentence(self) -> str:
        effect = {
            "Enabled": "it takes calls again",
            "NoNewCalls": "new calls through it fail, calls in progress go on",
            "Disabled": "it takes no calls",
        }[self.state]
        return f'Set state of gateway "{self.gateway}" from "{self.before}" to "{self.state}"; {effect}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGateway(BaseStep):
    """Remove-UMIPGateway, for a resource being deleted with deletionPolicy Delete."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "hunt_groups", "active_calls"})
    gateway: str
    guid: str

    @property
    @override
    def subject(self) -> str:
        return f"UMIPGateway/{self.gateway}"

    @property
    @override
    def want(self) -> object:
        return None

    @property
    @override
    def have(self) -> object:
        return {"guid": self.guid}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove gateway "{self.gateway}"; calls from and to it fail.'
