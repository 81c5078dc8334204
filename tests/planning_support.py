"""One organisation under the planner: manifests, a model estate, the ledger, a clock in the test's hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from manifests_support import organization_document, valid
from model_estate import ModelEstate
from um_operator.api.certificate import UMCertificate
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.api.meta import FINALIZER, ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Owned, Resources
from um_operator.engine import ledger as transitions
from um_operator.observed.exchange import HuntGroupFact
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.approval import Approval
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import Plan, PlannedStep, Wait
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import Step
from um_operator.planning.stored_plan import StoredPlan

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PBX = ObjectKey("UMDialPlan", "pbx")
SBC01 = ObjectKey("UMIPGateway", "sbc01")


R = TypeVar("R", ExchangeOrganization, UMCertificate, UMDialPlan, UMIPGateway)


def deleted(resource: R) -> R:
    """Return a resource that is being deleted and carries the finalizer."""
    metadata = {"deletion_timestamp": "2026-11-25T11:00:00Z", "finalizers": (FINALIZER,)}
    return resource.model_copy(update={"metadata": resource.metadata.model_copy(update=metadata)})


def group_fact(gateway: str, plan: str, pilot: str = "", name: str = "Default Hunt Group") -> HuntGroupFact:
    return HuntGroupFact(name, gateway, plan, pilot)


@dataclass(frozen=True)
class World:
    """Everything that a plan is made of; each method returns a changed world."""

    resources: tuple[Owned, ...]
    estate: ModelEstate = field(default_factory=ModelEstate)
    ledger: Ledger = field(default_factory=Ledger)
    now: datetime = NOW
    organization: dict[str, Any] = field(default_factory=lambda: {"mode": "Enforce"})
    approval: Approval = field(default_factory=Approval)
    declared: DesiredOrganization | None = None

    @cached_property
    def owner(self) -> ExchangeOrganization:
        """Return the organisation that everything belongs to."""
        return valid(organization_document(**{"mode": "Enforce", **self.organization}), ExchangeOrganization)

    @cached_property
    def desired(self) -> DesiredOrganization:
        """Return what is declared."""
        return self.declared or resolve(Resources.of([self.owner, *self.resources]), self.owner)

    @cached_property
    def snapshot(self) -> Snapshot:
        """Return the estate as read now."""
        return self.estate.read(self.now)

    @cached_property
    def plan(self) -> Plan:
        """Return the plan for what is read now."""
        return make_plan(
            self.desired,
            self.snapshot,
            self.ledger,
            self.now,
            pass_started=self.now,
            approval=self.approval,
        )

    def remembering(self, key: ObjectKey, **entry: Any) -> World:
        """Return the world with a ledger entry of a resource."""
        return replace(self, ledger=self.ledger.with_entries({key: ObjectEntry(**entry)}))

    def declaring(self, *resources: Owned) -> World:
        """Return the world with other manifests."""
        return replace(self, resources=resources)

    def wanting(self, desired: DesiredOrganization) -> World:
        """Return the world in which this is declared, whatever the manifests say."""
        return replace(self, declared=desired)

    def approving(self, plan: StoredPlan) -> World:
        """Return the world in which a stored plan is approved."""
        organization = {**self.organization, "approvedPlan": plan.digest}
        return replace(self, organization=organization, approval=Approval(approved=plan))

    def in_force(self) -> World:
        """Return the world after a pass that found what is equal to be in force."""
        return replace(self, ledger=self._noted(self._seen()))

    def later(self, by: timedelta) -> World:
        """Return the world when time has gone by."""
        return replace(self, now=self.now + by)

    def ran(self, planned: PlannedStep) -> World:
        """Return the world after a step, and after it was read again."""
        key = self.desired.key
        before = transitions.begun(planned.step, self.ledger, key, planned.corrects, self.now)
        estate = self.estate.after(planned.step)
        ledger = transitions.ended(planned.step, self.ledger, before, key, Outcome("Done"), self.now)
        return replace(self, estate=estate, ledger=ledger, now=self.now + timedelta(seconds=1)).seen()

    def seen(self) -> World:
        """Return the world with what the ledger learns from reading."""
        return replace(self, ledger=self._seen())

    def settled(self, most: int = 500) -> World:
        """Return the world after passes until nothing is ready."""
        world = self.seen()
        for _ in range(most):
            ready = [planned for planned in world.plan.steps if planned.ready]
            if not ready:
                return replace(world, ledger=world._noted(world.ledger))
            world = world.ran(ready[0])
        raise AssertionError(f"after {most} steps something is still ready")

    def patient(self) -> World:
        """Return the world after passes until nothing is left that ends by itself at a known instant."""
        world = self.settled()
        for _ in range(20):
            if world.plan.wake_at is None:
                return world
            world = world.awake().settled()
        raise AssertionError("it never ends")

    def awake(self) -> World:
        """Return the world at the instant at which the plan wants to be made again."""
        assert self.plan.wake_at is not None
        return replace(self, now=self.plan.wake_at)

    def _seen(self) -> Ledger:
        ledger = self.ledger
        for item in self.desired.objects:
            entry = transitions.observed(ledger.entry(item.key), item, self.snapshot, self.now)
            ledger = ledger.with_entries({item.key: entry})
        return ledger

    def _noted(self, ledger: Ledger) -> Ledger:
        plan = replace(self, ledger=ledger).plan
        for item in self.desired.objects:
            if plan.in_force(item.key):
                entry = transitions.in_force(ledger.entry(item.key), item.generation)
                ledger = ledger.with_entries({item.key: entry})
        return ledger


def sentences(plan: Plan) -> list[str]:
    """Return the plan's steps in words."""
    return [planned.step.sentence for planned in plan.steps]


def kinds(plan: Plan) -> list[str]:
    """Return the plan's step types, in order."""
    return [type(planned.step).__name__ for planned in plan.steps]


def of_type(plan: Plan, kind: type[Step]) -> PlannedStep:
    """Return the only step of a type."""
    (found,) = [planned for planned in plan.steps if isinstance(planned.step, kind)]
    return found


def reasons(waits: tuple[Wait, ...]) -> list[str]:
    """Return what is waited for, in words of the reasons table."""
    return [wait.detail or wait.reason for wait in waits]


def findings(plan: Plan, key: ObjectKey) -> list[tuple[str, str]]:
    """Return weight and reason of each finding about a resource."""
    return [(finding.weight, finding.reason) for finding in plan.findings_of(key)]
