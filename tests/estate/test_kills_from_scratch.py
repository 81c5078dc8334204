"""Killed at every effect of the making of a plan and two gateways, umctl is run again and the end is right."""

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
EFFECTS = 8
"""The plan made and configured; each gateway made, reached as declared, linked."""


@pytest.mark.parametrize("effects", range(EFFECTS))
@pytest.mark.parametrize("when", When, ids=lambda when: when.name)
async def test_killed_once_and_run_again(when: When, effects: int, tmp_path: Path) -> None:
    effects += when is When.AFTER
    async with Experiment.on(DECLARED, tmp_path) as experiment:
        ended = await experiment.killed(when, effects)
        assert ended.killed, ended.output
        assert len(experiment.lab.journal.effects) == effects
        experiment.let_servers_read()
        ended = await experiment.umctl.run()
        assert ended.code == 0, ended.output
        assert len(experiment.lab.journal.effects) == EFFECTS
        await experiment.judge()
