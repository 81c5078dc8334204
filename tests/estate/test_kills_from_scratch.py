"""Killed at every write of the making of a plan and two gateways, umctl is run again and the end is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.kills import PORT, Declared, Experiment, When
from estate.manifests import dial_plan, gateway

DECLARED = Declared(
    (
        dial_plan("hq", defaultLanguage="en-US", maxRecordingDuration="10m"),
        gateway("sbc01", ("hq", "4900"), port=PORT),
        gateway("cube01", ("hq", "4900"), port=PORT),
    )
)
WRITES = (1, 3, 4, 5, 6, 7, 8, 9)
"""The first effect of each: the plan made, with its mailbox policy, and configured; each gateway made,
reached as declared, linked."""
BY_DAY = {(When.BEFORE if number % 2 else When.AFTER, write) for number, write in enumerate(WRITES)}
"""Each write in one of the two ways; the chain over the same set kills at it in the other."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("when", "write"),
    [
        pytest.param(when, write, marks=() if (when, write) in BY_DAY else pytest.mark.night)
        for when in When
        for write in WRITES
    ],
    ids=lambda value: value.name if isinstance(value, When) else str(value),
)
async def test_killed_once_and_run_again(when: When, write: int, tmp_path: Path) -> None:
    async with Experiment.on(DECLARED, tmp_path) as experiment:
        await experiment.killed(when, write)
        experiment.let_servers_read()
        await experiment.finished()
        assert len(experiment.lab.journal.effects) == WRITES[-1]
        await experiment.judge()
