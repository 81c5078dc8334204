"""Edges of the restart of front ends matter: with one taken out, a pool is harmed over real sockets.

In each scene one edge alone holds the first stop. What several hold (a front end that is down is seen by
readiness, routing groups and services alike, and so is what cannot be read) is tried state by state in
tests/unit/planning/front_ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from estate.pools import FIRST, POOL, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.lync.deployment import Pool
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import StopFrontEndServices

pytestmark = pytest.mark.timeout(600)

A_WHILE = timedelta(hours=10)
SESSIONS_END = timedelta(minutes=5)
CLOSED = {"name": "later", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
"""The lab begins on a Monday."""


def pool_in(lab: Lab) -> Pool:
    assert lab.lync is not None
    return lab.lync.deployment.pools[POOL]


def busy(lab: Lab) -> None:
    """Users are being moved, though every front end is whole."""
    pool_in(lab).membership._busy_until = lab.clock.now() + A_WHILE


def lagging(lab: Lab) -> None:
    """A front end gets the newest topology late."""
    assert lab.lync is not None
    lab.lync.deployment.store.delay("lyncfe03.contoso.com", A_WHILE)
    lab.lync.deployment.store.publish()


HELD_BY: dict[str, Callable[[Lab], None]] = {
    "the pool is ready": busy,
    "the store has replicated": lagging,
}
"""What happens to the pool, by the edge that alone holds its restart then."""


def without(name: str) -> list[Edge[Any]]:
    """Return the order without an edge of the stop of front ends."""
    left = [edge for edge in EDGES if (edge.name, edge.after) != (name, StopFrontEndServices)]
    assert len(left) == len(EDGES) - 1
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
        HELD_BY[name](site.lab)
        del site.rollout.organization["maintenanceWindows"]
        site.declare()
        await looks(site, 2)
        assert not stopped(site), "with every edge it is held"
        site.rollout.operator.planner = partial(make_plan, edges=without(name))
        await looks(site, 2)
        assert stopped(site), "no other edge holds it"
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
