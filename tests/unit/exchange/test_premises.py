from __future__ import annotations

import pytest

from exchange_support import (
    DC1,
    DC2,
    UNREACHABLE,
    Answer,
    TableInvoker,
    error,
    gateway_row,
    organisation,
    plan_row,
    row,
    rows,
    server_row,
)
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY
from um_operator.exchange.premise_table import premises
from um_operator.remoting.premises import Checked, Verdict, check
from um_operator.remoting.session import Command, PSValue, Result

SERVER = "ex01.contoso.com"
NOT_FOUND = Result((), (error("ManagementObjectNotFoundException"),))
MISSING = Result((), (error(".MissingMandatoryParameter,New-UMDialPlan", "InvalidArgument"),))
NO_CMDLET = Result((), (error(".CommandNotFoundException", "ObjectNotFound"),))
NO_PARAMETER = Result((), (error(".NamedParameterNotFound,Set-UMIPGateway", "InvalidArgument"),))
BARE = row("X", RawData=b"der", Status=None, HasPrivateKey=None, Services=None)
CREATING = {"New-UMDialPlan", "New-UMIPGateway", "New-UMHuntGroup"}
"""They lack their mandatory name."""
WRITES = [
    f"{verb}-{noun}"
    for noun, verbs in {
        "UMDialPlan": ("New", "Set", "Remove"),
        "UMMailboxPolicy": ("Remove",),
        "UMIPGateway": ("New", "Set", "Remove"),
        "UMHuntGroup": ("New", "Remove"),
        "ExchangeCertificate": ("New", "Import", "Export", "Enable", "Remove"),
        "UMService": ("Set",),
        "UMCallRouterSettings": ("Set",),
        "ServerComponentState": ("Set",),
    }.items()
    for verb in verbs
]


def gateways(command: Command) -> Answer:
    return NOT_FOUND if "Identity" in command.parameters else rows(gateway_row())


def certificates(command: Command) -> Answer:
    """What bytes cannot tell stands behind Select-Object only."""
    told: dict[str, PSValue] = {"Status": "Valid", "HasPrivateKey": True, "Services": "None"}
    return rows(row("X", RawData=b"der", **(told if command.then else {})))


def listed(command: Command) -> Answer:
    """What a server says of itself: which domain controller it reads settings from, too."""
    name = str(command.parameters.get("Identity", "ex01")).partition(".")[0]
    return rows(server_row(name, CurrentDomainControllers=(DC1, DC2), CurrentConfigDomainController=DC2))


async def table(**changed: Answer) -> dict[str, Checked]:
    answers = {
        **organisation(UMIPGateway=gateways, ExchangeServer=listed, ExchangeCertificate=certificates),
        "Get-ServerComponentState": rows(
            row("C", Component="ServerWideOffline"), row("C", Component="UMCallRouter")
        ),
        **{name: MISSING if name.startswith("New") else NOT_FOUND for name in WRITES},
        **{name.replace("_", "-"): answer for name, answer in changed.items()},
    }
    checked = await check(TableInvoker(answers), premises(SERVER, DC1), deadline=5)
    return {row.name: row for row in checked}


async def test_an_exchange_that_is_as_taken_for_granted_shows_it() -> None:
    found = await table()
    held = {name for name, row in found.items() if row.verdict is Verdict.HOLDS}
    assert {"read dial plans", "read gateways", "call router", "unknown identity", *WRITES} <= held
    assert found["call router"].seen == "TCP, ports 5060 and 5061"
    assert found["domain controllers"].seen == "dc02.contoso.com, dc01.contoso.com"
    assert found["own domain controller"] == Checked(
        "own domain controller", f'Which one does "{SERVER}" read settings from?', Verdict.HOLDS, DC2
    )
    assert found["certificates"].seen == "certificates: 1"
    assert found["certificate details"].seen == "shown: Status, HasPrivateKey, Services"
    assert found["call router component"].seen == "UMCallRouter"
    assert found["enums"].seen == "VoIPSecurity: text with a number"
    assert found["addresses"].seen == "Address: text"
    assert found["Get-UMDialPlan -DomainController"].verdict is Verdict.HOLDS


async def test_what_there_is_nothing_to_look_at_for_is_unknown() -> None:
    found = await table(Get_UMDialPlan=rows(), Get_UMHuntGroup=rows())
    names = ["read dial plans", "dial plan properties", "enums", "references", "active calls"]
    assert [found[name].verdict for name in names] == [Verdict.UNKNOWN] * len(names)


