"""People beside the operator while front ends are restarted: what is theirs stays so; they can halt it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from estate.declarations import HOLD
from estate.pools import FIRST, SECOND, PoolSite, pool_of, pool_site
from um_operator.lab.hosts.service import Status
from um_operator.lab.lync.spec import Release

pytestmark = pytest.mark.timeout(600)

FE01, SERVICE = "lyncfe01", "RTCRGS"
CONFERENCE = timedelta(minutes=8)
LONG_ENOUGH = timedelta(minutes=45)
"""In which the next front end would have been restarted."""
UNTIL = "2099-01-01T00:00:00Z nobody is in the office"


def hold(site: PoolSite) -> None:
    """Have a person put the brake on the integration."""
    plans, integration = site.rollout.others[:-1], site.rollout.others[-1]
    metadata = {**integration["metadata"], "annotations": {HOLD: UNTIL}}
    site.rollout.others = (*plans, {**integration, "metadata": metadata})
    site.declare()


def observe(site: PoolSite) -> None:
    """Have a person say that nothing is to be written."""
    site.declare(mode="Observe")


async def test_a_service_that_a_person_has_stopped_stays_so_when_its_front_end_is_restarted(
    tmp_path: Path,
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.adopted()
        lync = site.lab.lync
        assert lync is not None
        services = site.lab.host(f"{FE01}.contoso.com").services
        stopping = asyncio.create_task(
            lync.console(f"{FE01}.contoso.com").change("Stop-CsWindowsService", SERVICE)
        )
        await asyncio.sleep(0)
        await site.run(lambda _: services[SERVICE].status is Status.STOPPED)
        await stopping
        site.share(FIRST, SECOND)
        others = site.ran[f"{FE01}.contoso.com"] - {SERVICE}
        await site.run(
            lambda _: bool(site.starts(FE01)) and all(services[o].status is Status.RUNNING for o in others)
        )
        site.share(FIRST, SECOND, frontEndRestart={"policy": "Never"})
        await site.passes(LONG_ENOUGH)
        assert services[SERVICE].status is Status.STOPPED
        assert SERVICE not in site.starts(FE01)


@pytest.mark.parametrize("halts", [hold, observe])
async def test_what_was_begun_on_a_front_end_is_finished_and_no_other_is_begun_while_people_halt_it(
    halts: Callable[[PoolSite], None], tmp_path: Path
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.adopted()
        lync = site.lab.lync
        assert lync is not None
        first = lync.deployment.front_end(f"{FE01}.contoso.com")
        assert first is not None
        first.sessions.begin(site.lab.clock.now() + CONFERENCE)
        site.share(FIRST, SECOND)
        await site.run(lambda _: bool(site.stops()))
        halts(site)
        await site.passes(LONG_ENOUGH)
        assert (site.stops(), site.is_whole(FE01)) == ([FE01], True)
