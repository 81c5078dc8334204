"""Mode Plan on the estate: the approved plan runs whole, through every kill, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring, hunt_groups, live
from estate.kills import When
from estate.manifests import dial_plan, gateway, organization
from estate.process import Umctl
from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.local.journal import LocalJournal
from um_operator.planning.stored_plan import StoredPlan, from_json

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
SBC01 = ObjectKey("UMIPGateway", "sbc01")
NIGHT = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}
WRITES = (1, 3, 4, 5, 6)
"""The first effect of each: the plan made, with its policy, and the gateway; both configured; linked."""
NAMES = ("sbc01", "cube01", "kamailio01")


def org(**spec: Any) -> dict[str, Any]:
    return organization(mode="Plan", replicationGrace="4m", **spec)


def stored(operator: Operator) -> StoredPlan:
    """Return the one plan that is stored."""
    [path] = (operator.state / "default" / "default" / "plans").glob("*.json")
    return from_json(path.read_bytes(), path.stem)


@pytest.mark.timeout(180)
async def test_killed_at_each_of_its_writes_an_approved_plan_completes_without_a_second_approval(
    lab: Lab, tmp_path: Path
) -> None:
    declared = (
        dial_plan("hq", maxRecordingDuration="10m"),
        gateway("sbc01", ("hq", "4900"), messageWaitingIndicatorAllowed=False),
    )
    operator = declaring(lab, tmp_path, org(), *declared)
    umctl = Umctl(operator)
    assert (await umctl.run()).code == 2
    assert lab.journal.effects == []
    approved = stored(operator)
    operator.declare(org(approvedPlan=approved.digest), *declared)
    for number, write in enumerate(WRITES):
        when = When.AFTER if number % 2 else When.BEFORE
        ended = await umctl.run(when.at(lab, write - len(lab.journal.effects)))
        assert ended.killed, ended.output
    ended = await umctl.run()
    assert ended.code == 0, ended.output
    assert hunt_groups(lab, "sbc01") == {("hq", "4900")}
    begun = {entry.step_id for entry in LocalJournal(operator.state / "default" / "default").read()}
    assert begun == approved.by_id.keys()
    assert stored(operator) == approved


def waiting(report: Report) -> Mapping[str, list[tuple[str, str]]]:
    """Return, by resource, reason and message of what is waited for."""
    return {
        key.name: [(one.reason, one.message) for one in status.waiting_for]
        for key, status in report.memory.statuses.items()
        if not isinstance(status, ExchangeOrganizationStatus) and status.waiting_for
    }


def plan_pending(report: Report) -> tuple[str, str]:
    [found] = [one for one in report.memory.statuses[ORGANIZATION].conditions if one.type == "PlanPending"]
    return found.reason, found.message


async def test_approved_on_monday_changed_by_hand_on_thursday_run_on_saturday(
    lab: Lab, tmp_path: Path
) -> None:
    """Each gateway shall move to another port, in a window, and then get one more hunt group."""
    before = [gateway(name, ("hq", "4900"), port=5060) for name in NAMES]
    after = [gateway(name, ("hq", "4900"), ("hq", "4950"), port=5070) for name in NAMES]
    windows: dict[str, Any] = {"maintenanceWindows": [NIGHT], "disruption": {"drainTimeout": "30m"}}
    operator = declaring(lab, tmp_path, organization(**windows), dial_plan("hq"), *before)
    await operator.apply()

    operator.declare(org(**windows), dial_plan("hq"), *after)
    await operator.apply()
    monday = stored(operator)
    assert len(monday.steps) == 6
    operator.declare(org(approvedPlan=monday.digest, **windows), dial_plan("hq"), *after)
    report = await operator.apply()
    assert {reason for found in waiting(report).values() for reason, _ in found} >= {"WaitingForWindow"}

    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5099)
    report = await operator.apply()
    assert plan_pending(report)[0] == "PlanStale"
    assert (
        '"UMIPGateway/sbc01" port: had "5060", has "5099"; 1 more comes after that' in plan_pending(report)[1]
    )
    stale = [message for reason, message in waiting(report)["sbc01"] if reason == "PlanStale"]
    assert len(stale) == 2
    assert all('port: had "5060", has "5099"' in message for message in stale)
    assert report.wake_at is not None

    effects = len(lab.journal.effects)
    lab.clock.advance(report.wake_at - lab.clock.now() + timedelta(seconds=1))
    report = await operator.apply()
    assert {name: live(lab, "UMIPGateway", name)["Port"] for name in NAMES} == {
        "sbc01": 5099,
        "cube01": 5070,
        "kamailio01": 5070,
    }
    assert {name: len(hunt_groups(lab, name)) for name in NAMES} == {
        "sbc01": 1,
        "cube01": 2,
        "kamailio01": 2,
    }
    assert len(lab.journal.effects) == effects + 4
    assert set(waiting(report)) == {"sbc01"}
    assert {reason for reason, _ in waiting(report)["sbc01"]} == {"PlanStale", "WaitingForGateway"}
