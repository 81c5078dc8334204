"""Edges of the restart of front ends whose harm is no broken rule, but restarts in vain or all at once.

Beside tests/night/test_front_end_edges_by_night.py; each scene is played with the edge, and without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from estate.pools import FIRST, NUMBERS, SECOND, PoolSite, pool_of, pool_site
from um_operator.engine.one_pass import Planner, Report
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.gateways.calling import CallError
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.lync.deployment import FrontEnd
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import PoolSpec, Release
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices

pytestmark = pytest.mark.timeout(600)

Happening: TypeAlias = Callable[[PoolSite], Awaitable[Callable[[], object]]]
"""What befalls a pool; the result ends it."""
Edged: TypeAlias = tuple[str, type[object]]
"""An edge, by its name and the steps that it holds."""
A_WHILE = timedelta(minutes=30)
CONFERENCE = timedelta(minutes=8)
FE01 = "lyncfe01.contoso.com"
OTHER = PoolSpec("lyncpool02.contoso.com", "Berlin", release=Release.SFB2015, users=900, computers=tuple(
    f"lyncfe{number}.contoso.com" for number in (21, 22, 23, 24)
))  # fmt: skip
SLOWLY = ServiceTimes.fixed(120)
"""As long as a service may take to stop."""
LAST = "RTCRGS"
"""The service that stops just before the one which it needs."""
with_and_without = pytest.mark.parametrize("edge", [True, False])


@asynccontextmanager
async def owing(folder: Path, *pools: PoolSpec, left_out: Edged | None = None) -> AsyncIterator[PoolSite]:
    """Start pools that owe nothing yet, with an operator whose order may lack an edge."""
    async with pool_site(folder, *pools) as site:
        await site.adopted()
        site.rollout.operator.planner = without(left_out)
        yield site


def without(left_out: Edged | None) -> Planner:
    """Return what plans by the order of things, without one edge of it."""
    edges = [edge for edge in EDGES if (edge.name, edge.after) != left_out]
    assert len(edges) == len(EDGES) - (left_out is not None)
    return partial(make_plan, edges=edges)


def front_end_of(site: PoolSite, fqdn: str = FE01) -> FrontEnd:
    assert site.lab.lync is not None
    found = site.lab.lync.deployment.front_end(fqdn)
    assert found is not None
    return found


def is_told_to_start(report: Report) -> bool:
    """Whether something is told to start in this pass."""
    return any(isinstance(step, StartFrontEndServices) for step, _ in report.ran)


def is_back(site: PoolSite) -> bool:
    """Whether the first front end was told to stop, and everything runs on it again."""
    return bool(site.starts("lyncfe01")) and site.is_whole("lyncfe01")


async def no_more(site: PoolSite) -> None:
    """Have what was begun come to its end, and nothing else begin."""
    site.share(FIRST, SECOND, frontEndRestart={"policy": "Never"})
    await site.passes(CONFERENCE)
    assert all(map(site.is_whole, site.stops()))


async def nobody_sees_it(site: PoolSite) -> Callable[[], object]:
    """For a while nobody gets to know what runs on front ends."""
    services = Where("Get-CsWindowsService", times=ALWAYS)
    return site.lab.faults.refuse(services, "System.InvalidOperationException")


async def others_have_stopped(site: PoolSite) -> Callable[[], object]:
    """Of what depends on the Front-End service all but the last has stopped; it runs on meanwhile."""
    last = site.lab.host(FE01).services[LAST]
    last.times = SLOWLY
    await site.run(lambda _: last.status is Status.STOP_PENDING)
    return lambda: None


@with_and_without
async def test_front_ends_are_not_restarted_for_a_plan_without_contact(edge: bool, tmp_path: Path) -> None:
    left_out = None if edge else ("everything is in place", StopFrontEndServices)
    async with owing(tmp_path, pool_of(4, Release.SFB2015), left_out=left_out) as site:
        lync = site.lab.lync
        assert lync is not None
        contact = lync.deployment.contacts.with_number(NUMBERS[SECOND])
        assert contact is not None
        lync.deployment.contacts.remove(contact)
        site.share(FIRST, SECOND)
        ends = site.lab.clock.now() + A_WHILE
        await site.run(lambda _: is_back(site) or site.lab.clock.now() >= ends)
        assert (site.stops() == []) is edge
        with pytest.raises(CallError, match="NoContact"):
            await lync.telephones.programs[FE01].call(NUMBERS[SECOND])


@with_and_without
async def test_what_makes_calls_fail_on_one_front_end_is_not_brought_to_the_next(
    edge: bool, tmp_path: Path
) -> None:
    left_out = None if edge else ("nothing speaks against it", StopFrontEndServices)
    async with owing(tmp_path, pool_of(4, Release.SFB2015), left_out=left_out) as site:
        authority = site.lab.organization.authority
        assert authority is not None
        root = front_end_of(site).host.stores.root
        site.lab.faults.after_effect(1, lambda: root.remove(thumbprint(authority.root)))
        site.share(FIRST, SECOND)
        await site.run(lambda _: is_back(site))
        ends = site.lab.clock.now() + A_WHILE
        await site.run(lambda _: site.lab.clock.now() >= ends or len(site.starts("lyncfe02")) > 1)
        assert (site.stops() == ["lyncfe01"]) is edge
        await site.run(lambda _: all(site.is_whole(name) for name in site.stops()))


@with_and_without
@pytest.mark.parametrize("happens", [nobody_sees_it, others_have_stopped])
async def test_a_front_end_is_told_to_start_once_it_has_stopped(
    happens: Happening, edge: bool, tmp_path: Path
) -> None:
    async with owing(tmp_path, pool_of(4, Release.SFB2015)) as site:
        front_end_of(site).sessions.begin(site.lab.clock.now() + CONFERENCE)
        site.share(FIRST, SECOND)
        await site.run(lambda _: bool(site.stops()))
        before = site.lab.host(FE01).services[FRONT_END].process
        is_over = await happens(site)
        if not edge:
            site.rollout.operator.planner = without(("the front end has stopped", StartFrontEndServices))
            await site.run(is_told_to_start)
            site.rollout.operator.planner = make_plan
        await site.passes(timedelta(minutes=1))
        is_over()
        await site.passes(CONFERENCE)
        restarted = site.lab.host(FE01).services[FRONT_END].process != before
        assert restarted is edge, "told too early, it goes on with what it had"
        if not edge:
            site.bring_back("lyncfe01")
        await no_more(site)


@with_and_without
async def test_one_pool_is_restarted_after_the_other(edge: bool, tmp_path: Path) -> None:
    left_out = None if edge else ("other pools are up", StopFrontEndServices)
    async with owing(tmp_path, pool_of(4, Release.SFB2015), OTHER, left_out=left_out) as site:
        front_end_of(site).sessions.begin(site.lab.clock.now() + CONFERENCE)
        site.share(FIRST, SECOND)
        await site.run(lambda _: bool(site.stops()))
        await site.passes(CONFERENCE / 2)
        assert site.stops() == ["lyncfe01", "lyncfe21"][: 1 if edge else 2]
        await no_more(site)
