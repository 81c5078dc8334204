"""The fleet: a worker for each organisation, and none that goes by what another replica left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from manifests_support import organization
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.desired.resources import Resources
from um_operator.engine.fleet import AGAIN, LOOK_AROUND, Fleet
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import Passes
from um_operator.engine.ports import OrganizationId, PortError
from um_operator.engine.worker import Surroundings
from um_operator.lab.clock import Clock

NAMESPACE = "um"
DEFAULT = OrganizationId(NAMESPACE, "default")
CONTOSO = OrganizationId(NAMESPACE, "contoso")


@dataclass
class World:
    """Manifests, ways into Exchange, and what nobody looks after.

    Attributes:
        declared: names of organisations.
        failing: readings that fail from now on.
        asked: organisations of which it was asked what their connection is made of.
        attended: how often what nobody looks after was looked at.
    """

    declared: set[str] = field(default_factory=lambda: {"default"})
    failing: int = 0
    asked: list[OrganizationId] = field(default_factory=list)
    attended: int = 0

    async def read(self, namespace: str | None) -> None:
        assert namespace is None
        if self.failing:
            self.failing -= 1
            raise PortError("the API server cannot be reached")

    def namespaces(self) -> frozenset[str]:
        return frozenset({NAMESPACE})

    def resources(self, namespace: str) -> Resources:
        assert namespace == NAMESPACE
        return Resources.of(map(organization, sorted(self.declared)))

    async def settings(self, organization: OrganizationId, spec: ExchangeOrganizationSpec) -> Hashable:
        self.asked.append(organization)
        raise PortError("its Secret cannot be read")

    def is_complete(self, settings: Hashable) -> bool:
        raise AssertionError("there are no settings")

    def opened(self, organization: OrganizationId, settings: Hashable) -> AbstractAsyncContextManager[Passes]:
        raise AssertionError("there are no settings")

    def left(self, organization: OrganizationId) -> None: ...

    async def attend(self) -> None:
        self.attended += 1


@asynccontextmanager
async def running(world: World, clock: Clock) -> AsyncIterator[Fleet]:
    around = Surroundings(world, world, clock, lambda: 0.5, lambda: None, Identities())
    fleet, stop = Fleet(around, world.attend), asyncio.Event()
    task = asyncio.create_task(fleet.run(stop))
    await quiet()
    try:
        yield fleet
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def quiet() -> None:
    """Let everything that can run now run."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_each_organisation_has_a_worker() -> None:
    world = World(declared={"default", "contoso"})
    async with running(world, Clock.frozen()) as fleet:
        assert fleet.organizations == {DEFAULT, CONTOSO}
        assert world.attended == 1


async def test_nothing_begins_before_everything_was_read_once() -> None:
    world, clock = World(failing=2), Clock.frozen()
    async with running(world, clock) as fleet:
        fleet.changed(NAMESPACE, "default", DEFAULT.key)
        clock.advance(AGAIN)
        await quiet()
        assert (world.asked, world.attended, world.failing) == ([], 0, 0)
        clock.advance(AGAIN)
        await quiet()
        assert fleet.organizations == {DEFAULT}
        assert world.attended == 1


async def test_a_later_reading_that_fails_stops_nothing() -> None:
    world, clock = World(), Clock.frozen()
    async with running(world, clock) as fleet:
        world.failing = 1
        clock.advance(LOOK_AROUND + timedelta(seconds=1))
        await quiet()
        world.declared.add("contoso")
        fleet.changed(NAMESPACE, "contoso", CONTOSO.key)
        await quiet()
        assert fleet.organizations == {DEFAULT, CONTOSO}


async def test_what_nobody_looks_after_is_looked_at_when_it_changes() -> None:
    world = World(declared=set())
    async with running(world, Clock.frozen()) as fleet:
        fleet.changed(NAMESPACE, "default", ObjectKey("UMDialPlan", "hq"))
        await quiet()
        assert world.attended == 2
