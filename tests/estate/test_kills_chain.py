"""Killed at each write in turn and run on at once, umctl still gets there: made, replaced, deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.kills import PORT, Declared, Experiment
from estate.manifests import dial_plan, gateway
from estate.test_kills_from_scratch import DECLARED as SMALL
from estate.test_kills_from_scratch import WRITES as SMALL_WRITES
from um_operator.api.meta import ObjectKey
from um_operator.lab.gateways.calling import Cause

BRANCH = dial_plan("branch", numberOfDigitsInExtension=3, maxCallDuration="45m")
DECLARED = Declared(
    before=(
        dial_plan("hq"),
        gateway("sbc01", ("hq", "4900"), port=PORT),
        gateway("kamailio01", ("hq", "4950"), port=PORT, deletionPolicy="Delete"),
    ),
    after=(
        dial_plan("hq", operatorExtension="4711"),
        BRANCH,
        gateway("sbc01", ("hq", "4901"), port=PORT, unlistedHuntGroups="Remove"),
        gateway("cube01", ("hq", "4900"), ("branch", "790"), port=PORT),
    ),
    delete=(ObjectKey("UMIPGateway", "kamailio01"),),
    explained={"kamailio01": {Cause.NO_NEW_CALLS}},
)
WRITES = (1, *range(3, 14))
"""The first effect of each; the new plan's mailbox policy is the second of its write."""


@pytest.mark.timeout(180)
async def test_killed_at_each_write_of_a_plan_and_two_gateways_in_turn_and_run_on(tmp_path: Path) -> None:
    async with Experiment.on(SMALL, tmp_path) as experiment:
        await experiment.kill_at_each_write(SMALL_WRITES)
        assert experiment.kills == len(SMALL_WRITES)
        assert len(experiment.lab.journal.effects) == SMALL_WRITES[-1]
        await experiment.judge()


@pytest.mark.night
@pytest.mark.timeout(300)
async def test_killed_at_each_write_in_turn_and_run_on(tmp_path: Path) -> None:
    async with Experiment.on(DECLARED, tmp_path) as experiment:
        await experiment.kill_at_each_write(WRITES)
        assert experiment.kills == len(WRITES)
        await experiment.judge()
        experiment.let_servers_read()
        await experiment.lab.calls.until_each_gateway_called(gateways=["cube01"])
        await experiment.judge()
