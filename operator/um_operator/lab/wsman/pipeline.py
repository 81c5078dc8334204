"""One pipeline: its commands run one after another, its records go to the client as they come."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

import psrpcore
from psrpcore.types import PSRPMessageType

from um_operator.lab.powershell import Caller, CmdletError, CmdletHost, Invocation, Value

from . import records, stream_records
from .clixml import EnumStyle, to_clixml
from .invocation_info import InvocationInfo
from .parameters import to_value
from .records import TerminatedError

_log = logging.getLogger(__name__)
_ADD_INVOCATION_INFO: Final = 1
Send = Callable[[PSRPMessageType, str], None]


@dataclass(frozen=True)
class ClientStreams:
    """The streams of the last command of a pipeline: each record becomes one PSRP message.

    ``info`` is added to records when the client asked for it.
    """

    send: Send
    enums: EnumStyle
    info: InvocationInfo | None = None

    def output(self, value: Value) -> None:
        """Send one object."""
        self.send(PSRPMessageType.PipelineOutput, to_clixml(value, self.enums))

    def error(self, error: CmdletError) -> None:
        """Send a non-terminating error."""
        self.send(PSRPMessageType.ErrorRecord, records.error_record(error, self.info))

    def warning(self, message: str) -> None:
        """Send a warning."""
        self.send(PSRPMessageType.WarningRecord, stream_records.informational("Warning", message, self.info))

    def verbose(self, message: str) -> None:
        """Send a verbose message."""
        self.send(PSRPMessageType.VerboseRecord, stream_records.informational("Verbose", message, self.info))

    def debug(self, message: str) -> None:
        """Send a debug message."""
        self.send(PSRPMessageType.DebugRecord, stream_records.informational("Debug", message, self.info))

    def progress(self, activity: str, status: str, *, completed: bool) -> None:
        """Send the state of a longer activity."""
        self.send(
            PSRPMessageType.ProgressRecord, stream_records.progress(activity, status, completed=completed)
        )

    def information(self, message: str, source: str, caller: Caller, at: datetime) -> None:
        """Send an information record."""
        record = stream_records.information(message, source, caller.account, caller.server, at)
        self.send(PSRPMessageType.InformationRecord, record)


class CollectedStreams:
    """The streams of a command whose output is the next command's input."""

    def __init__(self, client: ClientStreams) -> None:
        self.collected: list[Value] = []
        self.info = client.info
        self.error = client.error
        self.warning = client.warning

    def output(self, value: Value) -> None:
        """Keep one object for the next command."""
        self.collected.append(value)


class Runner(Protocol):
    """Runs the pipelines of a shell."""

    async def run(
        self, pipeline: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams
    ) -> None:
        """Run every statement; ``given`` is the client's pipeline input.

        Raises:
            CmdletError: the record that ends the pipeline.
            TerminatedError: the same with the command that raised it.
        """


@dataclass(frozen=True)
class CmdletRunner:
    """Runs cmdlets against a cmdlet host, refuses script text, counts what it invokes."""

    host: CmdletHost
    caller: Caller
    invocations: Counter[str]

    async def run(
        self, pipeline: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams
    ) -> None:
        """Run every statement; see ``Runner``."""
        for statement in statements(pipeline.commands):
            values = given
            for command in statement[:-1]:
                between = CollectedStreams(_for(command, pipeline, streams))
                await self._invoke(command, values, between)
                values = between.collected
            await self._invoke(statement[-1], values, _for(statement[-1], pipeline, streams))

    async def _invoke(
        self, command: psrpcore.Command, given: Sequence[Value], streams: ClientStreams | CollectedStreams
    ) -> None:
        if command.is_script:
            raise records.script_refused(str(command.command_text))
        self.invocations[str(command.command_text)] += 1
        try:
            await self.host.run(invocation(command, given), self.caller, streams)
        except CmdletError as error:
            raise TerminatedError(error, streams.info) from error


def _for(command: psrpcore.Command, pipeline: psrpcore.PowerShell, streams: ClientStreams) -> ClientStreams:
    if not int(pipeline.remote_stream_options) & _ADD_INVOCATION_INFO:
        return streams
    return replace(streams, info=InvocationInfo(str(command.command_text), iteration=(0, 1)))


def statements(commands: Sequence[psrpcore.Command]) -> Iterator[list[psrpcore.Command]]:
    """Yield the commands of each statement."""
    statement: list[psrpcore.Command] = []
    for command in commands:
        statement.append(command)
        if command.end_of_statement:
            yield statement
            statement = []


def invocation(command: psrpcore.Command, given: Sequence[Value]) -> Invocation:
    """Return one command as the cmdlet host sees it."""
    named = {str(name).rstrip(":"): to_value(value) for name, value in command.parameters if name is not None}
    positional = tuple(to_value(value) for name, value in command.parameters if name is None)
    return Invocation(str(command.command_text), named, positional, tuple(given))


async def complete(work: Awaitable[None], send: Send) -> None:
    """Await a pipeline's work and send the state in which it ended; a defect of the lab is one, too."""
    try:
        await work
    except CmdletError as error:
        send(PSRPMessageType.PipelineState, records.failed(error))
    except TerminatedError as terminated:
        send(PSRPMessageType.PipelineState, records.failed(terminated.error, terminated.info))
    except asyncio.CancelledError:
        send(PSRPMessageType.PipelineState, records.stopped())
    except Exception as defect:  # noqa: BLE001 - it must reach the client, or the client waits for ever
        _log.exception("a simulated cmdlet broke")
        broken = CmdletError(f"The lab is defect: {defect!r}", "LabDefect", "InvalidResult")
        send(PSRPMessageType.PipelineState, records.failed(broken))
    else:
        send(PSRPMessageType.PipelineState, records.COMPLETED)
