"""Front ends that go down by themselves while the operator restarts their pool over sockets (R13, R23)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from estate.pools import FIRST, SECOND, PoolSite, is_settled, pool_of, pool_site, waits
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.journal import Effect
from um_operator.lab.lync.services import DRAIN_KIND, FRONT_END
from um_operator.lab.lync.spec import PoolSpec, Release

pytestmark = pytest.mark.timeout(1200)

Moment: TypeAlias = Callable[[Effect], bool]
A_WHILE = timedelta(minutes=40)
"""Longer than any pause between two front ends."""
DYING = "lyncfe02"
POOLS = {
    "server": (pool_of(4, Release.SFB2015), ("lyncfe01",)),
    "upgrade domain": (pool_of(6, Release.LYNC2013), ("lyncfe01", "lyncfe04")),
}
"""Pools, and what of each goes down first, together."""
by_pool = pytest.mark.parametrize(("pool", "together"), POOLS.values(), ids=POOLS)


@asynccontextmanager
async def owing(folder: Path, pool: PoolSpec) -> AsyncIterator[PoolSite]:
    """Start a pool each of whose front ends is to be restarted."""
    async with pool_site(folder, pool) as site:
        await site.adopted()
        site.share(FIRST, SECOND)
        yield site


def is_held_by_another(report: Report) -> bool:
    """Whether all is in place, and nothing is stopped because a front end is down."""
    found = waits(report)
    return Reason.FRONT_END_DOWN in found and Reason.WAITING_FOR_PLANS not in found


def is_told(effect: Effect) -> bool:
    return effect.kind == DRAIN_KIND and effect.name.endswith(FRONT_END)


def stops(effect: Effect) -> bool:
    return _is_its_own(effect) and effect.cmdlet.startswith("Stop")


def starts(effect: Effect) -> bool:
    return _is_its_own(effect) and effect.cmdlet.startswith("Start")


def _is_its_own(effect: Effect) -> bool:
    return effect.kind == SERVICE_KIND and effect.name.endswith(FRONT_END)


def dies(site: PoolSite, computer: str, when: Moment, times: int) -> None:
    """Have a front end go down by itself once the operator has done something so often."""
    left = [when] * times

    def seen(effect: Effect) -> None:
        if left and not effect.is_by_hand and when(effect):
            left.pop()
            if not left:
                site.rollout.beside(site.goes_down(computer))

    site.lab.journal.subscribe(seen)


def in_a_conference(site: PoolSite, computer: str) -> None:
    """Have a session on a front end outlast the look at the others."""
    assert site.lab.lync is not None
    front_end = site.lab.lync.deployment.front_end(f"{computer}.contoso.com")
    assert front_end is not None
    front_end.sessions.begin(site.lab.clock.now() + timedelta(hours=1))


async def waits_for_the_dead(site: PoolSite, together: tuple[str, ...]) -> None:
    """Have the operator finish what it has begun, and then nothing for as long as one is down."""
    await site.run(lambda one: is_held_by_another(one) and all(map(site.is_whole, together)))
    told = len(site.effects())
    assert sorted(site.stops()) == sorted(together)
    await site.passes(A_WHILE)
    assert len(site.effects()) == told
    assert not site.is_whole(DYING)


async def test_while_a_front_end_is_down_no_restart_begins(tmp_path: Path) -> None:
    async with owing(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.goes_down(DYING)
        await site.run(is_held_by_another)
        await site.passes(A_WHILE)
        assert site.effects() == []

        site.bring_back(DYING)
        await site.run(is_settled)
        assert site.stops() == ["lyncfe01", "lyncfe03", "lyncfe04"], "whoever brought it back restarted it"
        assert all(map(site.is_whole, site.stops()))


@by_pool
async def test_one_that_dies_while_sessions_end_elsewhere_has_these_go_on(
    tmp_path: Path, pool: PoolSpec, together: tuple[str, ...]
) -> None:
    async with owing(tmp_path, pool) as site:
        for name in together:
            in_a_conference(site, name)
        dies(site, DYING, is_told, len(together))
        await waits_for_the_dead(site, together)
        assert not any(map(stops, site.effects())), "none of them has stopped"


@by_pool
@pytest.mark.parametrize("when", [stops, starts])
async def test_when_one_dies_what_was_stopped_is_started_and_nothing_else_is_stopped(
    tmp_path: Path, pool: PoolSpec, together: tuple[str, ...], when: Moment
) -> None:
    async with owing(tmp_path, pool) as site:
        dies(site, DYING, when, len(together))
        await waits_for_the_dead(site, together)


async def test_when_a_front_end_dies_after_its_restart_the_next_one_waits_for_it(tmp_path: Path) -> None:
    async with owing(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.run(lambda _: bool(site.starts("lyncfe01")) and site.is_whole("lyncfe01"))
        await site.goes_down("lyncfe01")
        await site.run(is_held_by_another)
        await site.passes(A_WHILE)
        assert site.stops() == ["lyncfe01"]

        site.bring_back("lyncfe01")
        await site.run(is_settled)
        assert site.stops() == ["lyncfe01", "lyncfe02", "lyncfe03", "lyncfe04"]
        assert all(map(site.is_whole, site.stops()))
