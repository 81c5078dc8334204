"""One pipeline: its commands run one after another, its records go to the client as they come."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import psrpcore
from psrpcore.types import PSRPMessageType

from um_operator.lab.powershell import Caller, CmdletError, CmdletHost, Invocation, Value

from . import records
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
        self.send(PSRPMessageType.WarningRecord, records.informational("Warning", message, self.info))


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


@dataclass(frozen=True)
class Runner:
    """Runs pipelines against a cmdlet host; counts what it invokes."""

    host: CmdletHost
    caller: Caller
    invocations: Counter[str]

    async def run(
        self, pipeline: psrpcore.PowerShell, given: Sequence[Value], streams: ClientStreams
    ) -> None:
        """Run every statement; ``given`` is the client's pipeline input.

        Raises:
            CmdletError: a script was refused.
            TerminatedError: the record of a cmdlet that ends the pipeline.
        """
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
    return replace(streams, info=InvocationInfo(str(command.command_text)))


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
