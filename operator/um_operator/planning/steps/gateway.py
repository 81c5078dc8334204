"""Steps that make, change, empty and remove a gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from um_operator.api.meta import ObjectKey
from um_operator.observed.exchange import GatewayState
from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, Change, SnapshotField, had, listed, wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStep(BaseStep):
    """A step on a gateway, by its name in Exchange."""

    gateway: str

    @property
    @override
    def subject(self) -> str:
        return subjects.of_gateway(self.gateway)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGateway(GatewayStep):
    """New-UMIPGateway without -UMDialPlan: no hunt group, so no call can use a half-made gateway."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways"})
    address: str
    ip_address_family: str | None = None

    @property
    @override
    def want(self) -> object:
        return {"address": self.address, "ipAddressFamily": self.ip_address_family}

    @property
    @override
    def sentence(self) -> str:
        return (
            f'Create gateway "{self.gateway}" with address "{self.address}", not yet linked to a dial plan.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGateway(GatewayStep):
    """Set-UMIPGateway. What interrupts calls (address, port, address family) is a step apart."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "hunt_groups", "dial_plans"})
    changes: tuple[Change, ...]

    @property
    @override
    def want(self) -> object:
        return wanted(self.changes)

    @property
    @override
    def have(self) -> object:
        return had(self.changes)

    @property
    @override
    def sentence(self) -> str:
        cost = "; interrupts calls through it for up to 10m" if self.interrupts else ""
        return f'Set {listed(self.changes)} of gateway "{self.gateway}"{cost}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGatewayPort(GatewayStep):
    """Set-UMIPGateway of the port that belongs to a plan's security: directly before SECURE, or back (R18).

    Attributes:
        plans: the dial plans that it is about, with the generations of their specs.
        back: whether the plans are as secure as before, and the port follows them.
        declared: the resource that stands for the gateway.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset(
        {"dial_plans", "gateways", "hunt_groups", "um_services", "call_routers"}
    )
    port: int
    before: int
    plans: Mapping[ObjectKey, int]
    back: bool = False
    declared: ObjectKey | None = None

    @property
    @override
    def want(self) -> object:
        return {"port": self.port}

    @property
    @override
    def have(self) -> object:
        return {"port": self.before}

    @property
    @override
    def sentence(self) -> str:
        plans = " and ".join(f'dial plan "{key.name}"' for key in self.plans)
        when = f"for {plans} went back" if self.back else f"directly before {plans} is secured"
        return f'Set port of gateway "{self.gateway}" from "{self.before}" to "{self.port}", {when}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGatewayState(GatewayStep):
    """Enabled, NoNewCalls or Disabled. Disabled comes after NoNewCalls and the end of the last call."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "active_calls"})
    state: GatewayState
    before: GatewayState
    drains: bool = False
    """Whether NoNewCalls is the way to a deletion or to Disabled, so that it is remembered as ours."""

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
class RemoveGateway(GatewayStep):
    """Remove-UMIPGateway, for a resource being deleted with deletionPolicy Delete."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "hunt_groups", "active_calls"})
    guid: str

    @property
    @override
    def have(self) -> object:
        return {"guid": self.guid}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove gateway "{self.gateway}"; calls from and to it fail.'
