"""Services by CIM, which only asks: what the operator uses (field notes 5.1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.service import ServiceError, Status, WindowsService
from um_operator.lab.journal import Author
from um_operator.lab.powershell import PSObject, UInt32, Value
from um_operator.lab.values import STRING
from um_operator.lab.winrm import wql
from um_operator.lab.winrm.call import HostCall, HostCmdlet

_CIM: Final = "Microsoft.Management.Infrastructure"
_INSTANCE: Final = (
    f"{_CIM}.CimInstance#root/cimv2/Win32_Service",
    f"{_CIM}.CimInstance#root/cimv2/Win32_BaseService",
    f"{_CIM}.CimInstance#root/cimv2/CIM_Service",
    f"{_CIM}.CimInstance#Win32_Service",
    f"{_CIM}.CimInstance",
    "System.Object",
)
_STATES: Final = {
    Status.RUNNING: "Running",
    Status.STOPPED: "Stopped",
    Status.START_PENDING: "Start Pending",
    Status.STOP_PENDING: "Stop Pending",
}
_DONE, _CANNOT_ACCEPT, _UNKNOWN_FAILURE, _ALREADY_RUNNING = 0, 5, 8, 10
_running: set[asyncio.Task[None]] = set()


async def _get_instance(call: HostCall) -> None:
    class_name, condition = call.arguments.get("ClassName"), call.arguments.get("Filter")
    if (query := call.arguments.get("Query")) is not None:
        class_name, condition = wql.query(call, query)
    if str(class_name).lower() != "win32_service":
        raise call.error(
            "HRESULT 0x80041010",
            "Invalid class",
            category="MetadataError",
            exception=f"{_CIM}.CimException",
            target=class_name,
        )
    for service in _selected(call, condition):
        call.streams.output(_instance(call, service))


async def _invoke_method(call: HostCall) -> None:
    _, condition = wql.query(call, call.arguments["Query"])
    method = str(call.arguments["MethodName"]).lower()
    if method not in _METHODS:
        raise call.error(
            "HRESULT 0x80041055",
            "Invalid method Parameter(s)",
            category="InvalidArgument",
            exception=f"{_CIM}.CimException",
            target=method,
        )
    for service in _selected(call, condition):
        code = await _METHODS[method](call, service)
        call.streams.output(
            PSObject(
                (f"{_CIM}.CimMethodResult", "System.Object"),
                "",
                {"ReturnValue": UInt32(code), "PSComputerName": None},
            )
        )


async def _ask_to_start(call: HostCall, service: WindowsService) -> int:
    if service.status is not Status.STOPPED:
        return _ALREADY_RUNNING
    return await _ask(service.start, call.author)


async def _ask_to_stop(call: HostCall, service: WindowsService) -> int:
    if service.status is Status.STOPPED:
        return call.variants.stop_of_stopped.value[0]
    if service.status is not Status.RUNNING:
        return _CANNOT_ACCEPT
    return await _ask(service.stop, call.author)


async def _ask(control: Callable[[Author], Awaitable[None]], author: Author) -> int:
    """Begin what goes on by itself; how it ends shows in the service's state."""

    async def run() -> None:
        with contextlib.suppress(ServiceError):
            await control(author)

    task = asyncio.create_task(run())
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.sleep(0)
    if task.done() and isinstance(task.exception(), RefusedError):
        return _UNKNOWN_FAILURE
    return _DONE


_METHODS: Final = {"startservice": _ask_to_start, "stopservice": _ask_to_stop}


def _selected(call: HostCall, condition: str | None) -> list[WindowsService]:
    holds = wql.condition(call, condition)
    return [s for s in call.host.services.values() if holds({"name": s.name, "state": _STATES[s.status]})]


def _instance(call: HostCall, service: WindowsService) -> PSObject:
    running = service.status is Status.RUNNING
    short_name = call.host.fqdn.partition(".")[0].upper()
    members: dict[str, Value] = {
        "Caption": service.display_name,
        "Description": service.display_name,
        "InstallDate": None,
        "Name": service.name,
        "Status": "OK",
        "CreationClassName": "Win32_Service",
        "Started": service.status is not Status.STOPPED,
        "StartMode": "Auto",
        "SystemCreationClassName": "Win32_ComputerSystem",
        "SystemName": short_name,
        "AcceptPause": False,
        "AcceptStop": running,
        "DesktopInteract": False,
        "DisplayName": service.display_name,
        "ErrorControl": "Normal",
        "ExitCode": UInt32(0),
        "ServiceSpecificExitCode": UInt32(0),
        "ServiceType": "Own Process",
        "StartName": "LocalSystem",
        "State": _STATES[service.status],
        "TagId": UInt32(0),
        "CheckPoint": UInt32(0),
        "ProcessId": UInt32(service.process.id if service.process else 0),
        "WaitHint": UInt32(0),
        "PSComputerName": None,
    }
    text = f'Win32_Service: {service.display_name} (Name = "{service.name}")'
    return PSObject(_INSTANCE, text, members)


_BY_CLASS, _BY_QUERY = frozenset({"ClassNameComputerSet"}), frozenset({"QueryComputerSet"})

CMDLETS = (
    HostCmdlet(
        Declaration(
            "Get-CimInstance",
            f"{_CIM}.CimCmdlets.GetCimInstanceCommand",
            (
                Parameter("ClassName", STRING, mandatory=True, position=0, sets=_BY_CLASS),
                Parameter("Filter", STRING, sets=_BY_CLASS),
                Parameter("Query", STRING, mandatory=True, sets=_BY_QUERY),
            ),
            default_set="ClassNameComputerSet",
        ),
        _get_instance,
    ),
    HostCmdlet(
        Declaration(
            "Invoke-CimMethod",
            f"{_CIM}.CimCmdlets.InvokeCimMethodCommand",
            (
                Parameter("Query", STRING, mandatory=True),
                Parameter("MethodName", STRING, mandatory=True),
            ),
        ),
        _invoke_method,
    ),
)
