"""Each trouble alone, with each request of a kind: what the day tries by twos."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from estate.conftest import RATE
from estate.harness import declaring
from estate.manifests import organization
from estate.test_faults_of_requests import (
    LEFT,
    MANIFESTS,
    SPARE,
    TROUBLE,
    assert_in_force,
    assert_written_once,
    be_impatient,
    happened,
    heard,
    with_a_spare_gateway,
)
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.faults import Where
from um_operator.lab.presets import first_steps
from um_operator.lab.wsman.interference import Disturbance

READINGS = ("Get-OrganizationConfig", "Get-ExchangeServer", "Get-UMDialPlan", "Get-UMHuntGroup")
WRITES = ("New-UMDialPlan", "New-UMIPGateway", "Set-UMIPGateway", "New-UMHuntGroup")
REMOVALS = ("Remove-UMHuntGroup", "Remove-UMIPGateway")


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), seed=7) as lab:
        yield lab
        lab.invariants.check()


@pytest.fixture(params=TROUBLE, ids=lambda trouble: trouble.name)
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disturbance:
    if request.param is Disturbance.HANG:
        be_impatient(monkeypatch)
    return Disturbance(request.param)


@pytest.mark.parametrize("cmdlet", WRITES)
async def test_trouble_with_a_write(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Disturbance, cmdlet: str
) -> None:
    operator, commands = declaring(lab, tmp_path, organization(), *MANIFESTS), heard(lab, monkeypatch)
    lab.faults.disturb(Where(cmdlet), trouble)
    assert_in_force(lab, await operator.apply(), *MANIFESTS)
    assert happened(lab) == [trouble.name]
    assert_written_once(lab, commands, cmdlet, trouble)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("cmdlet", READINGS)
async def test_trouble_with_a_reading(
    lab: Lab, tmp_path: Path, trouble: Disturbance, cmdlet: str, nth: int
) -> None:
    operator = declaring(lab, tmp_path, organization(), *MANIFESTS)
    lab.faults.disturb(Where(cmdlet, nth=nth), trouble)
    report = await operator.apply()
    assert happened(lab) == [trouble.name]
    if trouble is Disturbance.HANG and {finding.weight for finding in report.plan.findings} == {"Unread"}:
        report = await operator.apply()  # what hung took the whole deadline of a reading: a next run goes on
    assert_in_force(lab, report, *MANIFESTS)
    assert len(lab.journal.effects) == 5, "plan, its policy, gateway, its setting, hunt group"


@pytest.mark.parametrize("cmdlet", REMOVALS)
async def test_trouble_with_a_removal(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Disturbance, cmdlet: str
) -> None:
    operator, commands = declaring(lab, tmp_path), heard(lab, monkeypatch)
    await with_a_spare_gateway(operator)
    lab.faults.disturb(Where(cmdlet), trouble)
    assert_in_force(lab, await operator.apply(delete={SPARE}), *LEFT)
    assert happened(lab) == [trouble.name]
    assert_written_once(lab, commands, cmdlet, trouble)
