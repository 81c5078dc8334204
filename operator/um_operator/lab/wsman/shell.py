"""One WSMan shell: a PSRP runspace pool, the pipelines in it, what waits for the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import psrpcore
from psrpcore.types import PSRPMessageType, PSVersion, RunspacePoolState

from um_operator.lab.powershell import Caller, Value

from . import faults, psrp, records
from .clixml import EnumStyle
from .parameters import to_value
from .pipeline import ClientStreams, Runner, complete
from .streams import OutputStream


def private_data() -> dict[str, Any]:
    """Return what a server tells of itself when a pool opens: Windows PowerShell 5.1 on Server 2016."""
    version = PSVersion("5.1.14393.2248")
    return {
        "PSVersionTable": {
            "PSVersion": version,
            "PSEdition": "Desktop",
            "PSCompatibleVersions": [*map(PSVersion, ("1.0", "2.0", "3.0", "4.0", "5.0")), version],
            "CLRVersion": PSVersion("4.0.30319.42000"),
            "BuildVersion": PSVersion("10.0.14393.2248"),
            "WSManStackVersion": PSVersion("3.0"),
        }
    }


@dataclass
class Command:
    """One WSMan command: the pipeline in it, its input, its output."""

    pipeline_id: UUID
    stream: OutputStream = field(default_factory=OutputStream)
    given: list[Value] = field(default_factory=list)
    pipeline: psrpcore.PowerShell | None = None
    work: asyncio.Task[None] | None = None


class Shell:
    """A runspace pool of one user.

    Pipelines beyond MaxRunspaces wait for a free runspace, as in Windows. ``touched`` is when a request or
    the end of a pipeline last showed that the shell is in use.
    """

    def __init__(
        self,
        shell_id: str,
        resource_uri: str,
        caller: Caller,
        *,
        runner: Runner,
        enums: EnumStyle,
        now: Callable[[], datetime],
    ) -> None:
        self.id = shell_id
        self.resource_uri = resource_uri
        self.caller = caller
        self.touched = now()
        self._now = now
        self.stream = OutputStream()
        self.commands: dict[str, Command] = {}
        self._runner = runner
        self._enums = enums
        self._framer = psrp.Framer()
        self._pool = psrp.ServerPool(private_data(), partial(self._send, self.stream))
        self._busy = 0
        self._used = False
        self._runspace_free = asyncio.Event()
        self._handlers: dict[type, Callable[[Any], None]] = {
            psrpcore.CreatePipelineEvent: self._create,
            psrpcore.PipelineInputEvent: self._input,
            psrpcore.EndOfPipelineInputEvent: self._end_of_input,
            psrpcore.GetAvailableRunspacesEvent: self._available,
            psrpcore.SetMaxRunspacesEvent: self._set_max,
            psrpcore.SetMinRunspacesEvent: self._set_min,
            psrpcore.ResetRunspaceStateEvent: self._reset,
        }

    @property
    def running(self) -> bool:
        """Whether any pipeline runs or waits for a runspace."""
        return any(command.work is not None and not command.work.done() for command in self.commands.values())

    def touch(self) -> None:
        """Note that the shell is in use."""
        self.touched = self._now()

    def open(self, creation: bytes) -> None:
        """Feed the messages that came with Create: capability and RunspacePool data.

        Raises:
            WSManFault: they cannot be read, or the pool did not open.
        """
        self.feed(creation)
        if self._pool.state != RunspacePoolState.Opened:
            raise faults.invalid_xml()

    def feed(self, data: bytes) -> None:
        """Feed fragments of the client and act on each complete message.

        Raises:
            WSManFault: no PSRP, an integer out of range, a reference to nothing.
        """
        for event in self._events(data):
            handle = self._handlers.get(type(event))
            if handle is not None:
                handle(event)

    def command(self, command_id: str, first_fragment: bytes) -> Command:
        """Begin a command with the first fragment of its pipeline.

        Raises:
            WSManFault: the fragment is no beginning of a pipeline.
        """
        try:
            command = Command(psrp.pipeline_id(first_fragment))
            psrpcore.ServerPipeline(self._pool, command.pipeline_id)
        except (ValueError, psrpcore.PSRPCoreError):
            raise faults.invalid_xml() from None
        self.commands[command_id] = command
        self.feed(first_fragment)
        return command

    def find(self, command_id: str) -> Command:
        """Return a command.

        Raises:
            WSManFault: there is none of this id.
        """
        try:
            return self.commands[command_id]
        except KeyError:
            raise faults.command_not_found() from None

    def terminate(self, command_id: str) -> None:
        """End a command and forget it."""
        command = self.find(command_id)
        del self.commands[command_id]
        self._pool.pipeline_table.pop(command.pipeline_id, None)
        _cancel(command)

    def stop(self, command_id: str) -> None:
        """Stop a pipeline; its state goes to the client."""
        command = self.find(command_id)
        if command.work is None:
            self._pipeline_sender(command)(PSRPMessageType.PipelineState, records.stopped())
            command.stream.finish()
        _cancel(command)

    def close(self) -> int:
        """End everything; return how many commands the client never terminated."""
        left = len(self.commands)
        self.stream.abandon()
        for command in self.commands.values():
            command.stream.abandon()
            _cancel(command)
        self.commands.clear()
        return left

    def _events(self, data: bytes) -> Iterator[Any]:
        try:
            self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, None))
            while (event := self._pool.next_event()) is not None:
                yield event
        except faults.WSManFault:
            raise
        except Exception:  # noqa: BLE001 - psrpcore raises whatever its parser meets (field notes 1.8)
            raise faults.invalid_xml() from None

    def _create(self, event: psrpcore.CreatePipelineEvent) -> None:
        command = self._command_of(event.pipeline_id)
        # Not event.pipeline, which psrpcore has made of the message once already.
        command.pipeline = cast(
            "psrpcore.PowerShell", self._pool.pipeline_table[command.pipeline_id].metadata
        )
        if command.pipeline.no_input:
            self._start(command)

    def _input(self, event: psrpcore.PipelineInputEvent) -> None:
        self._command_of(event.pipeline_id).given.append(to_value(event.data))

    def _end_of_input(self, event: psrpcore.EndOfPipelineInputEvent) -> None:
        self._start(self._command_of(event.pipeline_id))

    def _available(self, event: psrpcore.GetAvailableRunspacesEvent) -> None:
        self._pool.runspace_availability_response(event.ci, self._pool.max_runspaces - self._busy)

    def _set_max(self, event: psrpcore.SetMaxRunspacesEvent) -> None:
        fits = event.count >= max(1, self._pool.min_runspaces)
        self._pool.runspace_availability_response(event.ci, fits)
        self._runspace_free.set()

    def _set_min(self, event: psrpcore.SetMinRunspacesEvent) -> None:
        fits = 1 <= event.count <= self._pool.max_runspaces
        self._pool.runspace_availability_response(event.ci, fits)

    def _reset(self, event: psrpcore.ResetRunspaceStateEvent) -> None:
        # A real host has nothing to reset before the first pipeline, and refuses (recorded).
        single = self._pool.min_runspaces == self._pool.max_runspaces == 1
        self._pool.runspace_availability_response(event.ci, single and self._used)

    def _start(self, command: Command) -> None:
        if command.work is None:
            command.work = asyncio.create_task(self._run(command))

    async def _run(self, command: Command) -> None:
        send = self._pipeline_sender(command)
        try:
            await complete(self._in_runspace(command, ClientStreams(send, self._enums)), send)
        finally:
            self.touch()
            command.stream.finish()

    async def _in_runspace(self, command: Command, streams: ClientStreams) -> None:
        while self._busy >= self._pool.max_runspaces:
            self._runspace_free.clear()
            await self._runspace_free.wait()
        self._busy += 1
        self._used = True
        try:
            if command.pipeline is not None:
                await self._runner.run(command.pipeline, command.given, streams)
        finally:
            self._busy -= 1
            self._runspace_free.set()

    def _command_of(self, pipeline_id: UUID | None) -> Command:
        for command in self.commands.values():
            if command.pipeline_id == pipeline_id:
                return command
        raise faults.command_not_found()

    def _pipeline_sender(self, command: Command) -> Callable[[PSRPMessageType, str], None]:
        return lambda kind, xml: self._send(command.stream, command.pipeline_id, kind, xml.encode())

    def _send(
        self, stream: OutputStream, pipeline_id: UUID | None, kind: PSRPMessageType, xml: bytes
    ) -> None:
        for fragment in self._framer.fragments(self._pool.runspace_pool_id, pipeline_id, kind, xml):
            stream.put(fragment)


def _cancel(command: Command) -> None:
    if command.work is not None:
        command.work.cancel()
