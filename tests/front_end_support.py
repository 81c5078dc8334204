"""Both products under the planner, with a pool whose front ends stop and start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from front_end_model import POOL, Pool
from lync_support import CONTACT, JOINED, LYNC_OF_ORGANIZATION, SECURED, LyncEstate, sip_plan
from manifests_support import lync_integration
from model_estate import ModelEstate, gateway_fact
from planning_support import World, group_fact
from um_operator.desired.resources import Owned
from um_operator.engine import front_end_ledger
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import HostEvent
from um_operator.observed.ledger import Ledger
from um_operator.observed.lync import FrontEndFacts, PoolState
from um_operator.observed.restarts import Integrated, Stopped
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.steps import StartFrontEndServices, Step, StopFrontEndServices

LINKED = (SECURED, gateway_fact("pool", address=POOL, port=5061), group_fact("pool", "Contoso-Lync"))
"""A pool that is linked to its dial plan."""


@dataclass(frozen=True)
class PoolEstate(LyncEstate):
    """An estate with one pool, of which everything is shown.

    Attributes:
        pool: its front ends.
        hidden: what cannot be read: ``services``, ``readiness``, ``fabric`` of the pool; ``pools``: any pool.
        told: telling events by the FQDN of a front end.
    """

    pool: Pool = field(default_factory=lambda: Pool.of(4))
    hidden: frozenset[str] = frozenset()
    told: Mapping[str, tuple[HostEvent, ...]] = field(default_factory=dict)

    def read(self, at: datetime) -> Snapshot:
        """Return everything, as read at an instant."""
        snapshot = super().read(at)
        if snapshot.lync is None:
            return snapshot
        state = PoolState(
            Known(1840, at),
            self._fact("readiness", self.pool.readiness, at),
            self._fact("fabric", self.pool.fabric, at),
        )
        pools = Unknown("Unreachable", "no answer", at) if "pools" in self.hidden else snapshot.lync.pools
        return replace(snapshot, lync=replace(snapshot.lync, pools=pools, pool_states={POOL: state}))

    def _front_end(self, fqdn: str, at: datetime) -> FrontEndFacts:
        services = self.pool.services(self.pool.names.index(fqdn))
        events = Known(self.told.get(fqdn, ()), at)
        return replace(
            super()._front_end(fqdn, at), services=self._fact("services", services, at), events=events
        )

    def _fact(self, name: str, value: Any, at: datetime) -> Fact[Any]:
        return Unknown("Unreachable", "no answer", at) if name in self.hidden else Known(value, at)

    def after(self, step: Step) -> PoolEstate:
        """Return the estate after a step."""
        match step:
            case StopFrontEndServices():
                return replace(self, pool=self.pool.stop(self.pool.names.index(step.computer)))
            case StartFrontEndServices():
                number = self.pool.names.index(step.computer)
                return replace(self, pool=self.pool.start(number, step.services))
            case _:
                changed = super().after(step)
                assert isinstance(changed, PoolEstate)
                return changed

    def settled(self) -> PoolEstate:
        """Return the estate after services are where they were told to go."""
        pool = self.pool
        for number in range(len(pool.front_ends)):
            pool = pool.settled(number)
        return replace(self, pool=pool)


@dataclass(frozen=True)
class PoolWorld(World):
    """A world whose ledger knows of front ends, as a pass has it."""

    @property
    def pool_estate(self) -> PoolEstate:
        """Return the estate, which has a pool."""
        assert isinstance(self.estate, PoolEstate)
        return self.estate

    @property
    def integrated(self) -> Integrated | None:
        """Return what is remembered of the pool."""
        return self.ledger.entry(self.desired.key).integrated.get(POOL)

    @property
    def stopped(self) -> dict[str, Stopped]:
        """Return which front ends are remembered as stopped."""
        return dict(self.ledger.entry(self.desired.key).stopped)

    def _seen(self) -> Ledger:
        return front_end_ledger.read(super()._seen(), self.desired, self.snapshot, (), self.now)

    def noted(self) -> PoolWorld:
        """Return the world after a pass read, planned and remembered, and did nothing yet."""
        world = replace(self, ledger=self._seen())
        entries = front_end_ledger.planned(world.desired, world.snapshot, world.ledger, world.plan, world.now)
        return replace(world, ledger=world.ledger.with_entries(entries))

    def when(self, **changed: Any) -> PoolWorld:
        """Return the world with another estate, looked at again."""
        return replace(self, estate=replace(self.pool_estate, **changed)).noted()

    def rested(self) -> PoolWorld:
        """Return the world a while later, when services are where they were told to go."""
        world = replace(self, estate=self.pool_estate.settled(), now=self.now + timedelta(minutes=1))
        return world.noted()


def pool_world(pool: Pool | None = None, *others: Owned, plans: Any = (), **spec: Any) -> PoolWorld:
    """Return a world in which nothing is missing between both products; ``spec`` is the integration's."""
    pool = pool or Pool.of(4)
    made = ModelEstate.of(*LINKED, *plans)
    restart = {"policy": "Automatic", **spec.pop("frontEndRestart", {})}
    major = {"Lync2013": 5, "SkypeForBusiness2015": 6}[pool.product]
    estate = PoolEstate(
        plans=made.plans,
        gateways=made.gateways,
        groups=made.groups,
        pools=(pool.topology,),
        members=JOINED,
        missing=frozenset(),
        contacts=(CONTACT,),
        major=major,
        pool=pool,
    )
    resources = (sip_plan(), lync_integration(frontEndRestart=restart, **spec), *others)
    return PoolWorld(resources, estate, organization={"mode": "Enforce", "lync": LYNC_OF_ORGANIZATION})


def owing(pool: Pool | None = None, **spec: Any) -> PoolWorld:
    """Return a world in which the last thing just came that a new pool is to find: restarts are owed."""
    world = pool_world(pool, **spec)
    return world.when(contacts=()).when(contacts=(CONTACT,)).noted()


def computers(world: World, kind: type[Step], *, ready: bool = True) -> list[str]:
    """Return on which front ends steps of a type are planned; only those that may run, or all."""
    steps = [one for one in world.plan.steps if isinstance(one.step, kind) and (one.ready or not ready)]
    found = [one.step for one in steps]
    return [
        name_key(one.computer)
        for one in found
        if isinstance(one, StopFrontEndServices | StartFrontEndServices)
    ]


def stopped(world: PoolWorld) -> PoolWorld:
    """Return the world after the first front end was told to stop."""
    step = next(one for one in world.plan.steps if isinstance(one.step, StopFrontEndServices) and one.ready)
    ran = world.ran(step)
    assert isinstance(ran, PoolWorld)
    return ran


def both(world: PoolWorld, kind: type[Step]) -> PoolWorld:
    """Return the world after all steps of a type that one plan lets run."""
    for one in world.plan.steps:
        if isinstance(one.step, kind) and one.ready:
            ran = world.ran(one)
            assert isinstance(ran, PoolWorld)
            world = ran
    return world
