"""Rows as Windows shows them over remoting, and an invoker that answers for hosts from a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exchange_support import Answer, row
from um_operator.hosts.estate import HostEstate
from um_operator.remoting.clixml import parse
from um_operator.remoting.session import Command, ErrorRecord, PSRow, PSValue, Result

HOST = "ex01.contoso.com"
STARTED = "2026-11-23T21:04:05.1234567+01:00"
Answers = Mapping[str, Answer | Callable[[Command], Answer]]


def service_row(name: str, state: str = "Running", process: int = 4242) -> PSRow:
    return row(
        "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Service",
        f'Win32_Service: {name} (Name = "{name}")',
        Name=name,
        State=state,
        ProcessId=process,
        StartMode="Auto",
    )


def process_row(process: int, started: PSValue = STARTED) -> PSRow:
    return row("Selected.System.Diagnostics.Process", Id=process, StartTime=started)


def certificate_row(der: bytes) -> PSRow:
    return row("System.Security.Cryptography.X509Certificates.X509Certificate2", RawData=der)


def event_row(record: int, number: int = 1113, at: str = STARTED, message: PSValue = "TLS failed") -> PSRow:
    return row(
        "System.Diagnostics.Eventing.Reader.EventLogRecord",
        RecordId=record,
        Id=number,
        ProviderName="MSExchange Unified Messaging",
        TimeCreated=at,
        Message=message,
    )


def counter_row(value: float) -> PSRow:
    sample = row("PerformanceCounterSample", CookedValue=value, InstanceName="")
    return row(
        "Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSampleSet", CounterSamples=(sample,)
    )


def method_result(code: int) -> Result:
    return Result((row("Microsoft.Management.Infrastructure.CimMethodResult", ReturnValue=code),))


def nothing_found(error_id: str) -> ErrorRecord:
    """What Get-WinEvent and Get-Process say when there is none."""
    return ErrorRecord("No.", error_id, "ObjectNotFound", "System.Exception", None, terminating=False)


NO_EVENTS = nothing_found("NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand")
NO_PROCESS = nothing_found("NoProcessFoundForGivenId,Microsoft.PowerShell.Commands.GetProcessCommand")
NOT_OFFERED = ErrorRecord(
    "The term is not recognized.",
    "CommandNotFoundException",
    "ObjectNotFound",
    "System.Management.Automation.CommandNotFoundException",
    None,
    terminating=True,
)


def rehydrated(xml: str) -> PSRow:
    """One row as it came over the wire."""
    value = parse(xml)
    assert isinstance(value, PSRow)
    return value


@dataclass
class HostTable:
    """Answers by the name of the cmdlet; a cmdlet without an answer shows nothing."""

    answers: Answers = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    writes: list[Command] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    async def invoke(self, host: str, command: Command, *, deadline: float, write: bool) -> Result:
        self.hosts.append(host)
        self.commands.append(command)
        self.deadlines.append(deadline)
        if write:
            self.writes.append(command)
        answer = self.answers.get(command.name, Result(()))
        if callable(answer):
            answer = answer(command)
        if isinstance(answer, Exception):
            raise answer
        return answer


def named(**answers: Answer | Callable[[Command], Answer]) -> HostTable:
    return HostTable({name.replace("_", "-"): answer for name, answer in answers.items()})


def estate_of(table: HostTable, clock: Callable[[], object]) -> HostEstate:
    return HostEstate(table, clock)  # type: ignore[arg-type]
