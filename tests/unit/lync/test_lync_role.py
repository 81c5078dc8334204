"""The endpoints of deploy/jea for Lync offer what is sent, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from powershell_data import load
from um_operator.api.lync_integration import PERMISSIONS_CONFIGURATION
from um_operator.hosts.commands import ALLOWED_ON_LYNC, Constraint, Like, OneOf
from um_operator.lync import commands

JEA = Path(__file__).parents[3] / "deploy" / "jea"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def offered() -> dict[str, dict[str, dict[str, Any]]]:
    data = load(JEA / "UMOperator" / "RoleCapabilities" / "UMOperatorLync.psrc")
    return {
        cmdlet["Name"]: {parameter["Name"]: parameter for parameter in listed(cmdlet["Parameters"])}
        for cmdlet in listed(data["VisibleCmdlets"])
    }


def is_the_same(restriction: dict[str, Any], used: Constraint) -> bool:
    if isinstance(used, OneOf):
        return tuple(listed(restriction["ValidateSet"])) == used.words
    return not isinstance(used, Like) or "ValidatePattern" in restriction


def test_the_role_capability_of_front_ends_has_the_cmdlets_that_are_sent_and_no_other() -> None:
    assert offered().keys() == (ALLOWED_ON_LYNC.keys() - {"Add-UMOperatorTrust"}) | commands.LOCAL.keys()


def test_it_restricts_each_parameter_of_windows_as_the_program_does() -> None:
    for cmdlet in ALLOWED_ON_LYNC.keys() - {"Add-UMOperatorTrust"}:
        shown = offered()[cmdlet]
        assert shown.keys() == ALLOWED_ON_LYNC[cmdlet].keys()
        assert all(is_the_same(shown[name], used) for name, used in ALLOWED_ON_LYNC[cmdlet].items()), cmdlet


def test_it_restricts_each_parameter_of_lync_as_the_program_does() -> None:
    for cmdlet, parameters in commands.LOCAL.items():
        shown = offered()[cmdlet]
        assert {name: tuple(listed(one.get("ValidateSet", []))) for name, one in shown.items()} == parameters


def test_the_endpoint_for_permissions_offers_one_function() -> None:
    role = load(JEA / "UMOperatorPermissions" / "RoleCapabilities" / "UMOperatorPermissions.psrc")
    assert listed(role["VisibleFunctions"]) == [commands.GRANT]
    assert "VisibleCmdlets" not in role
    module = load(JEA / "UMOperatorPermissions" / "UMOperatorPermissions.psd1")
    assert listed(module["FunctionsToExport"]) == [commands.GRANT]
    assert (JEA / f"{PERMISSIONS_CONFIGURATION}.pssc").is_file()


def test_both_endpoints_run_without_language_and_without_a_second_hop() -> None:
    for name in ("UMOperatorLync", PERMISSIONS_CONFIGURATION):
        configuration = load(JEA / f"{name}.pssc")
        assert configuration["LanguageMode"] == "NoLanguage"
        assert configuration["SessionType"] == "RestrictedRemoteServer"
        assert configuration["GroupManagedServiceAccount"]
        assert "RunAsVirtualAccount" not in configuration
