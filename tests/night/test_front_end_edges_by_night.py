"""Edges of the restart of front ends matter: with one taken out, a pool is harmed over real sockets.

In each scene one edge alone holds the first stop. What several edges hold (a front end that is down is seen
by readiness, routing groups and services alike) is tried state by state in tests/unit/planning/front_ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from estate.integration import stops
from estate.pools import FIRST, POOL, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.lab.estate import Lab
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.lync.contacts import Contact
from um_operator.lab.lync.deployment import Pool
from um_operator.lab.wsman.interference import Disturbance
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import StopFrontEndServices

pytestmark = pytest.mark.timeout(600)

A_WHILE = timedelta(hours=10)
SESSIONS_END = timedelta(minutes=5)
ANOTHER = "lyncfe03.contoso.com"


def pool_in(lab: Lab) -> Pool:
    assert lab.lync is not None
    return lab.lync.deployment.pools[POOL]


def busy(lab: Lab) -> None:
    """Users are being moved, though every front end is whole."""
    pool_in(lab).membership._busy_until = lab.clock.now() + A_WHILE


def not_whole(lab: Lab) -> None:
    """A front end has no replica that could serve yet."""
    pool_in(lab).membership._whole_at[ANOTHER] = lab.clock.now() + A_WHILE


def lagging(lab: Lab) -> None:
    """A front end gets the newest topology late."""
    assert lab.lync is not None
    lab.lync.deployment.store.delay(ANOTHER, A_WHILE)
    lab.lync.deployment.store.publish()


def busy_and_not_telling(lab: Lab) -> None:
    busy(lab)
    lab.faults.disturb(Where("Get-CsPoolUpgradeReadinessState", times=ALWAYS), Disturbance.QUOTA)


HELD_BY: dict[str, Callable[[Lab], None]] = {
    "the pool is ready": busy,
    "routing groups stay whole": not_whole,
    "the store has replicated": lagging,
    "the pool is known": busy_and_not_telling,
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
    left = iter(range(times, 0, -1))
    await site.run(lambda _: bool(stopped(site)) or next(left) == 1)


@pytest.mark.parametrize("name", HELD_BY)
async def test_without_an_edge_a_pool_is_harmed(name: str, tmp_path: Path) -> None:
    async with harmed(tmp_path) as (site, rules):
        await begun(site)
        HELD_BY[name](site.lab)
        await looks(site, 2)
        assert not stopped(site), "every edge holds it"
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


async def test_without_everything_in_place_front_ends_are_restarted_twice(tmp_path: Path) -> None:
    async with harmed(tmp_path) as (site, rules):
        contact = later(site.lab)
        await begun(site)
        await looks(site, 2)
        assert not stopped(site)
        site.rollout.operator.planner = partial(make_plan, edges=without("everything is in place"))
        await looks(site, 2)
        [once] = stopped(site)
        assert site.lab.lync is not None
        site.lab.lync.deployment.contacts.add(contact)
        report = await site.run(lambda report: once in {step.computer for step in stops(report)})
        assert once in {step.computer for step in stops(report)}, "it owes another restart"
    assert rules <= {"R22"}, "it is left in the middle of a restart"


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


def later(lab: Lab) -> Contact:
    """Take the contact of the second plan away, and return it."""
    assert lab.lync is not None
    contacts = lab.lync.deployment.contacts
    [found] = (one for one in contacts if one.dial_plan == SECOND)
    contacts.remove(found)
    return found
