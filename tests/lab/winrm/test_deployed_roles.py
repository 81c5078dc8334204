"""The files of deploy/jea say what the lab's JEA endpoint allows, word for word."""

import re
from pathlib import Path
from typing import Any

import pytest

from powershell_data import PowerShellDataError, load, parse
from um_operator.lab.binding import Declaration
from um_operator.lab.lync.roles import CAPABILITIES as LYNC_CAPABILITIES
from um_operator.lab.winrm import certificates, cim, counters, events, processes
from um_operator.lab.winrm.roles import CAPABILITIES, CONFIGURATION, Restriction, RoleCapability

JEA = Path(__file__).parents[3] / "deploy" / "jea"
MODULE = JEA / "UMOperator"
EVERY_ROLE = {**CAPABILITIES, **LYNC_CAPABILITIES}
DECLARED: dict[str, Declaration] = {
    cmdlet.declaration.name: cmdlet.declaration
    for module in (certificates, cim, counters, events, processes)
    for cmdlet in module.CMDLETS
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def restriction(parameter: dict[str, Any]) -> Restriction:
    """A parameter of a .psrc; the anchors of a pattern are what a match of the whole text says."""
    assert parameter.keys() <= {"Name", "ValidateSet", "ValidatePattern"}
    pattern = parameter.get("ValidatePattern", "")
    if pattern:
        assert pattern.startswith("^")
        assert pattern.endswith(r"\z")
    return Restriction(tuple(listed(parameter.get("ValidateSet", []))), pattern[1:].removesuffix(r"\z"))


def deployed(name: str) -> RoleCapability:
    """A role capability as its file has it."""
    data = load(MODULE / "RoleCapabilities" / f"{name}.psrc")
    cmdlets = {
        cmdlet["Name"]: {p["Name"]: restriction(p) for p in listed(cmdlet["Parameters"])}
        for cmdlet in listed(data.get("VisibleCmdlets", []))
    }
    return RoleCapability(name, cmdlets, frozenset(listed(data.get("VisibleFunctions", []))))


def test_each_file_has_its_role_and_each_role_its_file() -> None:
    files = {path.stem for path in (MODULE / "RoleCapabilities").glob("*.psrc")}
    assert files == set(EVERY_ROLE)


@pytest.mark.parametrize("name", EVERY_ROLE)
def test_a_role_capability_is_what_the_lab_enforces(name: str) -> None:
    assert deployed(name) == EVERY_ROLE[name]


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_role_names_commands_that_there_are(name: str) -> None:
    role = deployed(name)
    for cmdlet, parameters in role.cmdlets.items():
        assert parameters.keys() <= {p.name for p in DECLARED[cmdlet].parameters}
    assert role.functions <= DECLARED.keys()


def test_nothing_is_visible_but_what_is_named() -> None:
    for name in CAPABILITIES:
        data = load(MODULE / "RoleCapabilities" / f"{name}.psrc")
        assert data.keys() <= {
            "GUID", "Author", "Description", "ModulesToImport", "VisibleCmdlets", "VisibleFunctions",
            "VisibleProviders",
        }  # fmt: skip
        assert not any("*" in command for command in (*deployed(name).cmdlets, *deployed(name).functions))
    assert load(MODULE / "RoleCapabilities" / "UMOperator.psrc")["VisibleProviders"] == ["Certificate"]


def test_the_session_configuration_gives_no_language_and_no_rights_of_the_caller() -> None:
    configuration = load(JEA / f"{CONFIGURATION}.pssc")
    assert configuration["SessionType"] == "RestrictedRemoteServer"
    assert configuration["LanguageMode"] == "NoLanguage"
    assert configuration["RunAsVirtualAccount"] is True
    roles = {role["RoleCapabilities"] for role in configuration["RoleDefinitions"].values()}
    assert roles == set(CAPABILITIES)


def test_the_module_exports_what_the_roles_show() -> None:
    manifest = load(MODULE / "UMOperator.psd1")
    exported = set(listed(manifest["FunctionsToExport"]))
    assert exported == set().union(*(role.functions for role in CAPABILITIES.values()))
    source = (MODULE / manifest["RootModule"]).read_text()
    for name in exported:
        [body] = re.findall(rf"^function {name} \{{(.*?)^\}}", source, re.MULTILINE | re.DOTALL)
        parameters = re.findall(r"^        \[[\w\[\]]+\] \$(\w+)", body, re.MULTILINE)
        common = {"WhatIf", "Confirm"}
        assert set(parameters) == {p.name for p in DECLARED[name].parameters} - common
        assert ("SupportsShouldProcess = $true" in body) is (
            common <= {p.name for p in DECLARED[name].parameters}
        )


def test_the_function_refuses_by_the_names_that_the_lab_has() -> None:
    source = (MODULE / "UMOperator.psm1").read_text()
    assert set(re.findall(r"-ErrorId '(\w+)'", source)) == {"NotACertificate", "WrongStore"}


@pytest.mark.parametrize(
    "text", ["Get-Process", "$(Get-Process)", "@{ a = b }", "@{ a = 'x", '"$x"', "@{ 'a' }"]
)
def test_a_data_file_holds_data_alone(text: str) -> None:
    with pytest.raises(PowerShellDataError):
        parse(text)
