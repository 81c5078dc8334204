"""Unmodified pypsrp and pywinrm on a host's own WinRM: who gets in, what runs, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError as PypsrpFault
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol

from certificate_bench import root
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps
from um_operator.lab.winrm.roles import CONFIGURATION
from wsman_support import name_leads_to_loopback

HOST = "ex01.contoso.com"
FULL = "Microsoft.PowerShell"
OPERATOR, JEA_ONLY, NOBODY = "svc-um-operator", "svc-um-jea", "svc-nobody"
ACCESS_DENIED, INVALID_RESOURCE = 5, 2150858811
SERVICES = {"ClassName": "Win32_Service", "Filter": "Name = 'MSExchangeUM' OR Name = 'MSExchangeUMCR'"}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(first_steps(), clock=Clock()) as running:
        yield running


def _port(lab: Lab, port: int, host: str = HOST) -> int:
    lines = (line.split(":") for line in lab.connect_to)
    return next(int(real) for name, known, _, real in lines if (name, known) == (host, str(port)))


def _account(lab: Lab, user: str) -> tuple[str, str]:
    account = next(a for a in lab.spec.organization.accounts if a.name.endswith(user))
    return account.name, account.password


def invoke(
    lab: Lab, user: str, configuration: str, cmdlet: str, host: str = HOST, **parameters: Any
) -> tuple[list[Any], list[str]]:
    """The rows of one cmdlet, and the ids of its errors."""
    name, password = _account(lab, user)
    with name_leads_to_loopback(host):
        wsman = WSMan(
            host,
            port=_port(lab, 5985, host),
            ssl=False,
            auth="ntlm",
            username=name,
            password=password,
            no_proxy=True,
        )
        with RunspacePool(wsman, configuration_name=configuration) as pool:
            shell = PowerShell(pool)
            if cmdlet.startswith("script:"):
                shell.add_script(cmdlet.removeprefix("script:"))
            else:
                shell.add_cmdlet(cmdlet).add_parameters(parameters)
            if cmdlet == "Get-Process":
                shell.add_cmdlet("Select-Object").add_parameters({"Property": ["Id", "StartTime"]})
            rows = shell.invoke()
            errors = [str(error.fq_error) for error in shell.streams.error]
            shell.close()
            return list(rows), errors


@pytest.mark.parametrize(("user", "configuration"), [(OPERATOR, FULL), (JEA_ONLY, CONFIGURATION)])
async def test_both_endpoints_answer_the_same_commands(lab: Lab, user: str, configuration: str) -> None:
    rows, errors = await asyncio.to_thread(invoke, lab, user, configuration, "Get-CimInstance", **SERVICES)
    shown = {row.adapted_properties["Name"]: row.adapted_properties for row in rows}
    assert errors == []
    assert [shown[name]["State"] for name in ("MSExchangeUM", "MSExchangeUMCR")] == ["Running", "Running"]
    number = shown["MSExchangeUM"]["ProcessId"]
    [process], _ = await asyncio.to_thread(invoke, lab, user, configuration, "Get-Process", Id=[number])
    assert process.extended_properties["Id"] == number
    trusted, errors = await asyncio.to_thread(
        invoke, lab, user, configuration, "Add-UMOperatorTrust", Store="Root", RawData=root().der
    )
    assert (errors, trusted[0].extended_properties["Added"]) == ([], True)
    found, _ = await asyncio.to_thread(
        invoke, lab, user, configuration, "Get-ChildItem", Path="Cert:\\LocalMachine\\Root"
    )
    assert root().der in [row.adapted_properties["RawData"] for row in found]


async def test_a_script_is_answered_as_in_no_language_mode_everywhere(lab: Lab) -> None:
    for user, configuration in ((OPERATOR, FULL), (JEA_ONLY, CONFIGURATION)):
        rows, errors = await asyncio.to_thread(invoke, lab, user, configuration, "script:Get-Process")
        assert (rows, errors) == ([], ["ScriptsNotAllowed"])


@pytest.mark.parametrize(
    ("user", "configuration"), [(JEA_ONLY, FULL), (NOBODY, FULL), (NOBODY, CONFIGURATION)]
)
async def test_who_has_no_business_there_is_not_let_in(lab: Lab, user: str, configuration: str) -> None:
    with pytest.raises(PypsrpFault) as refused:
        await asyncio.to_thread(invoke, lab, user, configuration, "Get-CimInstance", **SERVICES)
    assert refused.value.code == ACCESS_DENIED


async def test_exchange_is_not_behind_winrm_and_windows_not_behind_exchange(lab: Lab) -> None:
    with pytest.raises(PypsrpFault) as refused:
        await asyncio.to_thread(invoke, lab, OPERATOR, "Microsoft.Exchange", "Get-UMService")
    assert refused.value.code == INVALID_RESOURCE


def command(lab: Lab, user: str, line: str) -> tuple[bytes, bytes, int]:
    """What a command line wrote, by pywinrm over HTTPS."""
    name, password = _account(lab, user)
    with name_leads_to_loopback(HOST):
        url = f"https://{HOST}:{_port(lab, 5986)}/wsman"
        remote = Protocol(
            url,
            transport="ntlm",
            username=name,
            password=password,
            server_cert_validation="ignore",
            proxy=None,
        )
        shell = remote.open_shell()
        run = remote.run_command(shell, line)
        try:
            output: tuple[bytes, bytes, int] = remote.get_command_output(shell, run)
            return output
        finally:
            remote.cleanup_command(shell, run)
            remote.close_shell(shell)


@pytest.mark.parametrize(
    ("line", "stdout", "code"),
    [("hostname", b"EX01\r\n", 0), ("echo hi", b"hi\r\n", 0), ("exit 3", b"", 3)],
)
async def test_a_cmd_shell_runs_a_handful_of_commands(lab: Lab, line: str, stdout: bytes, code: int) -> None:
    written, errors, exit_code = await asyncio.to_thread(command, lab, OPERATOR, line)
    assert (written, errors, exit_code) == (stdout, b"", code)


async def test_a_cmd_shell_starts_no_program(lab: Lab) -> None:
    _, errors, exit_code = await asyncio.to_thread(command, lab, OPERATOR, "powershell -c Get-Process")
    assert errors.startswith(b"'powershell' is not recognized")
    assert exit_code == 1


async def test_a_cmd_shell_is_for_administrators(lab: Lab) -> None:
    with pytest.raises(WSManFaultError) as refused:
        await asyncio.to_thread(command, lab, JEA_ONLY, "hostname")
    assert refused.value.wsman_fault_code == ACCESS_DENIED


async def test_servers_of_other_releases_have_their_winrm_too(lab: Lab) -> None:
    given = {**SERVICES, "host": "ex2019.contoso.com"}
    rows, errors = await asyncio.to_thread(invoke, lab, OPERATOR, FULL, "Get-CimInstance", **given)
    assert (rows, errors) == ([], [])
