"""The cmd shell of WinRM (MS-WSMV 2.2.4): a handful of commands whose output is known at once.

It is there for clients that speak nothing else: they judge authentication, encryption and faults. No program
runs; what is no command of the lab is what an unknown command is to cmd.exe. Shapes: recorded dialogues.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4
from xml.sax.saxutils import escape

from um_operator.lab.powershell import Caller

from . import bodies, envelope, faults
from .envelope import Request, qualified

RESOURCE_URI: Final = f"{envelope.SHELL}/cmd"
_IDLE: Final = timedelta(hours=2)
_INTERPRETER: Final = re.compile(r"\s*cmd(\.exe)?\s+/c\s+", re.IGNORECASE)
_TO_STDERR: Final = ">&2"


@dataclass(frozen=True, slots=True)
class Output:
    """What a command line wrote, and its exit code."""

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0


Program = Callable[[Caller, str], Output]
"""Takes who runs it and what stands behind its name."""


@dataclass
class CommandShell:
    """One open shell: who opened it and what its commands wrote."""

    id: str
    caller: Caller
    client_address: str
    idle_timeout: timedelta
    touched: datetime
    opened: datetime
    outputs: dict[str, Output] = field(default_factory=dict)


class CommandShells:
    """The cmd shells of one server."""

    def __init__(self, server: str, now: Callable[[], datetime]) -> None:
        self._server = server
        self._now = now
        self._shells: dict[str, CommandShell] = {}

    def held(self, account: str) -> int:
        """How many shells an account holds."""
        return sum(shell.caller.account == account for shell in self._shells.values())

    def close(self) -> None:
        """End every shell."""
        self._shells.clear()

    def answer(self, request: Request, account: str, client_address: str) -> str:
        """Return the body that answers a request.

        Raises:
            WSManFault: what the client is told instead.
        """
        self._expire()
        if request.verb == "Create":
            return self._create(request, account, client_address)
        shell = self._shells.get(request.shell_id)
        if shell is None or shell.caller.account != account:
            raise faults.shell_not_found()
        shell.touched = self._now()
        match request.verb:
            case "Command":
                return self._command(request, shell)
            case "Receive":
                return self._receive(request, shell)
            case "Signal":
                return self._signal(request, shell)
            case "Delete":
                del self._shells[shell.id]
                return ""
        raise faults.action_not_supported(request.action)

    def _create(self, request: Request, account: str, client_address: str) -> str:
        element = envelope.required(request, "rsp:Shell")
        idle = envelope.seconds(element.findtext(qualified("rsp:IdleTimeOut"), ""), _IDLE.total_seconds())
        now = self._now()
        caller = Caller(account, self._server, "cmd")
        shell = CommandShell(
            str(uuid4()).upper(), caller, client_address, timedelta(seconds=idle), touched=now, opened=now
        )
        self._shells[shell.id] = shell
        return bodies.resource_created(request.to, RESOURCE_URI, shell.id) + _description(shell, now)

    def _command(self, request: Request, shell: CommandShell) -> str:
        line = envelope.required(request, "rsp:CommandLine")
        words = [line.findtext(qualified("rsp:Command"), "")]
        words += [element.text or "" for element in line.iterfind(qualified("rsp:Arguments"))]
        if request.options.get("WINRS_SKIP_CMD_SHELL", "").lower() == "true":
            raise faults.file_not_found()
        command_id = str(uuid4()).upper()
        shell.outputs[command_id] = run(" ".join(words), shell.caller)
        return bodies.command(command_id)

    def _receive(self, request: Request, shell: CommandShell) -> str:
        desired = envelope.required(request, "rsp:Receive").find(qualified("rsp:DesiredStream"))
        command_id = desired.get("CommandId", "").upper() if desired is not None else ""
        if not command_id:
            raise faults.invalid_parameter()
        if (output := shell.outputs.get(command_id)) is None:
            raise faults.command_not_found()
        return _received(command_id, output)

    def _signal(self, request: Request, shell: CommandShell) -> str:
        command_id = envelope.required(request, "rsp:Signal").get("CommandId", "").upper()
        if shell.outputs.pop(command_id, None) is None:
            raise faults.command_not_found()
        return "<rsp:SignalResponse/>"

    def _expire(self) -> None:
        now = self._now()
        self._shells = {i: s for i, s in self._shells.items() if now - s.touched < s.idle_timeout}


def run(line: str, caller: Caller) -> Output:
    """Run a command line as cmd.exe would, as far as the lab has its commands."""
    stdout, stderr = "", ""
    for part in _INTERPRETER.sub("", line, count=1).split("&&"):
        output = _run_one(part, caller)
        stdout, stderr = stdout + output.stdout, stderr + output.stderr
        if output.exit_code:
            return Output(stdout, stderr, output.exit_code)
    return Output(stdout, stderr)


def _run_one(part: str, caller: Caller) -> Output:
    name, _, rest = part.lstrip().partition(" ")
    program = _PROGRAMS.get(name.lower().removesuffix(".exe"))
    if program is None:
        unknown = (
            f"'{name}' is not recognized as an internal or external command,\r\n"
            "operable program or batch file.\r\n"
        )
        return Output(stderr=unknown, exit_code=1)
    return program(caller, rest)


def _echo(_caller: Caller, text: str) -> Output:
    if _TO_STDERR in text:
        return Output(stderr=f"{text.replace(_TO_STDERR, '')}\r\n")
    return Output(f"{text}\r\n")


def _exit(_caller: Caller, code: str) -> Output:
    return Output(exit_code=int(code) if code.strip().isdecimal() else 0)


def _host_name(caller: Caller, _rest: str) -> Output:
    return Output(f"{caller.server.partition('.')[0].upper()}\r\n")


def _who_am_i(caller: Caller, _rest: str) -> Output:
    return Output(f"{caller.account.lower()}\r\n")


def _version(_caller: Caller, _rest: str) -> Output:
    return Output("\r\nMicrosoft Windows [Version 10.0.14393]\r\n")


_PROGRAMS: Final[Mapping[str, Program]] = {
    "echo": _echo,
    "exit": _exit,
    "hostname": _host_name,
    "whoami": _who_am_i,
    "ver": _version,
}


def _received(command_id: str, output: Output) -> str:
    return (
        f"<rsp:ReceiveResponse>{''.join(_streams(command_id, output))}"
        f'<rsp:CommandState CommandId="{command_id}" State="{bodies.DONE}">'
        f"<rsp:ExitCode>{output.exit_code}</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>"
    )


def _streams(command_id: str, output: Output) -> Iterator[str]:
    named = {"stdout": output.stdout, "stderr": output.stderr}
    for name, text in named.items():
        if text:
            data = base64.b64encode(text.encode()).decode()
            yield f'<rsp:Stream Name="{name}" CommandId="{command_id}">{data}</rsp:Stream>'
    for name in named:
        yield f'<rsp:Stream Name="{name}" CommandId="{command_id}" End="true"></rsp:Stream>'


def _description(shell: CommandShell, now: datetime) -> str:
    return (
        f"<rsp:Shell><rsp:ShellId>{shell.id}</rsp:ShellId><rsp:ResourceUri>{RESOURCE_URI}</rsp:ResourceUri>"
        f"<rsp:Owner>{escape(shell.caller.account)}</rsp:Owner>"
        f"<rsp:ClientIP>{shell.client_address}</rsp:ClientIP>"
        f"<rsp:IdleTimeOut>PT{shell.idle_timeout.total_seconds():.3f}S</rsp:IdleTimeOut>"
        "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
        f"<rsp:ShellRunTime>{bodies.duration(now - shell.opened)}</rsp:ShellRunTime>"
        f"<rsp:ShellInactivity>{bodies.duration(now - shell.touched)}</rsp:ShellInactivity></rsp:Shell>"
    )
