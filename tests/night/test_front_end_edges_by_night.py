"""Edges of the restart of front ends matter: with one taken out, a pool is harmed over real sockets.

In each scene one edge alone holds the first stop. Of what several see (a front end that is down shows in
services, readiness, routing groups and quorum alike) all others are taken out before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from estate.pools import FIRST, POOL, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.lync.deployment import Pool
from um_operator.lab.wsman.interference import Disturbance
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import StopFrontEndServices

pytestmark = pytest.mark.timeout(600)

Happening: TypeAlias = Callable[[PoolSite], Awaitable[None]]
OTHER = "lyncfe03"
A_WHILE = timedelta(hours=10)
SESSIONS_END = timedelta(minutes=5)
CLOSED = {"name": "later", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
"""The lab begins on a Monday."""


def pool_in(lab: Lab) -> Pool:
    assert lab.lync is not None
    return lab.lync.deployment.pools[POOL]


async def busy(site: PoolSite) -> None:
    """Users are being moved, though every front end is whole."""
    pool_in(site.lab).membership._busy_until = site.lab.clock.now() + A_WHILE


async def lagging(site: PoolSite) -> None:
    """A front end gets the newest topology late."""
    assert site.lab.lync is not None
    site.lab.lync.deployment.store.delay(f"{OTHER}.contoso.com", A_WHILE)
    site.lab.lync.deployment.store.publish()


async def torn(site: PoolSite) -> None:
    """Some users have two replicas left, whichever front end goes."""
    pool = pool_in(site.lab)
    members = [front_end.fqdn for front_end in pool.front_ends]
    halves = (tuple(members[:2]), tuple(members[2:]))
    left = (replace(group, replicas=half) for group, half in zip(pool.groups, halves, strict=False))
    pool.groups = (*left, *pool.groups[2:])


async def torn_unseen(site: PoolSite) -> None:
    """The same, while nobody gets to know where replicas are."""
    await torn(site)
    site.lab.faults.disturb(Where("Get-CsPoolFabricState", times=ALWAYS), Disturbance.UNAVAILABLE)


async def one_is_down(site: PoolSite) -> None:
    """A front end is down by itself."""
    await site.goes_down(OTHER)


async def two_are_down(site: PoolSite) -> None:
    """Two front ends are down, and just as many run as the pool needs."""
    await one_is_down(site)
    await site.goes_down("lyncfe04")


READY, WHOLE = "the pool is ready", "routing groups stay whole"
OTHERS, QUORUM = "the other front ends run", "the quorum is left"
HELD_BY: dict[str, tuple[Happening, tuple[str, ...]]] = {
    READY: (busy, ()),
    "the store has replicated": (lagging, ()),
    WHOLE: (torn, (READY,)),
    "the pool is known": (torn_unseen, (READY,)),
    OTHERS: (one_is_down, (READY, WHOLE, QUORUM)),
    QUORUM: (two_are_down, (READY, WHOLE, OTHERS)),
}
"""What happens to the pool, by the edge that holds its restart then, and what else would."""


def without(*names: str) -> list[Edge[Any]]:
    """Return the order without edges of the stop of front ends."""
    left = [edge for edge in EDGES if edge.after is not StopFrontEndServices or edge.name not in names]
    assert len(left) == len(EDGES) - len(names)
    return left


def stopped(site: PoolSite) -> list[str]:
    """Return the front ends that were told to stop, in order."""
    return [step.computer for step, _ in site.rollout.ran if isinstance(step, StopFrontEndServices)]


async def looks(site: PoolSite, times: int) -> None:
    """Have the operator look so often, or until it stops a front end."""
    seen: list[Report] = []

    def enough(report: Report) -> bool:
        if not any(one is report for one in seen):
            seen.append(report)
        return bool(stopped(site)) or len(seen) >= times

    await site.run(enough)


@pytest.mark.parametrize("name", HELD_BY)
async def test_without_an_edge_a_pool_is_harmed(name: str, tmp_path: Path) -> None:
    async with harmed(tmp_path) as (site, rules):
        await begun(site)
        site.rollout.organization["maintenanceWindows"] = [CLOSED]
        site.declare()
        await looks(site, 1)
        happens, others = HELD_BY[name]
        site.rollout.operator.planner = partial(make_plan, edges=without(*others))
        await happens(site)
        del site.rollout.organization["maintenanceWindows"]
        site.declare()
        await looks(site, 2)
        assert not stopped(site), "it alone holds"
        site.rollout.operator.planner = partial(make_plan, edges=without(name, *others))
        await looks(site, 2)
        assert stopped(site), "nothing else does"
        await site.rollout.time.leap(SESSIONS_END)
    assert "R23" in rules


async def test_without_the_pause_the_next_front_end_goes_down_at_once(tmp_path: Path) -> None:
    async with harmed(tmp_path) as (site, rules):
        await begun(site)
        site.rollout.operator.planner = partial(make_plan, edges=without("the last restart is behind"))
        await site.run(lambda _: len(stopped(site)) > 1)
        await site.rollout.time.leap(SESSIONS_END)
    assert "R23" in rules


@asynccontextmanager
async def harmed(folder: Path) -> AsyncIterator[tuple[PoolSite, set[str]]]:
    """Start an estate in which rules are meant to be broken; the second one has them when all is over."""
    rules = set[str]()
    try:
        async with pool_site(folder, pool_of(4)) as site:
            yield site, rules
    except RulesBrokenError as broken:
        rules |= {violation.rule for violation in broken.violations}


async def begun(site: PoolSite) -> None:
    """Have the pool taken over, and then a second plan declared for it: every front end owes a restart."""
    approved = site.rollout.operator.declarations
    approved.approved = frozenset(one.fqdn for one in pool_in(site.lab).front_ends)
    site.declare()
    await site.run(is_settled)
    site.share(FIRST, SECOND)
