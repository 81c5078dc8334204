from __future__ import annotations

import pytest

from um_operator.hosts import commands
from um_operator.hosts.commands import ALLOWED, STORES, WINDOWS_SERVICES
from um_operator.remoting.session import Command

EVERY_COMMAND = [
    commands.services(),
    commands.processes([4242]),
    commands.processes([17, 4242]),
    *map(commands.stop, WINDOWS_SERVICES),
    *map(commands.start, WINDOWS_SERVICES),
    *map(commands.certificates, STORES),
    commands.newest_event(),
    commands.events_after(0),
    commands.events_after(2**63 - 1),
    commands.rejected_calls(),
    *(commands.trust(store, b"0") for store in STORES),
]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command.name)
def test_every_command_says_only_what_a_restricted_endpoint_lets_it_say(command: Command) -> None:
    allowed = ALLOWED[command.name]
    assert command.parameters.keys() <= allowed.keys()
    for parameter, value in command.parameters.items():
        assert allowed[parameter].admits(value), (parameter, value)


def test_nothing_is_allowed_that_no_command_says() -> None:
    for name, parameters in ALLOWED.items():
        said = {key for command in EVERY_COMMAND if command.name == name for key in command.parameters}
        assert parameters.keys() == said


def test_only_what_every_restricted_session_has_stands_behind_a_command() -> None:
    assert {part.name for command in EVERY_COMMAND for part in command.then} == {"Select-Object"}


@pytest.mark.parametrize(
    ("cmdlet", "parameter", "value"),
    [
        ("Get-CimInstance", "ClassName", "Win32_Process"),
        ("Get-CimInstance", "Filter", "Name = 'NTDS'"),
        ("Get-Process", "Id", "4242; Stop-Computer"),
        ("Get-Process", "Id", [4242, "-1"]),
        ("Invoke-CimMethod", "Query", "SELECT * FROM Win32_Service"),
        ("Invoke-CimMethod", "MethodName", "Delete"),
        ("Get-ChildItem", "Path", "C:\\"),
        ("Get-WinEvent", "LogName", "Security"),
        ("Get-WinEvent", "FilterXPath", "*"),
        ("Get-WinEvent", "FilterXPath", str(commands.events_after(1).parameters["FilterXPath"]) + "\n"),
        ("Add-UMOperatorTrust", "Store", "My"),
        ("Add-UMOperatorTrust", "RawData", None),
    ],
)
def test_what_is_not_ours_to_say_is_not_admitted(cmdlet: str, parameter: str, value: object) -> None:
    assert not ALLOWED[cmdlet][parameter].admits(value)
