"""The role capabilities of deploy/jea allow what the operator sends to a host, and nothing beyond it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from powershell_data import load
from um_operator.hosts import commands
from um_operator.hosts.commands import ALLOWED, OneOf
from unit.hosts.test_host_commands import EVERY_COMMAND

ROLES = Path(__file__).parents[3] / "deploy" / "jea" / "UMOperator" / "RoleCapabilities"
OPERATOR, TRUST = load(ROLES / "UMOperator.psrc"), load(ROLES / "UMOperatorTrust.psrc")
CMDLETS: dict[str, dict[str, dict[str, Any]]] = {
    cmdlet["Name"]: {parameter["Name"]: parameter for parameter in cmdlet["Parameters"]}
    for cmdlet in OPERATOR["VisibleCmdlets"]
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def admits(restriction: dict[str, Any], value: object) -> bool:
    """Judge as PowerShell does: without case, each element of a list by itself."""
    for item in listed(value):
        if "ValidateSet" in restriction:
            words = [word.lower() for word in listed(restriction["ValidateSet"])]
            if str(item).lower() not in words:
                return False
        pattern = restriction.get("ValidatePattern", "").replace(r"\z", r"\Z")
        if pattern and not re.search(pattern, str(item), re.IGNORECASE):
            return False
    return True


def test_what_is_visible_is_what_is_used() -> None:
    visible = {*CMDLETS, *TRUST["VisibleFunctions"]}
    assert visible == ALLOWED.keys()
    for name, parameters in CMDLETS.items():
        assert parameters.keys() == ALLOWED[name].keys(), name


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command.name)
def test_every_command_passes(command: Any) -> None:
    for parameter, value in command.parameters.items():
        if command.name in CMDLETS:
            assert admits(CMDLETS[command.name][parameter], value), (parameter, value)


def test_every_word_that_passes_is_one_that_is_used() -> None:
    for name, parameters in CMDLETS.items():
        for parameter, restriction in parameters.items():
            words = {word.lower() for word in listed(restriction.get("ValidateSet", []))}
            known = ALLOWED[name][parameter]
            used = {word.lower() for word in known.words} if isinstance(known, OneOf) else set()
            assert words == used, (name, parameter)


def test_events_of_another_log_or_source_do_not_pass() -> None:
    query = CMDLETS["Get-WinEvent"]["FilterXPath"]
    ours = str(commands.events_after(7).parameters["FilterXPath"])
    assert admits(query, ours)
    assert not admits(query, ours.replace("MSExchangeUMCR", "Security"))
    assert not admits(query, f"{ours}\n")
    assert not admits(query, f"{ours} or *")
