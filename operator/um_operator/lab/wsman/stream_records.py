"""Records of the debug, verbose, warning, progress and information streams as CLIXML.

Shapes: recorded dialogues of Windows PowerShell 5.1, MS-PSRP 2.2.3.16 and 2.2.2.25 to 2.2.2.26.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from um_operator.lab.powershell import EnumValue, PSObject, Value

from . import invocation_info
from .clixml import Writer, encode_text
from .invocation_info import InvocationInfo

_AUTOMATION: Final = "System.Management.Automation."
_STRINGS: Final = (
    "System.Collections.Generic.List`1[[System.String, mscorlib, Version=4.0.0.0, Culture=neutral, "
    "PublicKeyToken=b77a5c561934e089]]",
    "System.Object",
)
_COMPLETED: Final = EnumValue(f"{_AUTOMATION}ProgressRecordType", "Completed", 1)
_PROCESSING: Final = EnumValue(f"{_AUTOMATION}ProgressRecordType", "Processing", 0)
_PROCESS_ID: Final = 5068


def informational(kind: str, message: str, info: InvocationInfo | None = None) -> str:
    """Return the record of the stream ``kind``: Debug, Verbose or Warning."""
    writer = Writer()
    start = writer.open(
        "", (f"{_AUTOMATION}{kind}Record", f"{_AUTOMATION}InformationalRecord", "System.Object")
    )
    source = invocation_info.of_informational(writer, info) if info is not None else ""
    return (
        f"{start}<ToString>{encode_text(message)}</ToString>"
        f"<MS>{writer.write(message, 'InformationalRecord_Message')}"
        f"{writer.write(info is not None, 'InformationalRecord_SerializeInvocationInfo')}{source}</MS></Obj>"
    )


def progress(activity: str, status: str, *, completed: bool) -> str:
    """Return a progress record without percentage."""
    return Writer().write(
        PSObject(
            (),
            "",
            {},
            notes={
                "Activity": activity,
                "ActivityId": 0,
                "StatusDescription": status,
                "CurrentOperation": None,
                "ParentActivityId": -1,
                "PercentComplete": -1,
                "Type": _COMPLETED if completed else _PROCESSING,
                "SecondsRemaining": -1,
            },
        )
    )


def information(message: str, source: str, user: str, computer: str, at: datetime) -> str:
    """Return an information record that ``source``, a command, wrote."""
    writer = Writer()
    start = writer.open("", ())
    before: dict[str, Value] = {"MessageData": message, "Source": source, "TimeGenerated": at}
    after = {"User": user, "Computer": computer}
    ids = {"ProcessId": _PROCESS_ID, "NativeThreadId": 368, "ManagedThreadId": 10}
    members = (
        *(writer.write(value, name) for name, value in before.items()),
        writer.write(PSObject(_STRINGS, "", {}, items=()), "Tags"),
        *(writer.write(value, name) for name, value in after.items()),
        *(f'<U32 N="{name}">{value}</U32>' for name, value in ids.items()),
    )
    return f"{start}<MS>{''.join(members)}</MS></Obj>"
