"""Get-, Stop- and Start-CsWindowsService (field notes 5.5)."""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.hosts.service import ServiceError, Status, WindowsService
from um_operator.lab.lync.call import LyncCall, cmdlet
from um_operator.lab.lync.deployment import FrontEnd
from um_operator.lab.lync.services import SERVICES
from um_operator.lab.powershell import Value
from um_operator.lab.values import STRING, SWITCH, EnumType
from um_operator.lab.variants import CsServiceControl, GracefulNoWait

_STATUS: Final = EnumType(
    "System.ServiceProcess.ServiceControllerStatus",
    (("Stopped", 1), ("StartPending", 2), ("StopPending", 3), ("Running", 4)),
)


async def _get(call: LyncCall) -> None:
    front_end = _computer(call)
    for service in _named(call, front_end):
        shown: dict[str, Value] = {
            "Status": _STATUS(service.status.value),
            "Name": service.name,
            "DisplayName": service.display_name,
            "ActivityLevel": _activity(front_end, service),
            "RoleName": call.many([SERVICES[service.name].role]),
        }
        if call.value("ExcludeActivityLevel", False):
            del shown["ActivityLevel"]
        call.output("Deployment.Core.NTService", service.name, shown)


def _activity(front_end: FrontEnd, service: WindowsService) -> str | None:
    return f"Sessions={len(front_end.sessions)}" if service.status is Status.RUNNING else None


async def _stop(call: LyncCall) -> None:
    front_end = _computer(call)
    names = [service.name for service in _named(call, front_end)]
    if not call.should_process():
        return
    graceful, at_once = call.value("Graceful", False), call.value("NoWait", False)
    if graceful and call.deployment.variants.graceful_no_wait is GracefulNoWait.WAITS:
        at_once = False
    work = front_end.services.stop(names, call.author, graceful=graceful)
    if at_once:
        front_end.services.in_background(work)
        return
    try:
        await work
    except ServiceError as error:
        raise call.error("StopServiceFailed", str(error), category="CloseError") from error


async def _start(call: LyncCall) -> None:
    front_end = _computer(call)
    names = [service.name for service in _named(call, front_end)]
    if not call.should_process():
        return
    work = front_end.services.start(names, call.author)
    if call.value("NoWait", False):
        front_end.services.in_background(work)
        return
    try:
        await work
    except ServiceError as error:
        raise call.error("StartServiceFailed", str(error), category="OpenError") from error


def _computer(call: LyncCall) -> FrontEnd:
    """The computer that is meant, if it can be reached from here."""
    asked = call.value("ComputerName") or call.computer
    front_end = call.deployment.front_end(asked)
    if front_end is None:
        raise call.not_found("Computer", asked)
    alone = call.deployment.variants.cs_service_control is CsServiceControl.OWN_COMPUTER
    if alone and front_end.fqdn != call.computer.lower():
        raise call.error(
            "AccessDenied",
            f'Cannot open Service Control Manager on computer "{asked}": access is denied.',
            category="PermissionDenied",
            exception="System.InvalidOperationException",
            target=asked,
        )
    if not front_end.host.up:
        raise call.error(
            "CannotConnect",
            f'Cannot open Service Control Manager on computer "{asked}".',
            category="ConnectionError",
            target=asked,
        )
    return front_end


def _named(call: LyncCall, front_end: FrontEnd) -> list[WindowsService]:
    """The service of ``-Name``, which takes no wildcard and no display name, or all of Lync."""
    installed = front_end.host.services
    if (asked := call.value("Name")) is None:
        return list(installed.values())
    found = next((one for name, one in installed.items() if name.lower() == asked.lower()), None)
    if found is None:
        raise call.not_found("Service", asked)
    return [found]


_WHAT: Final = (Parameter("Name", STRING, position=0), Parameter("ComputerName", STRING))
_REPORT: Final = Parameter("Report", STRING)

CMDLETS = (
    cmdlet(
        "Get-CsWindowsService",
        _get,
        *_WHAT,
        Parameter("ExcludeActivityLevel", SWITCH),
        _REPORT,
        namespace="Deployment",
    ),
    cmdlet(
        "Stop-CsWindowsService",
        _stop,
        *_WHAT,
        Parameter("Graceful", SWITCH),
        Parameter("NoWait", SWITCH),
        _REPORT,
        namespace="Deployment",
    ),
    cmdlet(
        "Start-CsWindowsService",
        _start,
        *_WHAT,
        Parameter("NoWait", SWITCH),
        _REPORT,
        namespace="Deployment",
    ),
)
