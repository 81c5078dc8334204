"""Bodies of WSMan responses as Windows writes them (recorded dialogues; MS-WSMV 2.2.4)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from .service import OpenShell

USAGE: Final = "<rsp:MemoryUsed>58MB</rsp:MemoryUsed><rsp:ChildProcesses>0</rsp:ChildProcesses>"
_ENVELOPE_OVERHEAD: Final = 4096
_PROCESS_ID: Final = 5068
DONE: Final = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"
_COMMAND_NAME: Final = re.compile(rb'<S N="Cmd">([^<]*)</S>')


def created(address: str, opened: OpenShell, now: datetime) -> str:
    """Return the answer to Create."""
    return resource_created(address, opened.shell.resource_uri, opened.shell.id) + shell(opened, now)


def resource_created(address: str, resource_uri: str, shell_id: str) -> str:
    """Return the reference to a shell that was opened."""
    return (
        f"<x:ResourceCreated><a:Address>{escape(address)}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{escape(resource_uri)}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet>'
        f"</a:ReferenceParameters></x:ResourceCreated>"
    )


def shell(opened: OpenShell, now: datetime, usage: str = "") -> str:
    """Return the description of a shell, in Create's answer without and in Get's with its usage."""
    idle = opened.idle_timeout.total_seconds()
    inactive = duration(now - opened.shell.touched)
    return (
        f"<rsp:Shell><rsp:ShellId>{opened.shell.id}</rsp:ShellId>"
        f"<rsp:ResourceUri>{escape(opened.shell.resource_uri)}</rsp:ResourceUri>"
        f"<rsp:Owner>{escape(opened.shell.caller.account)}</rsp:Owner>"
        f"<rsp:ClientIP>{opened.client_address}</rsp:ClientIP><rsp:ProcessId>{_PROCESS_ID}</rsp:ProcessId>"
        f"<rsp:IdleTimeOut>PT{idle:.3f}S</rsp:IdleTimeOut>"
        "<rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>"
        "<rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut><rsp:Locale>en-US</rsp:Locale>"
        "<rsp:DataLocale>en-US</rsp:DataLocale><rsp:CompressionMode>NoCompression</rsp:CompressionMode>"
        "<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded><rsp:Encoding>UTF8</rsp:Encoding>"
        f"<rsp:BufferMode>Block</rsp:BufferMode><rsp:State>{opened.state}</rsp:State>"
        f"<rsp:ShellRunTime>{duration(now - opened.opened)}</rsp:ShellRunTime>"
        f"<rsp:ShellInactivity>{inactive}</rsp:ShellInactivity>{usage}</rsp:Shell>"
    )


def command(command_id: str) -> str:
    """Return the answer to Command."""
    return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"


def received(fragments: Sequence[bytes], command_id: str, ended: bool) -> str:
    """Return the answer to Receive: one Stream a fragment, and Done with the last of a command."""
    attribute = f' CommandId="{command_id}"' if command_id else ""
    streams = "".join(
        [
            f'<rsp:Stream Name="stdout"{attribute}>{base64.b64encode(fragment).decode()}</rsp:Stream>'
            for fragment in fragments
        ]
    )
    done = (
        f'<rsp:CommandState{attribute} State="{DONE}"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>'
        if ended
        else ""
    )
    return f"<rsp:ReceiveResponse>{streams}{done}</rsp:ReceiveResponse>"


def room(envelope_bytes: int) -> int:
    """Return how many bytes of Stream elements fit into an envelope of this size."""
    return max(envelope_bytes - _ENVELOPE_OVERHEAD, 0)


def command_names(fragment: bytes) -> tuple[str, ...]:
    """Return the command names that a CreatePipeline fragment shows."""
    return tuple(name.decode() for name in _COMMAND_NAME.findall(fragment))


def duration(length: timedelta) -> str:
    """Return a length of time as Windows writes it."""
    hours, rest = divmod(length.seconds, 3600)
    return f"P{length.days}DT{hours}H{rest // 60}M{rest % 60}S"