@pytest.mark.parametrize(
    ("what", "cmdlet", "answer", "name", "seen"),
    [
        ("a row", "Get_UMDialPlan", rows(plan_row(URIType="Carrier")), "read dial plans", '"URIType"'),
        ("a field", "Get_UMDialPlan", rows(plan_row()), "dial plan properties", "not shown: accessTele"),
        ("the binding", "Get_UMService", rows(row("UMServer", Name="X")), "UM service binding", "no UMCert"),
        ("a reading right", "Get_UMHuntGroup", NO_CMDLET, "read hunt groups", "CommandNotFound"),
        ("a cmdlet", "Remove_UMDialPlan", NO_CMDLET, "Remove-UMDialPlan", 'role group "UM Management"'),
        ("a parameter", "Set_UMIPGateway", NO_PARAMETER, "Set-UMIPGateway", "NamedParameterNotFound"),
        ("two routers", "Get_UMCallRouterSettings", rows(row("A"), row("B")), "call router", "2 objects"),
        ("calls", "Get_UMActiveCalls", rows(row("ActiveCalls")), "active calls", "without GatewayId"),
        (
            "bytes",
            "Get_ExchangeCertificate",
            rows(row("X", Subject="CN=a")),
            "certificates",
            "without RawData",
        ),
        (
            "details",
            "Get_ExchangeCertificate",
            rows(BARE),
            "certificate details",
            "not shown: Status, HasPri",
        ),
        ("Select-Object", "Get_ExchangeCertificate", NO_CMDLET, "certificate details", "CommandNotFound"),
        (
            "a component",
            "Get_ServerComponentState",
            rows(row("C", Component="X")),
            "call router component",
            "none",
        ),
        (
            "importing",
            "Import_ExchangeCertificate",
            NO_CMDLET,
            "Import-ExchangeCertificate",
            '"Server Management"',
        ),
        (
            "a controller",
            "Get_ExchangeServer",
            rows(server_row("ex01")),
            "own domain controller",
            "none is named",
        ),
    ],
)
async def test_what_is_otherwise_is_broken_and_says_what_was_seen(
    what: str, cmdlet: str, answer: Answer, name: str, seen: str
) -> None:
    found = (await table(**{cmdlet: answer}))[name]
    assert found.verdict is Verdict.BROKEN
    assert seen in found.seen


async def test_without_an_answer_nothing_is_known_and_the_rest_goes_on() -> None:
    found = await table(Get_UMDialPlan=UNREACHABLE)
    assert found["read dial plans"].verdict is Verdict.UNKNOWN
    assert found["read dial plans"].seen == str(UNREACHABLE)
    assert found["read gateways"].verdict is Verdict.HOLDS


async def test_an_unknown_identity_may_show_an_error_or_everything() -> None:
    assert (await table())["unknown identity"].seen == "an error"
    everything = (await table(Get_UMIPGateway=rows(gateway_row())))["unknown identity"]
    assert (everything.verdict, everything.seen) == (Verdict.HOLDS, "1 objects")


async def test_without_its_word_the_first_domain_controller_of_a_server_is_a_guess() -> None:
    answer = rows(server_row("ex01", CurrentDomainControllers=(DC1,)))
    found = (await table(Get_ExchangeServer=answer))["own domain controller"]
    assert (found.verdict, found.seen) == (Verdict.UNKNOWN, f"{DC1}, the first that it works with")


def test_no_premise_can_change_anything() -> None:
    for premise in premises(SERVER, DC1):
        verb, parameters = premise.command.name.partition("-")[0], premise.command.parameters
        if verb == "Get":
            continue
        assert parameters["WhatIf"] is True
        assert parameters["Confirm"] is False
        assert "Name" not in parameters
        named = str(parameters.get("Identity") or parameters.get("Server"))
        assert "no-such-object" in named or premise.command.name in CREATING


def test_every_parameter_that_a_step_may_use_is_tried() -> None:
    tried = {premise.command.name: premise.command.parameters.keys() for premise in premises(None, None)}
    for noun, table in (("UMDialPlan", DIAL_PLAN), ("UMIPGateway", GATEWAY)):
        assert {f.parameter for f in table.fields.values() if f.changed} <= tried[f"Set-{noun}"]
        assert {f.parameter for f in table.fields.values() if f.created} <= tried[f"New-{noun}"]


def test_without_a_server_or_domain_controller_the_rest_is_tried() -> None:
    without, with_both = premises(None, None), premises(SERVER, DC1)
    assert {premise.name for premise in without} < {premise.name for premise in with_both}
