"""Unknown is not absent (R1): while a list is unread nothing is made, changed or removed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.as_declared import differences
from estate.harness import Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.lab.faults import ALWAYS, Where

ORGANIZATION = organization(replicationGrace="4m")
SPARE = ObjectKey("UMIPGateway", "spare")
A_WHILE = timedelta(seconds=60)
LISTS = (
    "Get-OrganizationConfig",
    "Get-ExchangeServer",
    "Get-UMDialPlan",
    "Get-UMIPGateway",
    "Get-UMHuntGroup",
    "Get-UMMailboxPolicy",
)
AFTER = (
    dial_plan("hq", operatorExtension="4711"),
    dial_plan("branch"),
    gateway("sbc01", ("hq", "4950"), outcallsAllowed=False, unlistedHuntGroups="Remove"),
    gateway("cube01", ("branch", "790")),
)


@pytest.fixture
async def operator(lab: Lab, tmp_path: Path) -> Operator:
    """An operator with something to make, to change and to remove, of each kind."""
    before = (dial_plan("hq"), gateway("sbc01", ("hq", "4900")), gateway("spare", deletionPolicy="Delete"))
    operator = declaring(lab, tmp_path, ORGANIZATION, *before)
    await operator.apply()
    operator.declare(ORGANIZATION, *AFTER)
    return operator


@pytest.mark.parametrize(
    "exception",
    ["ADTransientException", pytest.param("ManagementObjectNotFoundException", marks=pytest.mark.night)],
)
async def test_nothing_is_done_while_a_list_is_unread_whichever_it_is(
    lab: Lab, operator: Operator, exception: str
) -> None:
    effects = len(lab.journal.effects)
    for cmdlet in LISTS:
        take_back = lab.faults.refuse(Where(cmdlet, times=ALWAYS), exception)
        report = await operator.apply(delete={SPARE}, within=A_WHILE)
        assert lab.journal.effects[effects:] == [], f"{cmdlet} was not read"
        assert_unread(report, cmdlet)
        take_back()
    report = await operator.apply(delete={SPARE})
    assert report.plan.steps == ()
    assert differences(lab, *AFTER) == []


def assert_unread(report: Report, cmdlet: str) -> None:
    """Assert that the organisation is not ready and says what it could not read."""
    organization = report.memory.statuses[ObjectKey("ExchangeOrganization", "default")]
    [ready] = [condition for condition in organization.conditions if condition.type == "Ready"]
    assert ready.status == "False"
    assert cmdlet in ready.message


async def test_what_is_unread_after_a_while_is_no_drift(lab: Lab, operator: Operator) -> None:
    await operator.apply(delete={SPARE})
    told = len(operator.events)
    take_back = lab.faults.refuse(Where("Get-UMIPGateway", times=ALWAYS), "ADTransientException")
    report = await operator.one_pass()
    conditions = {c.type: c for c in report.memory.statuses[ObjectKey("UMIPGateway", "sbc01")].conditions}
    assert conditions["Ready"].status == "Unknown"
    assert conditions["Ready"].reason == "NotRead"
    assert "Drifted" not in conditions
    assert not any(event.reason == "Drifted" for event in operator.events[told:])
    take_back()
