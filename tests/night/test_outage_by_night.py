"""The API server is away for longer than a Lease lasts, but only for the operator: people go on working."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from estate.harness import names
from incluster.absence import (
    ADDED,
    CHANGED,
    DELETED,
    ORPHANED,
    OWNER,
    PLAN,
    assert_changed,
    assert_left_alone,
    change,
    declare,
)
from incluster.harness import Cluster, cluster_of, reachable, until
from incluster.processes import holder, started
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

AWAY = 75.0
"""Seconds; a Lease that is not renewed is lost after ten and taken after fifteen."""
LATE = 300.0
"""Seconds within which everything must have been made up for."""
RATE = 30.0
"""Lab seconds a real second."""


@asynccontextmanager
async def kept_running(cluster: Cluster, lab: Lab) -> AsyncIterator[None]:
    """Run an operator, and another one whenever it ends, as a kubelet does."""

    async def run() -> None:
        for number in count():
            async with started(cluster, lab, f"run-{number}", lease=()) as process:
                await process.ended(within=None)

    running = asyncio.create_task(run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


@pytest.mark.timeout(900)
async def test_after_75_seconds_nothing_is_lost_nothing_deleted_that_was_not_and_no_ghost_kept(
    tmp_path: Path,
) -> None:
    async with (
        Lab.start(first_steps(), clock=Clock(datetime.now(UTC), rate=RATE), seed=7) as lab,
        reachable(lab),
        ApiServer.start(tmp_path / "api") as server,
        cluster_of(server) as cluster,
    ):
        await declare(cluster, lab)
        async with kept_running(cluster, lab):
            await cluster.until_ready(OWNER, PLAN, CHANGED, ORPHANED, DELETED)
            with server.faults.gap("um-operator*"), server.faults.gap("kopf*"):
                await change(cluster)
                lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
                effects = len(lab.journal.effects)
                await asyncio.sleep(AWAY)
                assert len(lab.journal.effects) == effects, "nobody could know what is declared"

            await cluster.until_ready(OWNER, PLAN, CHANGED, ADDED)
            await until(lambda: _is_gone(cluster, lab), "what was deleted is gone", LATE)
            assert await holder(cluster) == "run-1", "the first one lost the Lease and ended"
            assert_changed(lab)
            await assert_left_alone(cluster, lab, "after the outage")
        created = [effect.name for effect in lab.journal.effects if effect.before is None]
        assert sorted(created) == sorted(set(created))
        lab.invariants.check()


async def _is_gone(cluster: Cluster, lab: Lab) -> bool:
    return await cluster.get(*DELETED) is None and "spare01" not in names(lab, "UMIPGateway")
