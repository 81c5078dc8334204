"""Get-WinEvent: the log of a host, by XPath (field notes 9)."""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.hosts.event_log import Event
from um_operator.lab.powershell import Int64, PSObject
from um_operator.lab.values import INTEGER, STRING, SWITCH
from um_operator.lab.winrm import xpath
from um_operator.lab.winrm.call import HostCall, HostCmdlet

_READER: Final = "System.Diagnostics.Eventing.Reader"


async def _get(call: HostCall) -> None:
    if call.arguments["LogName"].lower() != call.host.events.name.lower():
        raise call.error(
            "NoMatchingLogsFound",
            f'There is not an event log that matches "{call.arguments["LogName"]}".',
            category="ObjectNotFound",
            exception="System.Exception",
            target=call.arguments["LogName"],
        )
    found = _matching(call)
    if not call.arguments.get("Oldest", False):
        found.reverse()
    for event in found[: call.arguments.get("MaxEvents")]:
        call.streams.output(_record(call, event))
    if not found:
        call.streams.error(
            call.error(
                "NoMatchingEventsFound",
                "No events were found that match the specified selection criteria.",
                category="ObjectNotFound",
                exception="System.Exception",
            )
        )


def _matching(call: HostCall) -> list[Event]:
    try:
        test = xpath.parse(call.arguments.get("FilterXPath", "*"))
    except xpath.XPathError:
        raise call.error(
            f"{_READER}.EventLogException",
            "The specified query is invalid",
            exception=f"{_READER}.EventLogException",
        ) from None
    return [event for event in call.host.events.after() if test(event)]


def _record(call: HostCall, event: Event) -> PSObject:
    return PSObject(
        (f"{_READER}.EventLogRecord", f"{_READER}.EventRecord", "System.Object"),
        f"{_READER}.EventLogRecord",
        {
            "Id": event.id,
            "Version": None,
            "Qualifiers": 49156,
            "Level": xpath.LEVELS[event.level],
            "Task": 1,
            "Opcode": None,
            "Keywords": Int64(36028797018963968),
            "RecordId": Int64(event.record_id),
            "ProviderName": event.source,
            "ProviderId": None,
            "LogName": event.log,
            "ProcessId": 0,
            "ThreadId": 0,
            "MachineName": call.host.fqdn,
            "UserId": None,
            "TimeCreated": call.local(event.time),
            "ActivityId": None,
            "RelatedActivityId": None,
            "ContainerLog": event.log,
            "MatchedQueryIds": [],
            "Bookmark": f"{_READER}.EventBookmark",
            "LevelDisplayName": event.level,
        },
        notes={"Message": event.message},
    )


CMDLETS = (
    HostCmdlet(
        Declaration(
            "Get-WinEvent",
            "Microsoft.PowerShell.Commands.GetWinEventCommand",
            (
                Parameter("LogName", STRING, mandatory=True, position=0),
                Parameter("FilterXPath", STRING),
                Parameter("MaxEvents", INTEGER),
                Parameter("Oldest", SWITCH),
            ),
        ),
        _get,
    ),
)
