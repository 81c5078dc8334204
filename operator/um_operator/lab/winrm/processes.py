"""Get-Process: when the process of a service began."""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import WindowsService
from um_operator.lab.powershell import PSObject
from um_operator.lab.values import INTEGER, Replace, multi_valued
from um_operator.lab.winrm.call import HostCall, HostCmdlet

_PROGRAMS: Final = {UM: "umservice", UM_CALL_ROUTER: "Microsoft.Exchange.UM.CallRouter"}
"""Programs that are not called as their service."""


async def _get(call: HostCall) -> None:
    running = {s.process.id: s for s in call.host.services.values() if s.process is not None}
    wanted: Replace = call.arguments.get("Id", Replace(tuple(running)))
    for number in wanted.values:
        if (service := running.get(number)) is not None:
            call.streams.output(_process(call, service))
            continue
        call.streams.error(
            call.error(
                "NoProcessFoundForGivenId",
                f"Cannot find a process with the process identifier {number}.",
                category="ObjectNotFound",
                exception="Microsoft.PowerShell.Commands.ProcessCommandException",
                target=str(number),
            )
        )


def _process(call: HostCall, service: WindowsService) -> PSObject:
    process = service.process
    assert process is not None
    name = _PROGRAMS.get(service.name, service.name)
    return PSObject(
        ("System.Diagnostics.Process", "System.ComponentModel.Component", "System.Object"),
        f"System.Diagnostics.Process ({name})",
        {
            "BasePriority": 8,
            "HasExited": False,
            "Id": process.id,
            "MachineName": ".",
            "ProcessName": name,
            "Responding": True,
            "SessionId": 0,
            "StartTime": call.local(process.started),
        },
        notes={"Name": name},
    )


CMDLETS = (
    HostCmdlet(
        Declaration(
            "Get-Process",
            "Microsoft.PowerShell.Commands.GetProcessCommand",
            (Parameter("Id", multi_valued(INTEGER)),),
        ),
        _get,
    ),
)
