"""What looks after one organisation: it is connected anew when what its connection is made of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from manifests_support import organization
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.desired.organization import DesiredOrganization
from um_operator.desired.resources import Resources
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import Memory, Report
from um_operator.engine.ports import OrganizationId
from um_operator.engine.worker import Surroundings, Worker
from um_operator.lab.clock import Clock
from um_operator.planning.plan import Plan
from um_operator.planning.scope import Scope

MISSING = ""
"""What a connection cannot be made of."""


@dataclass
class World:
    """Manifests of one organisation, what its connection is made of, and what it was connected with."""

    made_of: str = "account"
    deleting: bool = False
    connected: list[str] = field(default_factory=list)

    async def read(self, namespace: str | None) -> None: ...

    def namespaces(self) -> frozenset[str]:
        return frozenset({"um"})

    def resources(self, namespace: str) -> Resources:
        declared = organization("default")
        at = "2026-11-27T12:00:00Z" if self.deleting else None
        metadata = declared.metadata.model_copy(update={"deletion_timestamp": at})
        return Resources.of([declared.model_copy(update={"metadata": metadata})])

    async def settings(self, organization: OrganizationId, spec: ExchangeOrganizationSpec) -> Hashable:
        return self.made_of

    def is_complete(self, settings: Hashable) -> bool:
        return settings != MISSING

    @asynccontextmanager
    async def opened(self, organization: OrganizationId, settings: Hashable) -> AsyncIterator[World]:
        self.connected.append(str(settings))
        yield self

    def left(self, organization: OrganizationId) -> None: ...

    async def recall(self) -> Memory:
        return Memory()

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        return Report(Plan(steps=(), findings=()), (), scope.everything, memory)


async def connections(world: World, *made_of: str, deleting: bool) -> list[str]:
    """Return with what an organisation is connected, one after the other, as what it is made of changes."""
    clock = Clock.frozen()
    around = Surroundings(world, world, clock, lambda: 0.5, lambda: None, Identities())
    worker = Worker(OrganizationId("um", "default"), around)
    task = asyncio.create_task(worker.run())
    await quiet()
    world.deleting = deleting
    for one in made_of:
        world.made_of = one
        clock.advance(timedelta(hours=1))
        await quiet()
    worker.stop()
    await asyncio.wait_for(task, 5)
    return world.connected


async def quiet() -> None:
    """Let everything that can run now run."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.mark.parametrize("deleting", [False, True])
async def test_it_is_connected_anew_with_another_account(deleting: bool) -> None:
    assert await connections(World(), "another", deleting=deleting) == ["account", "another"]


async def test_one_that_is_deleted_keeps_its_connection_when_its_account_goes_and_takes_the_next_one() -> (
    None
):
    assert await connections(World(), MISSING, "another", deleting=True) == ["account", "another"]


async def test_one_that_is_not_deleted_is_told_to_have_no_account() -> None:
    assert await connections(World(), MISSING, deleting=False) == ["account", MISSING]


async def test_one_that_is_deleted_is_connected_once_there_is_an_account() -> None:
    assert await connections(World(made_of=MISSING), "account", deleting=True) == [MISSING, "account"]
