"""Each edge of the steps on front ends holds one that nothing else holds, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from front_end_model import FrontEnd, Pool
from front_end_support import PoolEstate, PoolWorld, owing, pool_world
from um_operator.api.reasons import Reason
from um_operator.observed.front_ends import FabricState, RoutingGroup
from um_operator.observed.hosts import HostEvent
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.restarts import FrontEndEntry, Stopped
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.edge import Edge
from um_operator.planning.front_ends.edges import FRONT_END_EDGES
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan


class Busy(Pool):
    """A pool that is still moving users."""

    @property
    def readiness(self) -> Any:
        """Return that it must not lose a front end."""
        return replace(super().readiness, state="Busy")


class Torn(Pool):
    """A pool of which some users have only one replica."""

    @property
    def fabric(self) -> Any:
        """Return a routing group without secondaries."""
        fabric = super().fabric
        return replace(fabric, groups=(replace(fabric.groups[0], secondaries=()), *fabric.groups[1:]))


class Lopsided(Pool):
    """A pool with an upgrade domain of four: without it users keep their replicas, the pool no quorum."""

    @property
    def domains(self) -> tuple[tuple[int, ...], ...]:
        """Return one domain of four, and one of two."""
        return (0, 1, 2, 3), (4, 5)

    @property
    def fabric(self) -> Any:
        """Return routing groups that each have two of their replicas in the small domain."""
        first, *_, last, least = self.names
        return FabricState((RoutingGroup("0", last, (least, first)),))


def hidden() -> PoolWorld:
    return owing(Pool.of(4)).when(hidden=frozenset({"users_homed", "fabric"}))


def lagging() -> PoolWorld:
    return owing().when(late=frozenset({"lyncfe04.contoso.com"}))


def without_a_front_end() -> PoolWorld:
    """Three of four run, and the pool says it is ready all the same: only the services show it."""
    return owing().when(pool=Unaware(Pool.of(4).died(3).front_ends))


class Unaware(Pool):
    """A pool that has not noticed what went down."""

    @property
    def readiness(self) -> Any:
        """Return that everything is well."""
        return Pool.of(len(self.front_ends), self.product).readiness

    @property
    def fabric(self) -> Any:
        """Return that every replica is there."""
        return Pool.of(len(self.front_ends), self.product).fabric


def just_restarted() -> PoolWorld:
    world = owing()
    known = world.integrated
    assert known is not None
    front_ends = {**known.front_ends, "lyncfe04.contoso.com": FrontEndEntry(None, world.now)}
    return remembering(world, integrated={"lyncpool01.contoso.com": replace(known, front_ends=front_ends)})


def telling_of_failed_calls() -> PoolWorld:
    """The first of four was restarted, and cannot bring calls to Unified Messaging."""
    world = owing()
    known = world.integrated
    assert known is not None
    restarted = FrontEndEntry(None, world.now - timedelta(hours=1))
    front_ends = {**known.front_ends, "lyncfe04.contoso.com": restarted}
    event = HostEvent(7, 44009, world.now, "ms-diagnostics 15030")
    world = world.when(told={"lyncfe04.contoso.com": (event,)})
    return remembering(world, integrated={"lyncpool01.contoso.com": replace(known, front_ends=front_ends)})


def remembering(world: PoolWorld, **entry: Any) -> PoolWorld:
    own: ObjectEntry = replace(world.ledger.entry(world.desired.key), **entry)
    return replace(world, ledger=world.ledger.with_entries({world.desired.key: own}))


def other_pool_down() -> PoolWorld:
    stopped = Stopped("lyncpool02.contoso.com", ("RTCSRV",), owing().now)
    return remembering(owing(), stopped={"lyncfe21.contoso.com": stopped})


def server_watched() -> PoolWorld:
    world = owing()
    return remembering(world, servers={"ex01.contoso.com": ServerEntry(activated_at=world.now)})


def still_stopping() -> PoolWorld:
    world = owing()
    own = Stopped("lyncpool01.contoso.com", ("RTCASMCU", "RTCSRV"), world.now - timedelta(minutes=5))
    estate = world.pool_estate
    pool = estate.pool.with_front_end(0, FrontEnd("StopPending", "Stopped"))
    world = replace(world, estate=replace(estate, pool=pool))
    return remembering(world, stopped={"lyncfe01.contoso.com": own})


SCENES: dict[str, Callable[[], PoolWorld]] = {
    "everything is in place": lambda: pool_world().when(contacts=()),
    "the pool is known": hidden,
    "the store has replicated": lagging,
    "the other front ends run": without_a_front_end,
    "the pool is ready": lambda: owing().when(pool=Busy(Pool.of(4).front_ends)),
    "routing groups stay whole": lambda: owing().when(pool=Torn(Pool.of(4).front_ends)),
    "the quorum is left": lambda: owing(Lopsided.of(6, "Lync2013")),
    "nothing speaks against it": telling_of_failed_calls,
    "the last restart is behind": just_restarted,
    "other pools are up": other_pool_down,
    "Exchange is at rest": server_watched,
    "the front end has stopped": still_stopping,
}
"""A world in which only this edge holds a front end, but for the approval that some restarts need."""


def ready(world: PoolWorld, edges: tuple[Edge[Any], ...], edge: Edge[Any]) -> int:
    plan = make_plan(
        world.desired, world.snapshot, world.ledger, world.now, pass_started=world.now, edges=edges
    )
    held = ({wait.reason for wait in one.waits} for one in plan.steps if isinstance(one.step, edge.after))
    return sum(reasons <= {Reason.WAITING_FOR_APPROVAL} for reasons in held)


@pytest.mark.parametrize("edge", FRONT_END_EDGES, ids=lambda edge: str(edge.name))
def test_without_this_edge_a_front_end_would_be_told_too_early(edge: Edge[Any]) -> None:
    world = SCENES[edge.name]()
    assert isinstance(world.estate, PoolEstate)

    assert ready(world, EDGES, edge) == 0
    assert ready(world, tuple(other for other in EDGES if other is not edge), edge) > 0


def test_every_edge_has_a_scene() -> None:
    assert {edge.name for edge in FRONT_END_EDGES} == set(SCENES)
