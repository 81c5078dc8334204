"""Front ends are not restarted beside Exchange servers (R22): without that edge one of each is down."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from estate.certified_pools import certified_site, integrate
from estate.integration import told
from estate.pools import FIRST, SECOND, PoolSite
from estate.rollouts import at_the_end
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.planning.order import EDGES
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import DrainServer

pytestmark = pytest.mark.timeout(600)

AT_REST = "Exchange is at rest"
AUTOMATIC, NEVER = {"policy": "Automatic"}, {"policy": "Never"}
LOOKS = 4


def owes_restarts(report: Report) -> bool:
    """Whether all is in place that front ends are to find, and only they are left."""
    return told(report).get("RestartPending") == f"True/{Reason.RESTART_BY_HAND}" and not report.plan.steps


def drains(report: Report) -> bool:
    """Whether a server was taken out of service in this pass."""
    return any(isinstance(step, DrainServer) for step, _ in report.ran)


async def looks(site: PoolSite) -> None:
    """Have the operator look a few times, or until it stops a front end."""
    seen: list[Report] = []

    def enough(report: Report) -> bool:
        if not any(one is report for one in seen):
            seen.append(report)
        return bool(site.stops()) or len(seen) >= LOOKS

    await site.run(enough)


@pytest.mark.parametrize("edge", [True, False])
async def test_front_ends_wait_for_a_server_that_is_out_of_service(edge: bool, tmp_path: Path) -> None:
    rules = set[str]()
    try:
        async with certified_site(tmp_path) as site:
            integrate(site, FIRST, SECOND, frontEndRestart=NEVER)
            await site.run(owes_restarts)
            site.rollout.declare(**{"renew-requested-at": "while front ends are to be restarted"})
            await site.run(drains)
            edges = [one for one in EDGES if edge or one.name != AT_REST]
            site.rollout.operator.planner = partial(make_plan, edges=edges)
            integrate(site, FIRST, SECOND, frontEndRestart=AUTOMATIC)
            await looks(site)
            assert (site.stops() == []) is edge
            integrate(site, FIRST, SECOND, frontEndRestart=NEVER)
            await site.run(at_the_end)
            assert all(map(site.is_whole, site.stops()))
    except RulesBrokenError as broken:
        rules = {violation.rule for violation in broken.violations}
    assert rules == (set() if edge else {"R22"})
