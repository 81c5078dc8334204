"""The WSMan actions of one server: shells opened, commands run, output handed out."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from um_operator.lab.clock import Clock
from um_operator.lab.powershell import Caller, CmdletHost

from . import bodies, envelope, faults, winrm_config
from .clixml import EnumStyle
from .counters import Counters
from .envelope import Request, qualified
from .pipeline import CmdletRunner, Runner
from .shell import Shell
from .streams import OutputStream
from .waiting import within
from .winrs import RESOURCE_URI as CMD_URI
from .winrs import CommandShells

POWERSHELL_URI = "http://schemas.microsoft.com/powershell/"


Admission = Callable[[str], bool]
"""Whether an account may open shells."""


@dataclass(frozen=True)
class Endpoint:
    """A session configuration behind a path; in no-language mode, as every endpoint of the lab."""

    path: str
    configuration: str
    host: CmdletHost
    enums: EnumStyle = EnumStyle.OBJECT
    admits: Admission = lambda _account: True

    @property
    def resource_uri(self) -> str:
        """The resource URI that a client asks for."""
        return POWERSHELL_URI + self.configuration

    def runner(self, caller: Caller, invocations: Counter[str]) -> Runner:
        """Return what runs the pipelines of a shell that opens here."""
        return CmdletRunner(self.host, caller, invocations)


@dataclass(frozen=True)
class CommandEndpoint:
    """Where cmd shells may be opened, and by whom."""

    path: str
    admits: Admission = lambda _account: True


@dataclass(frozen=True)
class Quotas:
    """Limits of a server; the defaults are Exchange's (field notes 7.3)."""

    shells_per_user: int = 18
    envelope_bytes: int = 512_000
    idle_timeout: timedelta = timedelta(minutes=15)
    commands_per_shell: int = 1000
    """Commands that no Signal Terminate has ended; a client that never sends one meets this limit."""
    fragments_per_receive: int = 10_000
    """Windows groups messages into replies by timing: a client must cope with one at a time as well."""
    connection_idle: timedelta | None = None
    """After how long without a request a connection is closed; http.sys' 120 s are unverified (notes 7)."""


@dataclass
class OpenShell:
    """A shell with what the server knows of it beside its pool."""

    shell: Shell
    idle_timeout: timedelta
    client_address: str
    opened: datetime
    state: str = "Connected"


