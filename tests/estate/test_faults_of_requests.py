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
from um_operator.engine.one_pass import Report
from um_operator.exchange.estate import ExchangeEstate
from um_operator.lab.estate import Lab
from um_operator.lab.faults import Where
from um_operator.lab.journal import Occurrence
from um_operator.lab.wsman.interference import Disturbance, Seen
from um_operator.planning.steps.base import BaseStep

MANIFESTS = (
    dial_plan("hq"),
    gateway("sbc01", ("hq", "4900"), outcallsAllowed=False, deletionPolicy="Delete"),
)
LEFT = (MANIFESTS[0], gateway("sbc01", ("hq", "4950"), unlistedHuntGroups="Remove"))
"""What stays when a pilot number was changed and the spare gateway deleted."""
SPARE = ObjectKey("UMIPGateway", "spare")
PATIENCE = timedelta(seconds=4)
"""Deadline of a step and of a reading, so that what hangs can be waited for."""
TROUBLE = [trouble for trouble in Disturbance if trouble is not Disturbance.NONE]
LIKE_OTHERS = set(TROUBLE) - {Disturbance.RESET_AFTER, Disturbance.HANG}
"""What the client has to take as it takes another trouble."""
CERTAINLY_NOT_DONE = {Disturbance.UNAVAILABLE, Disturbance.QUOTA}
"""The server says so: these writes may be sent again at once."""


@pytest.fixture(
    params=[
        pytest.param(trouble, marks=pytest.mark.night if trouble in LIKE_OTHERS else (), id=trouble.name)
        for trouble in TROUBLE
    ]
)
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disturbance:
    if request.param is Disturbance.HANG:
        be_impatient(monkeypatch)
    return Disturbance(request.param)


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    return declaring(lab, tmp_path, organization(), *MANIFESTS)


@pytest.fixture
def commands(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return heard(lab, monkeypatch)


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the operator give up soon what hangs."""
    monkeypatch.setattr(BaseStep, "deadline", PATIENCE)
    defaults = ExchangeEstate.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "deadline", PATIENCE.total_seconds())


def heard(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the cmdlets that clients start from now on, in order."""
    commands: list[str] = []
    before = lab.faults.before

    async def hear(seen: Seen) -> Disturbance:
        commands.extend(seen.cmdlets)
        return await before(seen)

    monkeypatch.setattr(lab.faults, "before", hear)
    return commands


async def test_trouble_with_the_writes_of_a_gateway(
    lab: Lab,
    operator: Operator,
    commands: list[str],
    trouble: Disturbance,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    writes = ("New-UMIPGateway", "Set-UMIPGateway")
    for cmdlet in writes:
        lab.faults.disturb(Where(cmdlet), trouble)
    report = await operator.apply()
    assert happened(lab) == [trouble.name] * 2
    assert_in_force(lab, report, *MANIFESTS)
    for cmdlet in writes:
        assert_written_once(lab, commands, cmdlet, trouble)
    assert leaks(operator, password(lab), caplog.text, repr(report)) == []


async def test_trouble_with_opening_a_session_and_with_a_reading(
    lab: Lab, operator: Operator, trouble: Disturbance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    lab.faults.disturb(Where(verb="Create"), trouble)
    lab.faults.disturb(Where("Get-UMIPGateway", nth=2), trouble)
    report = await operator.apply()
    assert happened(lab) == [trouble.name] * 2
    assert_in_force(lab, report, *MANIFESTS)
    assert len(lab.journal.effects) == 5, "plan, its policy, gateway, its setting, hunt group"
    assert leaks(operator, password(lab), caplog.text, repr(report)) == []


async def test_trouble_with_the_removals(
    lab: Lab, operator: Operator, commands: list[str], trouble: Disturbance
) -> None:
    removals = ("Remove-UMHuntGroup", "Remove-UMIPGateway")
    await with_a_spare_gateway(operator)
    for cmdlet in removals:
        lab.faults.disturb(Where(cmdlet), trouble)
    assert_in_force(lab, await operator.apply(delete={SPARE}), *LEFT)
    assert happened(lab) == [trouble.name] * 2
    for cmdlet in removals:
        assert_written_once(lab, commands, cmdlet, trouble)


async def test_trouble_with_every_other_request_only_takes_longer(lab: Lab, operator: Operator) -> None:
    for nth in range(2, 80, 7):
        lab.faults.disturb(Where(nth=nth), Disturbance.RESET_BEFORE)
    assert_in_force(lab, await operator.apply(), *MANIFESTS)
    assert len(happened(lab)) >= 10


async def with_a_spare_gateway(operator: Operator) -> None:
    """Bring the manifests and a spare gateway into force, then declare what is left without it."""
    operator.declare(organization(), *MANIFESTS, gateway("spare", deletionPolicy="Delete"))
    await operator.apply()
    operator.declare(organization(), *LEFT)


def happened(lab: Lab) -> list[object]:
    """Return the troubles that requests really had."""
    entries = (entry for entry in lab.journal.entries if isinstance(entry, Occurrence))
    return [entry.details["fault"] for entry in entries if entry.what == "Fault"]


def assert_in_force(lab: Lab, report: Report, *manifests: dict[str, object]) -> None:
    """Assert that Exchange is as declared and that the operator knows it."""
    assert report.plan.steps == ()
    assert differences(lab, *manifests) == []


def assert_written_once(lab: Lab, commands: list[str], cmdlet: str, trouble: Disturbance) -> None:
    """Assert that a write had one effect and was not sent again before its object was read."""
    done = [effect for effect in lab.journal.effects if effect.cmdlet == cmdlet]
    assert [effect.cmdlet for effect in done if cmdlet.endswith(effect.kind)] == [cmdlet]
    if trouble not in CERTAINLY_NOT_DONE:
        assert read_between(commands, cmdlet)


def read_between(commands: list[str], write: str) -> bool:
    """Whether between two writes the kind of object was read."""
    reading = f"Get-{write.partition('-')[2]}"
    places = [place for place, cmdlet in enumerate(commands) if cmdlet == write]
    return all(reading in commands[one:other] for one, other in pairwise(places))
