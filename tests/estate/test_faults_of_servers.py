"""A server that does not answer is passed over; where none answers nothing is written, and it is said why."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.as_declared import differences
from estate.harness import Operator, declaring, write
from estate.manifests import dial_plan, gateway, organization, resource
from estate.secrecy import leaks, password
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.wsman.interference import Disturbance

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
GATEWAY = ObjectKey("UMIPGateway", "sbc01")
MANIFESTS = (dial_plan("hq"), gateway("sbc01", ("hq", "4900")))
FIRST, SECOND = "ex01.contoso.com", "ex02.contoso.com"


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    return declaring(lab, tmp_path, organization(), *MANIFESTS)


def of(*hosts: str, method: str = "NTLM") -> dict[str, object]:
    """Return the organisation with these endpoints."""
    authentication = {"method": method, "secretRef": {"name": "exchange-operator"}}
    endpoints = [f"http://{host}/PowerShell/" for host in hosts]
    return organization(exchange={"endpoints": endpoints, "authentication": authentication})


def ready(report: Report, key: ObjectKey) -> tuple[str, str]:
    """Return status and reason of Ready."""
    [condition] = [c for c in report.memory.statuses[key].conditions if c.type == "Ready"]
    return condition.status, condition.reason


async def all_is_well(lab: Lab, operator: Operator) -> None:
    report = await operator.apply()
    assert report.plan.steps == ()
    assert ready(report, ORGANIZATION) == ("True", "Connected")
    assert differences(lab, *MANIFESTS) == []


async def nothing_is_written(lab: Lab, operator: Operator, reason: str) -> Report:
    report = await operator.one_pass()
    assert lab.journal.effects == []
    assert ready(report, ORGANIZATION) == ("False", reason)
    assert ready(report, GATEWAY) == ("Unknown", "NotRead")
    return report


async def test_a_server_that_is_down_is_passed_over(lab: Lab, operator: Operator) -> None:
    lab.faults.take_down(FIRST)
    await all_is_well(lab, operator)


@pytest.mark.parametrize(
    "effect", [pytest.param(1, marks=pytest.mark.night), 3, pytest.param(4, marks=pytest.mark.night)]
)
async def test_a_server_goes_down_before_it_can_reply(lab: Lab, operator: Operator, effect: int) -> None:
    lab.faults.after_effect(effect, lambda: lab.faults.take_down(FIRST))
    await all_is_well(lab, operator)
    assert len(lab.journal.effects) == 4, "plan, its policy, gateway, hunt group"


async def test_where_no_server_answers_nothing_is_written(lab: Lab, operator: Operator) -> None:
    for server in (FIRST, SECOND):
        lab.faults.take_down(server)
    await nothing_is_written(lab, operator, "EndpointUnreachable")
    lab.faults.bring_up(SECOND)
    await all_is_well(lab, operator)


async def test_an_address_on_which_nobody_listens_is_passed_over(lab: Lab, operator: Operator) -> None:
    operator.declare(of("exold.contoso.com"), *MANIFESTS)
    await nothing_is_written(lab, operator, "EndpointUnreachable")
    operator.declare(of("exold.contoso.com", SECOND), *MANIFESTS)
    await all_is_well(lab, operator)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Disturbance.UNAVAILABLE, marks=pytest.mark.night),
        pytest.param(Disturbance.QUOTA, marks=pytest.mark.night),
        Disturbance.RESET_AFTER,
    ],
)
async def test_a_server_that_opens_no_shell_is_passed_over(
    lab: Lab, operator: Operator, trouble: Disturbance
) -> None:
    take_back = lab.faults.disturb(Where(server=FIRST, verb="Create", times=ALWAYS), trouble)
    await all_is_well(lab, operator)
    take_back()
    await all_is_well(lab, operator)


async def test_a_wrong_password_is_said_in_words_and_not_repeated(
    lab: Lab, operator: Operator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    wrong = "not-the-password"
    right = operator.folders[1]
    operator.folders[1] = account("CONTOSO\\svc-um-operator", wrong, tmp_path / "wrong")
    report = await nothing_is_written(lab, operator, "AuthenticationFailed")
    assert leaks(operator, wrong, caplog.text, repr(report)) == []
    operator.folders[1] = right
    await all_is_well(lab, operator)
    assert leaks(operator, password(lab), caplog.text) == []


async def test_an_account_without_rights_is_told_what_it_may_not(
    lab: Lab, operator: Operator, tmp_path: Path
) -> None:
    reader = next(a for a in lab.spec.organization.accounts if a.name.endswith("svc-um-reader"))
    operator.folders[1] = account(reader.name, reader.password, tmp_path / "reader")
    report = await operator.apply()
    assert lab.journal.effects == []
    conditions = {c.type: c for c in report.memory.statuses[ObjectKey("UMDialPlan", "hq")].conditions}
    assert conditions["Stalled"].reason == "Forbidden"
    assert "New-UMDialPlan" in conditions["Stalled"].message
    assert lab.counters.invocations["New-UMDialPlan"] <= 2, "a refusal is tried again by a later run"


def account(name: str, secret: str, folder: Path) -> Path:
    """Write the Secret of an account."""
    document = resource("Secret", "exchange-operator")
    del document["spec"]
    data = {"username": name, "password": secret}
    return write(folder, [{**document, "apiVersion": "v1", "stringData": data}])
