"""What a front end tells of a call that failed after its restart, as the operator reads it over sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from estate.lync_way_in import INTEGRATION, known, way_into_lync
from estate.pools import FIRST, NUMBERS, POOL, estate_of, pool_of
from estate.rollouts import BARELY, QUICK
from um_operator.api.meta import ObjectKey
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.stores import thumbprint
from um_operator.lab.lync.spec import Release
from um_operator.observed.fact import Known
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.lync import LyncFacts
from um_operator.observed.restarts import FrontEndEntry, Integrated
from um_operator.planning.front_ends import evidence
from um_operator.planning.front_ends.cases import pool_case
from um_operator.planning.front_ends.pool import PoolCase, Wish
from um_operator.planning.scope import LyncScope, Scope

COMPUTERS = tuple(f"lyncfe{number:02}.contoso.com" for number in (1, 2, 3))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_call_that_fails_after_a_restart_is_read_as_speaking_against_the_next_one() -> None:
    spec, clock = estate_of(pool_of(3, Release.SFB2015)), Clock(rate=BARELY)
    async with Lab.start(spec, clock=clock, times=QUICK, seed=7) as lab, way_into_lync(lab) as way_in:
        authority = lab.organization.authority
        assert lab.lync is not None
        assert authority is not None
        restarted = dict.fromkeys(COMPUTERS, FrontEndEntry(None, clock.now()))
        for computer in COMPUTERS:
            lab.host(computer).stores.root.remove(thumbprint(authority.root))
        cause = await lab.lync.telephones.call(POOL, NUMBERS[FIRST], talk=timedelta(0))
        assert cause is not None

        lync = await way_in.read(Scope(lync=(LyncScope(INTEGRATION, (POOL,)),)))

        pool = case_of(lync, restarted)
        told = evidence.against(pool)
        assert told is not None
        assert told[0] in COMPUTERS
        assert cause.value in told[1].message
        heard = {name: replace(one, heard=evidence.newest(pool, name)) for name, one in restarted.items()}
        assert evidence.against(case_of(lync, heard)) is None


def case_of(lync: LyncFacts, front_ends: dict[str, FrontEndEntry]) -> PoolCase:
    """Return the pool as it was read, and what is remembered of its front ends."""
    fact = Known(known(lync.pools)[POOL], LONG_AGO)
    entry = ObjectEntry(integrated={POOL: Integrated((FIRST,), "", LONG_AGO, front_ends)})
    return pool_case(fact, Wish(ObjectKey("LyncIntegration", "lync")), lync, entry)
