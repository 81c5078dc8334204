"""From factory defaults to calls both ways between Exchange UM and Lync, with what people do on the way.

One server, which gets the CA of Lync from the operator; the larger example has four, in a domain that has it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from estate.integration import (
    NUMBER,
    POOL,
    SE,
    SERVER,
    integration,
    told,
    waits_for,
    waits_for_a_contact,
)
from estate.server_calls import call_pool
from um_operator.api.reasons import Reason


async def test_servers_and_pools_on_factory_defaults_come_to_call_each_other(tmp_path: Path) -> None:
    async with integration(tmp_path) as site:
        lync = site.lab.lync
        assert lync is not None
        await site.run(waits_for_a_contact)
        await site.make_contact()
        report = await site.run(lambda one: waits_for(one, Reason.WAITING_FOR_APPROVAL))
        assert await lync.telephones.call(POOL, NUMBER) is not None, "no front end was restarted yet"
        site.approve(report)
        await site.run(lambda one: not one.plan.steps and not one.ran)
        site.rollout.beside(site.restart_by_hand(SE))
        await site.run(lambda one: told(one).get("Ready", "").startswith("True/"))
        assert await lync.telephones.call(POOL, NUMBER, talk=timedelta(0)) is None
        assert await call_pool(site.lab, SERVER, POOL) is None