@dataclass
class Service:
    """Answers the WSMan requests of one server, whatever transport and account they came by."""

    server: str
    endpoints: Sequence[Endpoint]
    clock: Clock
    quotas: Quotas = field(default_factory=Quotas)
    counters: Counters = field(default_factory=Counters)
    shells: dict[str, OpenShell] = field(default_factory=dict)
    commands: CommandEndpoint | None = None

    def __post_init__(self) -> None:
        self._command_shells = CommandShells(self.server, self.clock.now)

    async def answer(self, request: Request, path: str, account: str, client_address: str) -> bytes:
        """Return the response envelope.

        Raises:
            WSManFault: what the client is told instead.
        """
        self.counters.wsman[request.verb] += 1
        self._expire()
        if request.resource_uri == CMD_URI:
            return self._reply(request, self._in_command_shell(request, path, account, client_address))
        if request.verb == "Create":
            return self._create(request, path, account, client_address)
        if request.verb == "Get" and request.resource_uri == envelope.CONFIG:
            return self._reply(request, winrm_config.config(self.quotas.envelope_bytes))
        opened = self._find(request, account)
        opened.shell.touch()
        action = {
            "Get": self._get,
            "Command": self._command,
            "Send": self._send,
            "Signal": self._signal,
            "Delete": self._delete,
        }.get(request.verb)
        if action is not None:
            return action(request, opened)
        if request.verb == "Receive":
            return await self._receive(request, opened)
        raise faults.action_not_supported(request.action)

    async def settle(self, request: Request) -> None:
        """Wait until the command that this request speaks of has run to its end."""
        command_id = next(
            filter(None, (element.get("CommandId") for element in request.body.iter())), ""
        ).upper()
        opened = self.shells.get(request.shell_id)
        command = opened.shell.commands.get(command_id) if opened else None
        if command is not None and command.work is not None:
            await asyncio.wait([command.work])

    def close(self) -> None:
        """End every shell, as a stopped server does."""
        for opened in self.shells.values():
            opened.shell.close()
        self.shells.clear()
        self._command_shells.close()

    def _in_command_shell(self, request: Request, path: str, account: str, client_address: str) -> str:
        if self.commands is None or not _same_path(self.commands.path, path):
            raise faults.invalid_resource(request.resource_uri)
        if request.verb == "Create":
            self._admit(account, self.commands.admits)
        return self._command_shells.answer(request, account, client_address)

    def _admit(self, account: str, admits: Admission) -> None:
        if not admits(account):
            raise faults.access_denied()
        held = sum(opened.shell.caller.account == account for opened in self.shells.values())
        if held + self._command_shells.held(account) >= self.quotas.shells_per_user:
            raise faults.too_many_shells(self.quotas.shells_per_user)

    def _create(self, request: Request, path: str, account: str, client_address: str) -> bytes:
        endpoint = self._endpoint(request, path)
        self._admit(account, endpoint.admits)
        element = envelope.required(request, "rsp:Shell")
        shell_id = element.get("ShellId", "").upper()
        if not shell_id or shell_id in self.shells:
            raise faults.already_exists() if shell_id else faults.invalid_xml()
        caller = Caller(account, self.server, endpoint.configuration, shell_id)
        shell = Shell(
            shell_id,
            endpoint.resource_uri,
            caller,
            runner=endpoint.runner(caller, self.counters.invocations),
            enums=endpoint.enums,
            now=self.clock.now,
        )
        creation = element.findtext("{http://schemas.microsoft.com/powershell}creationXml")
        shell.open(_decode(creation))
        default = self.quotas.idle_timeout.total_seconds()
        idle = envelope.seconds(element.findtext(qualified("rsp:IdleTimeOut"), ""), default)
        now = self.clock.now()
        opened = OpenShell(shell, timedelta(seconds=idle), client_address, now)
        self.shells[shell_id] = opened
        return self._reply(request, bodies.created(request.to, opened, now))

    def _endpoint(self, request: Request, path: str) -> Endpoint:
        for endpoint in self.endpoints:
            if _same_path(endpoint.path, path) and endpoint.resource_uri == request.resource_uri:
                return endpoint
        raise faults.invalid_resource(request.resource_uri)

    def serves(self, path: str) -> bool:
        """Say whether any endpoint stands behind a path."""
        known = (*self.endpoints, *((self.commands,) if self.commands else ()))
        return any(_same_path(endpoint.path, path) for endpoint in known)

    def _find(self, request: Request, account: str) -> OpenShell:
        opened = self.shells.get(request.shell_id)
        if opened is None or opened.shell.caller.account != account:
            raise faults.shell_not_found()
        if request.resource_uri not in (opened.shell.resource_uri, envelope.SHELL):
            raise faults.invalid_resource(request.resource_uri)
        return opened

    def _get(self, request: Request, opened: OpenShell) -> bytes:
        return self._reply(request, bodies.shell(opened, self.clock.now(), bodies.USAGE))

    def _command(self, request: Request, opened: OpenShell) -> bytes:
        line = envelope.required(request, "rsp:CommandLine")
        command_id = line.get("CommandId", "").upper()
        if len(opened.shell.commands) >= self.quotas.commands_per_shell:
            raise faults.too_many_commands()
        opened.shell.command(command_id, _decode(line.findtext(qualified("rsp:Arguments"))))
        return self._reply(request, bodies.command(command_id))

    def _send(self, request: Request, opened: OpenShell) -> bytes:
        for stream in envelope.required(request, "rsp:Send").iterfind(qualified("rsp:Stream")):
            command_id = stream.get("CommandId", "").upper()
            if command_id:
                opened.shell.find(command_id)
            opened.shell.feed(_decode(stream.text))
        return self._reply(request, "<rsp:SendResponse/>")

    def _signal(self, request: Request, opened: OpenShell) -> bytes:
        signal = envelope.required(request, "rsp:Signal")
        command_id = signal.get("CommandId", "").upper()
        code = (signal.findtext(qualified("rsp:Code")) or "").rpartition("/")[2].lower()
        if code == "terminate":
            opened.shell.terminate(command_id)
        else:
            opened.shell.stop(command_id)
        return self._reply(request, "<rsp:SignalResponse/>")

    def _delete(self, request: Request, opened: OpenShell) -> bytes:
        del self.shells[opened.shell.id]
        self.counters.commands_abandoned += opened.shell.close()
        return self._reply(request, "")

    async def _receive(self, request: Request, opened: OpenShell) -> bytes:
        desired = envelope.required(request, "rsp:Receive").find(qualified("rsp:DesiredStream"))
        command_id = desired.get("CommandId", "").upper() if desired is not None else ""
        stream = opened.shell.find(command_id).stream if command_id else opened.shell.stream
        try:
            return await stream.answer(
                request.message_id, lambda: self._await_output(request, stream, command_id)
            )
        finally:
            opened.shell.touch()

    async def _await_output(self, request: Request, stream: OutputStream, command_id: str) -> bytes:
        try:
            await within(self.clock, timedelta(seconds=request.operation_timeout), stream.ready())
        except TimeoutError:
            raise faults.timed_out() from None
        fragments, ended = stream.take(
            bodies.room(request.max_envelope_size), self.quotas.fragments_per_receive
        )
        self.counters.result_bytes += sum(map(len, fragments))
        return self._reply(request, bodies.received(fragments, command_id, ended))

    def _expire(self) -> None:
        now = self.clock.now()
        for shell_id, opened in list(self.shells.items()):
            if now - opened.shell.touched >= opened.idle_timeout and not opened.shell.running:
                del self.shells[shell_id]
                self.counters.shells_expired += 1
                self.counters.commands_abandoned += opened.shell.close()

    def _reply(self, request: Request, body: str) -> bytes:
        return envelope.respond(f"{request.action}Response", request.message_id, body)


def cmdlets(request: Request) -> tuple[str, ...]:
    """Return the commands that a Command request starts, as far as its first fragment names them."""
    line = request.body.find(qualified("rsp:CommandLine"))
    if line is None:
        return ()
    with contextlib.suppress(faults.WSManFault):
        return bodies.command_names(_decode(line.findtext(qualified("rsp:Arguments"))))
    return ()


def _decode(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except binascii.Error:
        raise faults.invalid_xml() from None


def _same_path(one: str, other: str) -> bool:
    return one.strip("/").lower() == other.partition("?")[0].strip("/").lower()
