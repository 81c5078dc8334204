"""What else windows do to a rollout: a first deployment waits, and what shall wait to the end does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.rollouts import EX01, Rollout, estate, rollout, told
from estate.test_certificate_windows import AGE, LEFT, NIGHT, SUNDAY, about_to_end, declare, stopped, waits
from um_operator.lab.exchange.builder import Secured
from um_operator.lab.hosts.service import KIND as SERVICE

pytestmark = pytest.mark.timeout(1800)


async def test_a_first_deployment_is_not_ready_until_its_window_and_begins_then(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        declare(one)
        report = await one.run(waits)
        assert told(report) == {"Ready": "False/WaitingForWindow", "RestartPending": "True/WaitingForWindow"}
        assert stopped(one) == []
        assert {settings["UMStartupMode"] for settings in modes(one)} == {"TCP"}
        await one.run(within=timedelta(days=1))
        assert set(stopped(one)) == {21}


async def test_what_ends_within_three_days_waits_all_the_same_where_it_shall(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01, secured=Secured(lifetime=AGE + LEFT))) as one:
        from_then = await about_to_end(one)
        declare(one, maintenanceWindows=[SUNDAY], onMissedWindow="Hold")
        report = await one.run(lambda report: waits(report) and one.lab.clock.now() > from_then)
        assert told(report)["RestartPending"] == "True/WaitingForWindow"
        assert stopped(one) == []


async def test_the_server_in_hand_is_finished_when_the_window_closes_and_no_other_is_begun(
    tmp_path: Path,
) -> None:
    async with rollout(tmp_path, estate(secured=Secured())) as one:
        declare(one, maintenanceWindows=[{**NIGHT, "duration": "1h"}], disruption={"soak": "40m"})
        await one.run(waits)
        report = await one.run(lambda report: waits(report) and bool(stopped(one)), within=timedelta(days=1))
        assert told(report)["RestartPending"] == "True/WaitingForWindow"
        assert len(stopped(one)) == 4, "the services of one server, stopped and started"
        begun = one.lab.clock.now()
        await one.run(within=timedelta(days=2))
        later = [effect.time for effect in one.lab.journal.effects if effect.kind == SERVICE][4:]
        assert min(later) - begun > timedelta(hours=20)


def modes(one: Rollout) -> list[dict[str, str]]:
    """Return what the UM service of the server is configured for."""
    rows = one.lab.console().run("Get-UMService", parameters={"Identity": "ex01"}).rows
    return [{"UMStartupMode": str(getattr(row.properties["UMStartupMode"], "name", ""))} for row in rows]
