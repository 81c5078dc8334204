"""Steps that make, change and remove a dial plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from um_operator.observed.exchange import VoIPSecurity
from um_operator.observed.values import PropertyValue, display
from um_operator.planning.steps.base import BaseStep, Change, SnapshotField, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDialPlan(BaseStep):
    """New-UMDialPlan, always Unsecured; what New- has no parameter for follows by SetDialPlan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans"})
    dial_plan: str
    properties: Mapping[str, PropertyValue]

    @property
    @override
    def subject(self) -> str:
        return f"UMDialPlan/{self.dial_plan}"

    @property
    @override
    def want(self) -> object:
        return dict(self.properties)

    @property
    @override
    def have(self) -> object:
        return None

    @property
    @override
    def sentence(self) -> str:
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
    @override
    def subject(self) -> str:
        return f"UMDialPlan/{self.dial_plan}"

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
        return f'Set {listed(self.changes)} of dial plan "{self.dial_plan}".'


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
    @override
    def subject(self) -> str:
        return f"UMDialPlan/{self.dial_plan}"

    @property
    @override
    def want(self) -> object:
        return {"voipSecurity": self.security}

    @property
    @override
    def have(self) -> object:
        return {"voipSecurity": self.before}

    @property
    @override
    def sentence(self) -> str:
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
    @override
    def subject(self) -> str:
        return f"UMMailboxPolicy/{self.policy}"

    @property
    @override
    def want(self) -> object:
        return None

    @property
    @override
    def have(self) -> object:
        return {"dialPlan": self.dial_plan}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove mailbox policy "{self.policy}", which was made with dial plan "{self.dial_plan}".'


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDialPlan(BaseStep):
    """Remove-UMDialPlan, for a resource being deleted with deletionPolicy Delete."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "hunt_groups", "mailbox_policies"})
    dial_plan: str
    guid: str

    @property
    @override
    def subject(self) -> str:
        return f"UMDialPlan/{self.dial_plan}"

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
        return f'Remove dial plan "{self.dial_plan}"; calls to its numbers are no longer answered.'
