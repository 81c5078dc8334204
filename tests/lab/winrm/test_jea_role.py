"""The JEA endpoint has what the role capabilities name, and nothing else."""

from typing import Any

import pytest

from certificate_bench import root
from host_bench import HostBench
from um_operator.lab.winrm.counters import REJECTED

OURS = "Name = 'MSExchangeUM' OR Name = 'MSExchangeUMCR'"
OF_UM = "SELECT * FROM Win32_Service WHERE Name = 'MSExchangeUM'"


@pytest.fixture
def bench() -> HostBench:
    return HostBench()


@pytest.mark.parametrize(
    "cmdlet", ["Get-Service", "Restart-Service", "Stop-Service", "Invoke-Expression", "Get-Item"]
)
async def test_other_commands_do_not_exist(bench: HostBench, cmdlet: str) -> None:
    assert await bench.refused(cmdlet, jea=True, Name="MSExchangeUM") == "CommandNotFoundException"


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Get-CimInstance", {"ClassName": "Win32_Process"}),
        ("Get-CimInstance", {"ClassName": "Win32_Service", "Filter": "Name = 'W3SVC'"}),
        ("Get-Process", {"Id": "umservice"}),
        ("Get-Process", {"Id": [1, "x"]}),
        ("Invoke-CimMethod", {"Query": OF_UM, "MethodName": "Delete"}),
        ("Invoke-CimMethod", {"Query": OF_UM.replace("MSExchangeUM", "W3SVC"), "MethodName": "StopService"}),
        ("Invoke-CimMethod", {"Query": f"{OF_UM} OR Name = 'W3SVC'", "MethodName": "StopService"}),
        ("Get-ChildItem", {"Path": "Cert:\\LocalMachine\\My"}),
        ("Get-ChildItem", {"Path": "C:\\"}),
        ("Get-WinEvent", {"LogName": "Security"}),
        ("Get-WinEvent", {"LogName": "Application", "FilterXPath": "*"}),
        ("Get-WinEvent", {"LogName": "Application", "MaxEvents": 10000}),
        ("Get-Counter", {"Counter": "\\Memory\\*"}),
    ],
)
async def test_other_arguments_are_refused(bench: HostBench, cmdlet: str, parameters: dict[str, Any]) -> None:
    refused = await bench.refused(cmdlet, jea=True, **parameters)
    assert refused == f"ParameterArgumentValidationError,{cmdlet}"


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Get-CimInstance", {"Query": OF_UM}),
        ("Get-Process", {"Name": "umservice"}),
        ("Get-Counter", {"Counter": REJECTED, "ComputerName": "ex02"}),
        ("Add-UMOperatorTrust", {"Store": "Root", "RawData": root().der, "Path": "x"}),
    ],
)
async def test_other_parameters_do_not_exist(
    bench: HostBench, cmdlet: str, parameters: dict[str, Any]
) -> None:
    assert await bench.refused(cmdlet, jea=True, **parameters) == f"NamedParameterNotFound,{cmdlet}"


async def test_arguments_have_names(bench: HostBench) -> None:
    refused = await bench.refused("Get-CimInstance", "Win32_Service", jea=True)
    assert refused == "PositionalParameterNotFound,Get-CimInstance"


async def test_words_are_compared_as_powershell_does(bench: HostBench) -> None:
    given = {"ClassName": "win32_SERVICE", "Filter": OURS.upper()}
    assert len(await bench.rows("Get-CimInstance", jea=True, **given)) == 2


async def test_trust_is_a_role_of_its_own() -> None:
    given = {"Store": "Root", "RawData": root().der}
    without = HostBench(roles=("UMOperator",))
    assert await without.refused("Add-UMOperatorTrust", jea=True, **given) == "CommandNotFoundException"
    alone = HostBench(roles=("UMOperatorTrust",))
    assert (await alone.row("Add-UMOperatorTrust", jea=True, **given))["Added"] is True
    assert await alone.refused("Get-CimInstance", jea=True, ClassName="Win32_Service")
