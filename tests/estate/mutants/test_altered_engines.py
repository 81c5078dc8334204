"""The real engine with one decision of the planner spoilt: what it then does is caught, or never done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from um_operator.desired.organization import DesiredOrganization
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.journal import Occurrence
from um_operator.lab.presets import first_steps
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan

NIGHT = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}
A_WHILE = timedelta(minutes=3)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """The estate of the first steps; its rules are meant to be broken here.

    Its time is real but for the waiting, so that a while is long enough on a busy machine, too.
    """
    async with Lab.start(first_steps(), clock=Clock(), seed=17) as lab:
        yield lab


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator whose one plan and gateway are in force, and that may interrupt at night."""
    documents = (
        organization(maintenanceWindows=[NIGHT], disruption={"drainTimeout": "30m"}),
        dial_plan("hq", maxRecordingDuration="10m"),
        gateway("sbc01", ("hq", "4900"), port=5060),
    )
    operator = declaring(lab, tmp_path, *documents)
    await operator.apply(within=A_WHILE)
    lab.invariants.check()
    return operator


def impatient(*arguments: Any, **named: Any) -> Plan:
    """Plan, and let every step run at once, whatever it waits for."""
    plan = make_plan(*arguments, **named)
    return replace(plan, steps=tuple(replace(planned, waits=()) for planned in plan.steps))


def forgetful(
    desired: DesiredOrganization, observed: Snapshot, ledger: Ledger, now: datetime, **named: Any
) -> Plan:
    """Plan without remembering what was corrected before."""
    objects = {key: replace(entry, corrections={}) for key, entry in ledger.objects.items()}
    return make_plan(desired, observed, replace(ledger, objects=objects), now, **named)


def credulous(
    desired: DesiredOrganization, observed: Snapshot, ledger: Ledger, now: datetime, **named: Any
) -> Plan:
    """Plan as if what was not read were not there."""
    if isinstance(observed.hunt_groups, Unknown):
        observed = replace(observed, hunt_groups=Known((), now))
    return make_plan(desired, observed, ledger, now, **named)


def caught(lab: Lab) -> set[str]:
    """The rules that were broken, and the cmdlets that Exchange refused."""
    entries = (entry for entry in lab.journal.entries if isinstance(entry, Occurrence))
    refused = {str(entry.details["cmdlet"]) for entry in entries if entry.what == "Refused"}
    return refused | {violation.rule for violation in lab.invariants.violations}


async def test_a_planner_that_waits_for_no_window_is_caught(lab: Lab, operator: Operator) -> None:
    operator.planner = impatient
    lab.change("Set-UMIPGateway", "sbc01", Port=5070)
    lab.directory.replicate_now()
    await operator.apply(within=A_WHILE)
    assert "R26" in caught(lab)


async def test_a_planner_that_forgets_its_corrections_is_caught(lab: Lab, operator: Operator) -> None:
    operator.planner = forgetful
    for minutes in range(20, 24):
        lab.change("Set-UMDialPlan", "hq", MaxRecordingDuration=minutes)
        lab.directory.replicate_now()
        await operator.apply(within=A_WHILE)
    assert "R27" in caught(lab)


async def test_a_planner_that_takes_unread_for_absent_writes_nothing_past_the_choke_point(
    lab: Lab, operator: Operator
) -> None:
    operator.planner = credulous
    before = len(lab.journal.effects)
    lab.faults.refuse(Where("Get-UMHuntGroup", times=ALWAYS), "ADTransientException")
    report = await operator.apply(within=A_WHILE)
    assert [type(planned.step).__name__ for planned in report.plan.steps] == ["CreateHuntGroup"]
    assert len(lab.journal.effects) == before
    assert caught(lab) == set()
