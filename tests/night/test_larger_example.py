"""The whole larger example: from factory defaults to Ready, and calls both ways with devices and pools.

People do what is theirs: they load a CA into a gateway, make a contact, approve restarts of front ends, and
restart the Standard Edition server. Everything that interrupts calls waits for Saturday nights.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.contoso import GATEWAYS, SERVERS, larger_example, services
from estate.integration import NUMBER, POOL, SE, Integration, told, waits_for, waits_for_a_contact
from estate.server_calls import call_pool
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.lync.services import FRONT_END

pytestmark = pytest.mark.timeout(1800)


def ready(report: Report) -> set[str]:
    """Return what is declared and Ready."""
    return {
        str(key)
        for key, status in report.memory.statuses.items()
        if any((one.type, one.status) == ("Ready", "True") for one in status.conditions)
    }


def nothing_to_do(report: Report) -> bool:
    return not report.plan.steps and not report.ran


async def restarted(site: Integration) -> None:
    """Let Saturdays come until every front end that may be was restarted."""
    while True:
        report = await site.run(lambda one: nothing_to_do(one) or waits_for(one, Reason.WAITING_FOR_WINDOW))
        if nothing_to_do(report):
            return
        assert report.wake_at is not None
        site.lab.clock.advance(report.wake_at - site.lab.clock.now())


async def test_from_factory_defaults_everything_comes_to_ready_and_calls_go_both_ways(tmp_path: Path) -> None:
    async with larger_example(tmp_path) as (site, people):
        lync = site.lab.lync
        assert lync is not None
        before = site.rollout.starts()
        report = await site.run(waits_for_a_contact)
        assert people.securities == ["SIPSecured"]
        assert set(site.rollout.starts() - before) == services(SERVERS, UM, UM_CALL_ROUTER)
        assert set((site.rollout.starts() - before).values()) == {1}
        await people.calls_work(*GATEWAYS)

        await site.make_contact()
        report = await site.run(lambda one: waits_for(one, Reason.WAITING_FOR_APPROVAL))
        assert await lync.telephones.call(POOL, NUMBER) is not None, "no front end was restarted yet"
        site.approve(report)
        await restarted(site)
        site.rollout.beside(site.restart_by_hand(SE))
        report = await site.run(lambda one: told(one).get("Ready", "").startswith("True/"))

        assert ready(report) == set(map(str, report.memory.statuses))
        front_ends = [one.fqdn for pool in (POOL, SE) for one in lync.deployment.pools[pool].front_ends]
        started = site.rollout.starts() - before
        assert {started[one] for one in services(front_ends, FRONT_END)} == {1}
        for _ in lync.deployment.pools[POOL].front_ends:
            assert await lync.telephones.call(POOL, NUMBER, talk=timedelta(0)) is None
        assert [await call_pool(site.lab, server, POOL) for server in SERVERS] == [None] * len(SERVERS)
        await people.calls_work(*GATEWAYS)
