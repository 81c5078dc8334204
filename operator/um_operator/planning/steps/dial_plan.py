"""Steps that make, change and remove a dial plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from um_operator.observed.exchange import VoIPSecurity
from um_operator.observed.ledger import Reported
from um_operator.observed.values import PropertyValue, display
from um_operator.planning.steps import subjects
from um_operator.planning.steps.base import BaseStep, Change, SnapshotField, had, listed, wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlanStep(BaseStep):
    """A step on a dial plan, by its name in Exchange."""

    dial_plan: str

    @property
    @override
    def subject(self) -> str:
        return subjects.of_dial_plan(self.dial_plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDialPlan(DialPlanStep):
    """New-UMDialPlan, always Unsecured; what New- has no parameter for follows by SetDialPlan."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans"})
    properties: Mapping[str, PropertyValue]

    @property
    @override
    def want(self) -> object:
        return dict(self.properties)

    @property
    @override
    def sentence(self) -> str:
        digits = display(self.properties["numberOfDigitsInExtension"])
        kind = display(self.properties["uriType"])
        return f'Create dial plan "{self.dial_plan}" ({kind}, {digits} digits, Unsecured).'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDialPlan(DialPlanStep):
    """Set-UMDialPlan of properties that need no restart and cut no call."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans"})
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
        return f'Set {listed(self.changes)} of dial plan "{self.dial_plan}".'


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVoIPSecurity(DialPlanStep):
    """The cut-over of a plan (R18): a step of its own, always interrupting.

    Attributes:
        generation: of the spec that asks for it.
        back: whether it is the way back from securing that failed.
        reports: what servers have told of failing calls so far, by ``name_key`` of their FQDN.
    """

    reads: ClassVar[frozenset[SnapshotField]] = frozenset(
        {"dial_plans", "gateways", "hunt_groups", "um_services", "call_routers"}
    )
    security: VoIPSecurity
    before: VoIPSecurity
    generation: int = 0
    back: bool = False
    reports: Mapping[str, Reported] = field(default_factory=dict)

    @property
    def secures(self) -> bool:
        """Whether calls of the plan are to be encrypted afterwards that were less so before."""
        return self.security != "Unsecured" and not self.back

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
class RemoveMailboxPolicy(DialPlanStep):
    """Remove-UMMailboxPolicy of the default policy of a plan that we created, before the plan goes."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "mailbox_policies", "hunt_groups"})
    policy: str

    @property
    @override
    def subject(self) -> str:
        return subjects.of_mailbox_policy(self.policy)

    @property
    @override
    def have(self) -> object:
        return {"dialPlan": self.dial_plan}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove mailbox policy "{self.policy}", which was made with dial plan "{self.dial_plan}".'


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDialPlan(DialPlanStep):
    """Remove-UMDialPlan, for a resource being deleted with deletionPolicy Delete."""

    reads: ClassVar[frozenset[SnapshotField]] = frozenset({"dial_plans", "hunt_groups", "mailbox_policies"})
    guid: str

    @property
    @override
    def have(self) -> object:
        return {"guid": self.guid}

    @property
    @override
    def sentence(self) -> str:
        return f'Remove dial plan "{self.dial_plan}"; calls to its numbers are no longer answered.'
