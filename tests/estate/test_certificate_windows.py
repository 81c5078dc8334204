"""Restarts wait for a window and say so; a certificate that is about to end waits for none (R12, R26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.rollouts import EX01, Rollout, estate, rollout, status, told
from um_operator.engine.one_pass import Report
from um_operator.lab.clock import EPOCH
from um_operator.lab.exchange.builder import Secured
from um_operator.lab.hosts.service import KIND as SERVICE

pytestmark = pytest.mark.timeout(600)

NIGHT = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}
NEARLY_NIGHT = EPOCH.replace(hour=20, minute=50)
"""Ten minutes before that, in UTC."""
AGE = timedelta(days=30)
"""Of what a secured estate has served since long."""
LEFT = timedelta(days=4)
SUNDAY = {"name": "sunday", "schedule": "0 22 * * 0", "duration": "4h", "timeZone": "Europe/Berlin"}
"""The lab begins on a Monday."""


def waits(report: Report) -> bool:
    """Whether nothing but a window is waited for."""
    return told(report).get("RestartPending") == "True/WaitingForWindow"


def stopped(one: Rollout) -> list[int]:
    """Return the hours, in UTC, at which services were stopped by the operator."""
    ours = (effect for effect in one.lab.journal.effects if effect.kind == SERVICE and not effect.is_by_hand)
    return [effect.time.hour for effect in ours]


def declare(one: Rollout, **organization: Any) -> None:
    one.organization = {"maintenanceWindows": [NIGHT], **organization}
    one.declare()


@pytest.mark.night
async def test_a_renewal_that_waits_for_its_window_leaves_the_certificate_ready(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01, secured=Secured())) as one:
        await one.run()
        before = len(stopped(one))
        declare(one)
        one.declare(**{"renew-requested-at": "now"})
        report = await one.run(waits)
        assert told(report) == {"Ready": "True/Serving", "RestartPending": "True/WaitingForWindow"}
        assert len(stopped(one)) == before
        one.lab.clock.advance(NEARLY_NIGHT - one.lab.clock.now())
        report = await one.run()
        assert status(report).revision == 2
        assert set(stopped(one)[before:]) == {21}


async def about_to_end(one: Rollout) -> datetime:
    """Let the operator wait for Sunday until shortly before it need not; return the instant from which."""
    declare(one, maintenanceWindows=[SUNDAY])
    await one.run(waits)
    assert stopped(one) == []
    from_then = EPOCH + LEFT - timedelta(hours=72)
    one.lab.clock.advance(from_then - timedelta(minutes=10) - one.lab.clock.now())
    return from_then


@pytest.mark.night
async def test_what_ends_within_three_days_is_renewed_outside_every_window(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01, secured=Secured(lifetime=AGE + LEFT))) as one:
        from_then = await about_to_end(one)
        one.operator.declarations.proceeds_from = from_then
        await one.run(within=timedelta(hours=1))
        first = next(effect.time for effect in one.lab.journal.effects if effect.kind == SERVICE)
        assert from_then <= first < from_then + timedelta(minutes=10)
