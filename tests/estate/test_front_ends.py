"""Front ends that the operator restarts over real sockets, with calls, and what befalls them meanwhile."""

from __future__ import annotations

from pathlib import Path

from estate.pools import FIRST, SECOND, pool_of, pool_site, waits
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import Release


async def test_a_front_end_that_dies_holds_the_others_and_what_was_stopped_is_started_also_by_a_successor(
    tmp_path: Path,
) -> None:
    async with pool_site(tmp_path, pool_of(4, Release.SFB2015)) as site:
        await site.adopted()
        site.lab.faults.after_effect(1, lambda: site.rollout.beside(site.goes_down("lyncfe03")))
        site.share(FIRST, SECOND)

        def holds(report: Report) -> bool:
            return waits(report) == {Reason.FRONT_END_DOWN} and site.is_whole("lyncfe01")

        await site.run(holds)
        assert site.stops() == ["lyncfe01"]
        first, *others = site.starts("lyncfe01")
        assert first == FRONT_END
        assert len(others) == len(set(others)), "nothing is told twice"

        await site.is_brought_back("lyncfe03")
        drained = len(site.ran["lyncfe02.contoso.com"]) - 2  # neither Mediation nor the replicator
        await site.dies_at(drained + 1)
        assert site.stops() == ["lyncfe01", "lyncfe02"]
        await site.run(lambda _: site.is_whole("lyncfe02"))
        assert site.failed_calls() == {"cut": 0} or not site.failed_calls()
