"""One pipeline: its commands run one after another, its records go to the client as they come."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import psrpcore
from psrpcore.types import PSRPMessageType

from um_operator.lab.powershell import Caller, CmdletError, CmdletHost, Invocation, Value

from . import records
from .clixml import EnumStyle, to_clixml
from .parameters import to_value

_log = logging.getLogger(__name__)
Send = Callable[[PSRPMessageType, str], None]


@dataclass(frozen=True)
class ClientStreams:
    """The streams of the last command of a pipeline: each record becomes one PSRP message."""

    send: Send
    enums: EnumStyle

    def output(self, value: Value) -> None:
        """Send one object."""
        self.send(PSRPMessageType.PipelineOutput, to_clixml(value, self.enums))

    def error(self, error: CmdletError) -> None:
        """Send a non-terminating error."""
        self.send(PSRPMessageType.ErrorRecord, records.error_record(error))

    def warning(self, message: str) -> None:
        """Send a warning."""
        self.send(PSRPMessageType.WarningRecord, records.informational("Warning", message))


class CollectedStreams:
    """The streams of a command whose output is the next command's input."""

    def __init__(self, client: ClientStreams) -> None:
        self.collected: list[Value] = []
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
            CmdletError: the record that ends the pipeline.
        """
        for statement in statements(pipeline.commands):
            values = given
            for command in statement[:-1]:
                between = CollectedStreams(streams)
                await self._invoke(command, values, between)
                values = between.collected
            await self._invoke(statement[-1], values, streams)

    async def _invoke(
        self, command: psrpcore.Command, given: Sequence[Value], streams: ClientStreams | CollectedStreams
    ) -> None:
        if command.is_script:
            raise records.script_refused(command.command_text)
        self.invocations[command.command_text] += 1
        await self.host.run(invocation(command, given), self.caller, streams)


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
    return Invocation(command.command_text, named, positional, tuple(given))


async def complete(work: Awaitable[None], send: Send) -> None:
    """Await a pipeline's work and send the state in which it ended; a defect of the lab is one, too."""
    try:
        await work
    except CmdletError as error:
        send(PSRPMessageType.PipelineState, records.failed(error))
    except asyncio.CancelledError:
        send(PSRPMessageType.PipelineState, records.stopped())
    except Exception as defect:  # noqa: BLE001 - it must reach the client, or the client waits for ever
        _log.exception("a simulated cmdlet broke")
        broken = CmdletError(f"The lab is defect: {defect!r}", "LabDefect", "InvalidResult")
        send(PSRPMessageType.PipelineState, records.failed(broken))
    else:
        send(PSRPMessageType.PipelineState, records.COMPLETED)
