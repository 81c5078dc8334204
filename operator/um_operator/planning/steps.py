"""The closed union of steps: what the operator can do to Exchange, as plain data.

A step says what it changes from what to what, in one sentence for a person too. It knows neither its
successor (planning/order.py) nor whether it may run (planning/gates.py), nor a cmdlet (exchange/apply.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.exchange import GatewayState, VoIPSecurity
from um_operator.observed.values import PropertyValue, display

SnapshotField: TypeAlias = Literal[
    "dial_plans", "gateways", "hunt_groups", "mailbox_policies", "um_services", "call_routers", "active_calls"
]

AS_CREATED = "as created"
"""The ``have`` of a property that a create step of the same plan leaves at its default, until it was in force."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property: its path in the spec, what Git has, what Exchange has."""

    path: str
    want: PropertyValue
    have: PropertyValue

    @property
    def sentence(self) -> str:
        """Return ``port from "5060" to "5061"``."""
        return f'{self.path} from "{display(self.have)}" to "{display(self.want)}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStep:
    """What all steps have.

    Attributes:
        owner: the resource that asks for it.
        interrupts: whether calls fail while or because it runs; such a step waits for a window (R26).
    """

    owner: ObjectKey
    interrupts: bool = False

    reads: ClassVar[frozenset[SnapshotField]]
    deadline: ClassVar[timedelta] = timedelta(seconds=60)

    @property
    def subject(self) -> str:
        """Return what is changed, in Exchange's terms, e.g. ``UMIPGateway/sbc01``."""
        raise NotImplementedError

    @property
    def want(self) -> object:
        """Return the state after the step, as JSON-able plain data."""
        raise NotImplementedError

    @property
    def have(self) -> object:
        """Return the state before the step, as JSON-able plain data; ``None`` is absent."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """Return one sentence for a person, values in double quotes, without clock or chance."""
        raise NotImplementedError

    @property
    def step_id(self) -> str:
        """Return SHA-256 (hex) of the canonical (type, subject, want, have)."""
        content = [type(self).__name__, self.subject, self.want, self.have]
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDialPlan(BaseStep):
    """New-UMDialPlan, always Unsecured; what New- has no parameter for follows by SetDialPlan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans"})
    dial_plan: str
    properties: Mapping[str, PropertyValue]

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMDialPlan/{self.dial_plan}"

    @property
    def want(self) -> object:  # noqa: D102
        return dict(self.properties)

    @property
    def have(self) -> object:  # noqa: D102
        return None

    @property
    def sentence(self) -> str:  # noqa: D102
        digits = display(self.properties["numberOfDigitsInExtension"])
        kind = display(self.properties["uriType"])
        return f'Create dial plan "{self.dial_plan}" ({kind}, {digits} digits, Unsecured).'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDialPlan(BaseStep):
    """Set-UMDialPlan of properties that need no restart and cut no call."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans"})
    dial_plan: str
    changes: tuple[Change, ...]

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMDialPlan/{self.dial_plan}"

    @property
    def want(self) -> object:  # noqa: D102
        return {change.path: change.want for change in self.changes}

    @property
    def have(self) -> object:  # noqa: D102
        return {change.path: change.have for change in self.changes}

    @property
    def sentence(self) -> str:  # noqa: D102
        return f'Set {_listed(self.changes)} of dial plan "{self.dial_plan}".'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVoIPSecurity(BaseStep):
    """The cut-over of a plan (R18): a step of its own, always interrupting."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset(
        {"dial_plans", "gateways", "hunt_groups", "um_services", "call_routers"}
    )
    dial_plan: str
    security: VoIPSecurity
    before: VoIPSecurity

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMDialPlan/{self.dial_plan}"

    @property
    def want(self) -> object:  # noqa: D102
        return {"voipSecurity": self.security}

    @property
    def have(self) -> object:  # noqa: D102
        return {"voipSecurity": self.before}

    @property
    def sentence(self) -> str:  # noqa: D102
        return (
            f'Set voipSecurity of dial plan "{self.dial_plan}" from "{self.before}" to "{self.security}"; '
            "interrupts its calls while the servers read it, for up to 10m."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMailboxPolicy(BaseStep):
    """Remove-UMMailboxPolicy of the default policy of a plan that we created, before the plan goes."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "mailbox_policies", "hunt_groups"})
    dial_plan: str
    policy: str

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMMailboxPolicy/{self.policy}"

    @property
    def want(self) -> object:  # noqa: D102
        return None

    @property
    def have(self) -> object:  # noqa: D102
        return {"dialPlan": self.dial_plan}

    @property
    def sentence(self) -> str:  # noqa: D102
        return f'Remove mailbox policy "{self.policy}", which was made with dial plan "{self.dial_plan}".'


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDialPlan(BaseStep):
    """Remove-UMDialPlan, for a resource being deleted with deletionPolicy Delete."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "hunt_groups", "mailbox_policies"})
    dial_plan: str
    guid: str

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMDialPlan/{self.dial_plan}"

    @property
    def want(self) -> object:  # noqa: D102
        return None

    @property
    def have(self) -> object:  # noqa: D102
        return {"guid": self.guid}

    @property
    def sentence(self) -> str:  # noqa: D102
        return f'Remove dial plan "{self.dial_plan}"; calls to its numbers are no longer answered.'


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGateway(BaseStep):
    """New-UMIPGateway without -UMDialPlan: no hunt group, so no call can use a half-made gateway."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways"})
    gateway: str
    address: str
    ip_address_family: str | None = None

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMIPGateway/{self.gateway}"

    @property
    def want(self) -> object:  # noqa: D102
        return {"address": self.address, "ipAddressFamily": self.ip_address_family}

    @property
    def have(self) -> object:  # noqa: D102
        return None

    @property
    def sentence(self) -> str:  # noqa: D102
        return (
            f'Create gateway "{self.gateway}" with address "{self.address}", not yet linked to a dial plan.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGateway(BaseStep):
    """Set-UMIPGateway. Interrupting changes (address, port, address family) of a linked gateway stand apart."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "hunt_groups", "dial_plans"})
    gateway: str
    changes: tuple[Change, ...]

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMIPGateway/{self.gateway}"

    @property
    def want(self) -> object:  # noqa: D102
        return {change.path: change.want for change in self.changes}

    @property
    def have(self) -> object:  # noqa: D102
        return {change.path: change.have for change in self.changes}

    @property
    def sentence(self) -> str:  # noqa: D102
        cost = "; interrupts calls through it for up to 10m" if self.interrupts else ""
        return f'Set {_listed(self.changes)} of gateway "{self.gateway}"{cost}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGatewayState(BaseStep):
    """Enabled, NoNewCalls or Disabled. Disabled comes after NoNewCalls and the end of the last call."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"gateways", "active_calls"})
    gateway: str
    state: GatewayState
    before: GatewayState
    drains: bool = False
    """Whether NoNewCalls is the first part of a deletion, so that the state is remembered as ours."""

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMIPGateway/{self.gateway}"

    @property
    def want(self) -> object:  # noqa: D102
        return {"state": self.state}

    @property
    def have(self) -> object:  # noqa: D102
        return {"state": self.before}

    @property
    def sentence(self) -> str:  # noqa: D102
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
    def subject(self) -> str:  # noqa: D102
        return f"UMIPGateway/{self.gateway}"

    @property
    def want(self) -> object:  # noqa: D102
        return None

    @property
    def have(self) -> object:  # noqa: D102
        return {"guid": self.guid}

    @property
    def sentence(self) -> str:  # noqa: D102
        return f'Remove gateway "{self.gateway}"; calls from and to it fail.'


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHuntGroup(BaseStep):
    """New-UMHuntGroup: the link that makes servers take calls of a gateway for a plan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"hunt_groups", "gateways", "dial_plans"})
    gateway: str
    dial_plan: str
    pilot_identifier: str
    name: str

    @property
    def subject(self) -> str:  # noqa: D102
        return f"UMHuntGroup/{self.gateway}\\{self.name}"

    @property
    def want(self) -> object:  # noqa: D102
        return {"dialPlan": self.dial_plan, "pilotIdentifier": self.pilot_identifier}

    @property
    def have(self) -> object:  # noqa: D102
        return None

    @property
    def sentence(self) -> str:  # noqa: D102
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
    def subject(self) -> str:  # noqa: D102
        return f"UMHuntGroup/{self.gateway}\\{self.name}"

    @property
    def want(self) -> object:  # noqa: D102
        return None

    @property
    def have(self) -> object:  # noqa: D102
        return {"dialPlan": self.dial_plan, "pilotIdentifier": self.pilot_identifier}

    @property
    def sentence(self) -> str:  # noqa: D102
        return (
            f'Remove hunt group "{self.name}" of gateway "{self.gateway}"; its calls to pilot '
            f'"{self.pilot_identifier}" of dial plan "{self.dial_plan}" fail.'
        )


Step: TypeAlias = (
    CreateDialPlan | SetDialPlan | SetVoIPSecurity | RemoveMailboxPolicy | RemoveDialPlan
    | CreateGateway | SetGateway | SetGatewayState | RemoveGateway
    | CreateHuntGroup | RemoveHuntGroup
)  # fmt: skip


def _listed(changes: tuple[Change, ...]) -> str:
    return ", ".join(change.sentence for change in changes)
