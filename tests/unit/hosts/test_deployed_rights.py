"""What is deployed to give the account its rights is what the program uses, both ways."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from powershell_data import load
from um_operator.exchange import certificates, components, connectivity
from um_operator.exchange.premise_table import premises
from um_operator.hosts.commands import ALLOWED, Anything, Constraint, Like, OneOf, events_after
from um_operator.remoting.session import Command, Secret

DEPLOY = Path(__file__).parents[3] / "deploy"
MODULE = DEPLOY / "jea" / "UMOperator"
SERVER, DOMAIN_CONTROLLER = "ex01.contoso.com", "dc01.contoso.com"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def constraint(parameter: Mapping[str, Any]) -> Constraint:
    """A parameter of a role capability as the program writes it."""
    if "ValidateSet" in parameter:
        return OneOf(tuple(listed(parameter["ValidateSet"])))
    if "ValidatePattern" in parameter:
        return Like(re.fullmatch(r"\^(.*)\\z", parameter["ValidatePattern"])[1])  # type: ignore[index]
    return Anything()


def role_capability(name: str) -> dict[str, dict[str, Constraint]]:
    """The restricted cmdlets of a .psrc."""
    data = load(MODULE / "RoleCapabilities" / f"{name}.psrc")
    return {
        cmdlet["Name"]: {p["Name"]: constraint(p) for p in listed(cmdlet["Parameters"])}
        for cmdlet in listed(data.get("VisibleCmdlets", []))
    }


DEPLOYED = role_capability("UMOperator")
FUNCTIONS = listed(load(MODULE / "RoleCapabilities" / "UMOperatorTrust.psrc")["VisibleFunctions"])


def test_the_role_capabilities_have_the_commands_that_are_sent_and_no_other() -> None:
    assert {*DEPLOYED, *FUNCTIONS} == ALLOWED.keys()


@pytest.mark.parametrize("cmdlet", DEPLOYED)
def test_a_role_capability_restricts_each_parameter_as_the_program_does(cmdlet: str) -> None:
    used, deployed = ALLOWED[cmdlet], DEPLOYED[cmdlet]
    assert used.keys() == deployed.keys()
    for parameter, restriction in used.items():
        if parameter == "FilterXPath":
            continue
        assert deployed[parameter] == restriction, parameter


def test_a_role_capability_lets_the_filter_of_events_through_and_others_not() -> None:
    pattern = DEPLOYED["Get-WinEvent"]["FilterXPath"]
    text = str(events_after(4711).parameters["FilterXPath"])
    assert pattern.admits(text)
    for other in ("*", text.replace("MSExchangeUM'", "Security'"), f"{text} or *", text[:-1]):
        assert not pattern.admits(other)


def used_in_exchange() -> Mapping[str, frozenset[str]]:
    """Every Exchange cmdlet that the program sends, with every parameter."""
    found: dict[str, set[str]] = defaultdict(set)
    for command in _sent():
        for one in (command, *command.then):
            found[one.name] |= one.parameters.keys()
    del found["Select-Object"]
    return {
        name: frozenset(
            parameters | ({"DomainController"} if _reads(name) else {"DomainController", "Confirm"})
        )
        for name, parameters in found.items()
    }


def _reads(cmdlet: str) -> bool:
    return cmdlet.startswith(("Get-", "Test-"))


def _sent() -> Iterable[Command]:
    secret = Secret("x")
    yield from (premise.command for premise in premises(SERVER, DOMAIN_CONTROLLER))
    for identified in ("Get-UMDialPlan", "Get-UMHuntGroup", "Get-UMMailboxPolicy", "Get-UMService"):
        yield Command(identified, {"Identity": "x"})
    for named in ("New-UMDialPlan", "New-UMIPGateway", "New-UMHuntGroup"):
        yield Command(named, {"Name": "x"})
    yield Command("Get-ExchangeCertificate", {"Server": SERVER}, then=(Command("Select-Object", {}),))
    yield Command("Get-ServerComponentState", {"Identity": SERVER})
    yield Command("Get-UMAutoAttendant", {})
    yield Command("Get-ADPermission", {"Identity": "x"})
    yield certificates.import_certificate(SERVER, b"x", secret, "x")
    yield certificates.enable_certificate(SERVER, "x", ["UM"])
    yield certificates.settings_of(SERVER, "UM", {"DialPlans": {"Add": ["x"]}})
    yield certificates.settings_of(SERVER, "UMCallRouter", {"DialPlans": {"Add": ["x"]}})
    yield certificates.set_startup_mode(SERVER, "UM", "Dual")
    yield certificates.set_startup_mode(SERVER, "UMCallRouter", "Dual")
    yield certificates.request_certificate(SERVER, subject="CN=x", names=["x"], key_size=2048, name="x")
    yield certificates.export_request(SERVER, "x")
    yield certificates.export_certificate(SERVER, "x", secret)
    yield certificates.remove_certificate(SERVER, "x")
    yield components.set_state(SERVER, "UMCallRouter", "Sidelined", "Draining")
    yield connectivity.command("UMCallRouter", "TLS")


def test_the_management_roles_have_what_is_sent_and_no_more() -> None:
    deployed = load(DEPLOY / "exchange" / "UMOperatorRoles.psd1")
    assert {name: frozenset(given) for name, given in deployed.items()} == used_in_exchange()
