"""A process is killed between the stop and the start of a front end: what ran there runs again (R13, R22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.pools import FIRST, SECOND, PoolSite, pool_of, pool_site
from estate.process import Umctl
from gateways_support import eventually
from um_operator.lab.hosts.service import Status
from um_operator.lab.lync.services import FRONT_END, SERVICES
from um_operator.lab.lync.spec import Release

pytestmark = pytest.mark.timeout(600)

FE01 = "lyncfe01"
RATE = 60.0
"""Lab seconds a real second."""


async def dies(site: PoolSite, effect: int) -> None:
    """Run umctl until it is killed at an effect from now, before its reply."""
    umctl = Umctl(site.rollout.operator)
    ended = await umctl.run(lambda kill: site.lab.faults.after_effect(effect, kill))
    assert ended.killed, ended.output


async def test_processes_that_are_killed_leave_to_the_next_one_what_they_stopped(tmp_path: Path) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015), rate=RATE) as site:
        await site.adopted()
        site.share(FIRST, SECOND)
        service = site.lab.host(f"{FE01}.contoso.com").services[FRONT_END]

        await dies(site, 1)
        assert site.stops() == [FE01]
        await eventually(lambda: service.status is Status.STOPPED)
        await dies(site, 1)
        assert site.starts(FE01) == [FRONT_END]
        await eventually(lambda: service.status is Status.RUNNING)
        await dies(site, 2)
        assert not site.is_whole(FE01)

        await site.run(lambda _: site.is_whole(FE01))
        assert site.stops() == [FE01]
        needing = [name for name, kind in SERVICES.items() if FRONT_END in kind.needs]
        assert sorted(site.starts(FE01)) == sorted([FRONT_END, *needing]), "each is told once"
