"""Whatever happens to a request, the end is right, and no write is repeated before it was read again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from estate.as_declared import differences
from estate.harness import Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from estate.secrecy import leaks, password
from um_operator.api.meta import ObjectKey
from um_operator.exchange.estate import ExchangeEstate
from um_operator.lab.estate import Lab
from um_operator.lab.faults import Where
from um_operator.lab.wsman.interference import Disturbance, Seen
from um_operator.planning.steps.base import BaseStep

MANIFESTS = (
    dial_plan("hq"),
    gateway("sbc01", ("hq", "4900"), outcallsAllowed=False, deletionPolicy="Delete"),
)
PATIENCE = timedelta(seconds=4)
"""Deadline of a step and of a reading, so that what hangs can be waited for."""
TROUBLE = [trouble for trouble in Disturbance if trouble is not Disturbance.NONE]
CERTAINLY_NOT_DONE = {Disturbance.UNAVAILABLE, Disturbance.QUOTA}
"""The server says so: these writes may be sent again at once."""


@pytest.fixture(params=TROUBLE, ids=lambda trouble: trouble.name)
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disturbance:
    if request.param is Disturbance.HANG:
        monkeypatch.setattr(BaseStep, "deadline", PATIENCE)
        defaults = ExchangeEstate.__init__.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, "deadline", PATIENCE.total_seconds())
    return Disturbance(request.param)


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    return declaring(lab, tmp_path, organization(), *MANIFESTS)


@pytest.fixture
def commands(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the cmdlets that clients start from now on, in order."""
    heard: list[str] = []
    before = lab.faults.before

    async def hear(seen: Seen) -> Disturbance:
        heard.extend(seen.cmdlets)
        return await before(seen)

    monkeypatch.setattr(lab.faults, "before", hear)
    return heard


@pytest.mark.parametrize("cmdlet", ["New-UMIPGateway", "Set-UMIPGateway"])
async def test_trouble_with_a_write(
    lab: Lab, operator: Operator, commands: list[str], trouble: Disturbance, cmdlet: str
) -> None:
    lab.faults.disturb(Where(cmdlet), trouble)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert differences(lab, *MANIFESTS) == []
    assert [effect.cmdlet for effect in lab.journal.effects].count(cmdlet) == 1
    if trouble not in CERTAINLY_NOT_DONE:
        assert read_between(commands, cmdlet)


@pytest.mark.parametrize("cmdlet", ["Get-UMIPGateway"])
async def test_trouble_with_a_reading(
    lab: Lab, operator: Operator, trouble: Disturbance, cmdlet: str
) -> None:
    lab.faults.disturb(Where(cmdlet, nth=2), trouble)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert differences(lab, *MANIFESTS) == []
    assert len(lab.journal.effects) == 5, "plan, its policy, gateway, its setting, hunt group"


@pytest.mark.parametrize("cmdlet", ["Remove-UMHuntGroup", "Remove-UMIPGateway"])
async def test_trouble_with_a_removal(
    lab: Lab, operator: Operator, commands: list[str], trouble: Disturbance, cmdlet: str
) -> None:
    operator.declare(organization(), *MANIFESTS, gateway("spare", deletionPolicy="Delete"))
    await operator.apply()
    left = (MANIFESTS[0], gateway("sbc01", ("hq", "4950"), unlistedHuntGroups="Remove"))
    operator.declare(organization(), *left)
    lab.faults.disturb(Where(cmdlet), trouble)
    report = await operator.apply(delete={ObjectKey("UMIPGateway", "spare")})
    assert report.plan.steps == ()
    assert differences(lab, *left) == []
    assert [effect.cmdlet for effect in lab.journal.effects].count(cmdlet) == 1
    if trouble not in CERTAINLY_NOT_DONE:
        assert read_between(commands, cmdlet)


async def test_trouble_with_every_other_request_only_takes_longer(lab: Lab, operator: Operator) -> None:
    for nth in range(2, 80, 7):
        lab.faults.disturb(Where(nth=nth), Disturbance.RESET_BEFORE)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert differences(lab, *MANIFESTS) == []


async def test_no_trouble_makes_the_password_known(
    lab: Lab, operator: Operator, trouble: Disturbance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    lab.faults.disturb(Where(verb="Create"), trouble)
    lab.faults.disturb(Where("Get-UMIPGateway"), trouble)
    lab.faults.disturb(Where("New-UMIPGateway"), trouble)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert leaks(operator, password(lab), caplog.text, repr(report)) == []


def read_between(commands: list[str], write: str) -> bool:
    """Whether between two writes the kind of object was read."""
    reading = f"Get-{write.partition('-')[2]}"
    places = [place for place, cmdlet in enumerate(commands) if cmdlet == write]
    return all(reading in commands[one:other] for one, other in pairwise(places))
