"""Front ends that the operator restarts over real sockets, with calls, and what befalls them meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.integration import told
from estate.pools import FIRST, SECOND, PoolSite, is_settled, pool_of, pool_site, waits
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import Release
from um_operator.planning.quorum import FEWEST

pytestmark = pytest.mark.timeout(1200)

AT_EFFECTS = 1, 3, 4, 1, 2, 2
"""While it drains, twice while it stops, when it is told to start, twice with what depends on the service."""
POOLS = [
    (1, Release.LYNC2013), (2, Release.SFB2015), (3, Release.SFB2015), (4, Release.LYNC2013),
    (5, Release.SFB2015), (6, Release.LYNC2013), (7, Release.SFB2015), (8, Release.LYNC2013),
    (9, Release.LYNC2013), (10, Release.SFB2015), (11, Release.SFB2015), (12, Release.LYNC2013),
]  # fmt: skip


def is_for_approval(report: Report) -> bool:
    """Whether all is in place, and a person has to say that front ends may go."""
    found = waits(report)
    return not report.ran and Reason.WAITING_FOR_APPROVAL in found and Reason.WAITING_FOR_PLANS not in found


async def restarted(site: PoolSite) -> None:
    """Have the operator work to its end, and a person approve what leaves exactly the quorum."""
    while not is_settled(report := await site.run(lambda one: is_settled(one) or is_for_approval(one))):
        site.approve(report)


@pytest.mark.parametrize(("count", "release"), POOLS)
async def test_a_pool_of_any_size_is_restarted_without_a_call_lost_and_its_integration_may_be_made_anew(
    tmp_path: Path, count: int, release: Release
) -> None:
    async with pool_site(tmp_path, pool_of(count, release)) as site:
        names = [fqdn.partition(".")[0] for fqdn in site.ran]
        await site.adopted()
        site.share(FIRST, SECOND)

        await restarted(site)
        if count < FEWEST:
            await site.passes(timedelta(minutes=10))
            assert not site.effects(), "such a pool is left to a person"
            site.rollout.beside(site.restart_by_hand(site.pools[0]))
            await site.run(lambda one: told(one).get("Ready", "").startswith("True/"))
        else:
            assert sorted(site.stops()) == names
            for name in names:
                first, *others = site.starts(name)
                assert first == FRONT_END
                assert len(others) == len(set(others)), "nothing is told twice"
            assert site.failed_calls() == {}
        assert all(map(site.is_whole, names))
        await made_anew(site, FIRST, SECOND)


async def test_a_pool_of_2019_says_how_ready_it_is_and_is_left_alone_for_it_is_not_supported(
    tmp_path: Path,
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2019)) as site:
        site.share(FIRST, SECOND)

        await site.run(lambda one: not one.ran)
        report = await site.passes(timedelta(minutes=30))
        assert told(report)["ManualActionRequired"] == f"True/{Reason.POOL_NOT_SUPPORTED}"
        assert Reason.POOL_NOT_READY not in waits(report)
        assert site.effects() == []


async def made_anew(site: PoolSite, *plans: str) -> None:
    """Have the integration deleted and made again, which changes nothing."""
    before = len(site.lab.journal.effects)
    site.withdraw()
    await site.run(is_settled)
    site.share(*plans)
    await site.run(is_settled)
    ours = [one for one in site.lab.journal.effects[before:] if not one.is_by_hand]
    assert ours == []


def is_back(site: PoolSite, name: str) -> bool:
    """Whether a front end was told to stop, and everything runs on it again."""
    return name in site.stops() and bool(site.starts(name)) and site.is_whole(name)


async def test_an_operator_that_is_killed_again_and_again_starts_every_service_that_ran(
    tmp_path: Path,
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.adopted()
        site.share(FIRST, SECOND)
        deaths = [await site.dies_at(effect, lambda _: is_back(site, "lyncfe01")) for effect in AT_EFFECTS]
        await site.run(lambda _: is_back(site, "lyncfe01"))
        assert all(deaths)
        assert site.stops() == ["lyncfe01"]
        assert site.failed_calls() == {}


async def test_calls_that_a_restarted_front_end_cannot_bring_to_um_stop_the_others_until_a_person_says_so(
    tmp_path: Path,
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.adopted()
        root = site.lab.host("lyncfe01.contoso.com").stores.root
        authority = site.lab.organization.authority
        assert authority is not None
        site.lab.faults.after_effect(1, lambda: root.remove(thumbprint(authority.root)))
        site.share(FIRST, SECOND)

        report = await site.run(lambda one: Reason.CALLS_REJECTED in waits(one) and is_back(site, "lyncfe01"))
        assert told(report)["ManualActionRequired"] == f"True/{Reason.CALLS_REJECTED}"
        await site.passes(timedelta(minutes=20))
        assert site.stops() == ["lyncfe01"]

        root.trust(authority.root)
        site.share(FIRST, SECOND, asked="once it is trusted again")
        await site.run(lambda _: is_back(site, "lyncfe02"))
        assert site.stops() == ["lyncfe01", "lyncfe02"]
