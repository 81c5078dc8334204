"""A window closes when half of twelve servers are through: what is told until the next, and what goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from estate.rollouts import Rollout, rollout, status, told
from estate.test_certificate_windows import NIGHT, stopped, waits
from um_operator.api.reasons import Reason
from um_operator.engine.one_pass import Report
from um_operator.lab.presets import mixed

pytestmark = pytest.mark.timeout(3600)

HALF = 6
DAY = timedelta(days=1)
CLOSED = timedelta(hours=12)
"""From any instant in the night until there is no window any more."""
PENDING = {"RestartPending": "True/WaitingForWindow"}
SERVING = {"Ready": "True/Serving", **PENDING}
NOT_YET = {"Ready": "False/WaitingForWindow", **PENDING}


async def expect_when_the_window_closes_on_half(one: Rollout, conditions: Mapping[str, str]) -> None:
    """Begin in a window and have it close on half of the servers; be told of it, and finished in the next."""
    before = one.served()

    def through() -> int:
        return sum(shown != before[fqdn] for fqdn, shown in one.served().items())

    def is_half(report: Report) -> bool:
        return through() == HALF and is_soaking(report)

    await one.run(is_half, within=2 * DAY)
    one.lab.clock.advance(CLOSED)
    at_half = len(stopped(one))
    report = await one.run(waits)
    assert told(report) == conditions
    assert (through(), len(stopped(one))) == (HALF, at_half)
    await one.run(within=2 * DAY)
    assert through() == len(one.fqdns)


def is_soaking(report: Report) -> bool:
    """Whether a server is done and watched, and the next one not begun."""
    return any(wait.reason == Reason.WAITING_FOR_SOAK for one in report.plan.steps for wait in one.waits)


async def test_only_a_renewal_stays_ready(tmp_path: Path) -> None:
    async with rollout(tmp_path, mixed()) as one:
        one.organization = {"maintenanceWindows": [NIGHT], "disruption": {"soak": "5m"}}
        one.declare()
        await expect_when_the_window_closes_on_half(one, NOT_YET)

        one.declare(**{"renew-requested-at": "now"})
        await expect_when_the_window_closes_on_half(one, SERVING)

        one.certificate |= {"privateKey": {"size": 4096}}
        one.declare()
        await expect_when_the_window_closes_on_half(one, NOT_YET)
        assert status(await one.run()).revision == 3
