"""Edges of the restart of front ends whose harm is no broken rule, but restarts in vain or all at once.

Beside tests/night/test_front_end_edges_by_night.py; each scene is played with the edge, and without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from estate.pools import FIRST, NUMBERS, SECOND, PoolSite, is_settled, pool_of, pool_site
from um_operator.lab.gateways.calling import CallError
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.journal import Occurrence
from um_operator.lab.lync.deployment import FrontEnd
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import PoolSpec, Release
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import StartFrontEndServices, StopFrontEndServices

pytestmark = pytest.mark.timeout(600)

A_WHILE = timedelta(minutes=30)
CONFERENCE = timedelta(minutes=20)
FE01 = "lyncfe01.contoso.com"
OTHER = PoolSpec("lyncpool02.contoso.com", "Berlin", release=Release.SFB2015, users=900, computers=tuple(
    f"lyncfe{number}.contoso.com" for number in (21, 22, 23)
))  # fmt: skip
with_and_without = pytest.mark.parametrize("edge", [True, False])


@asynccontextmanager
async def owing(
    folder: Path, *pools: PoolSpec, without: tuple[str, type[object]] | None
) -> AsyncIterator[PoolSite]:
    """Start pools that owe nothing yet, with an operator whose order may lack an edge."""
    async with pool_site(folder, *pools) as site:
        await site.adopted()
        edges = [edge for edge in EDGES if (edge.name, edge.after) != without]
        assert len(edges) == len(EDGES) - (without is not None)
        site.rollout.operator.planner = partial(make_plan, edges=edges)
        yield site


def front_end_of(site: PoolSite, fqdn: str = FE01) -> FrontEnd:
    assert site.lab.lync is not None
    found = site.lab.lync.deployment.front_end(fqdn)
    assert found is not None
    return found


def is_back(site: PoolSite) -> bool:
    """Whether the first front end was told to stop, and everything runs on it again."""
    return bool(site.starts("lyncfe01")) and site.is_whole("lyncfe01")


@with_and_without
async def test_front_ends_are_not_restarted_for_a_plan_without_contact(edge: bool, tmp_path: Path) -> None:
    left_out = None if edge else ("everything is in place", StopFrontEndServices)
    async with owing(tmp_path, pool_of(4, Release.SFB2015), without=left_out) as site:
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
    async with owing(tmp_path, pool_of(4, Release.SFB2015), without=left_out) as site:
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
async def test_a_front_end_is_told_to_start_once_it_has_stopped(edge: bool, tmp_path: Path) -> None:
    left_out = None if edge else ("the front end has stopped", StartFrontEndServices)
    async with owing(tmp_path, pool_of(4, Release.SFB2015), without=left_out) as site:
        front_end_of(site).sessions.begin(site.lab.clock.now() + CONFERENCE)
        site.share(FIRST, SECOND)
        ends = site.lab.clock.now() + A_WHILE
        await site.run(lambda _: site.lab.clock.now() >= ends)
        noted = (entry for entry in site.lab.journal.entries if isinstance(entry, Occurrence))
        restarted = any(
            (one.what, one.server, one.details.get("service")) == ("ServiceStarted", FE01, FRONT_END)
            for one in noted
        )
        assert restarted is edge, "told too early, it goes on with what it had"
        await site.run(lambda _: all(site.is_whole(name) for name in site.stops()))


@with_and_without
async def test_one_pool_is_restarted_after_the_other(edge: bool, tmp_path: Path) -> None:
    left_out = None if edge else ("other pools are up", StopFrontEndServices)
    pools = pool_of(3, Release.SFB2015), OTHER
    async with owing(tmp_path, *pools, without=left_out) as site:
        front_end_of(site).sessions.begin(site.lab.clock.now() + CONFERENCE)
        site.share(FIRST, SECOND)
        await site.run(lambda _: bool(site.stops()))
        await site.passes(CONFERENCE / 2)
        assert (site.stops() == ["lyncfe01"]) is edge
        await site.run(lambda one: is_settled(one) or is_back(site))
