"""Get-, Start-, Stop- and Restart-Service, which wait until it is done (field notes 5.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.hosts.service import ServiceError, Status, WindowsService
from um_operator.lab.journal import Author
from um_operator.lab.powershell import PSObject
from um_operator.lab.values import STRING, SWITCH, EnumType, Replace, multi_valued
from um_operator.lab.winrm.call import HostCall, HostCmdlet

_MANAGEMENT: Final = "Microsoft.PowerShell.Commands"
_CONTROLLER_STATUS: Final = EnumType(
    "System.ServiceProcess.ServiceControllerStatus",
    (("Stopped", 1), ("StartPending", 2), ("StopPending", 3), ("Running", 4)),
)


async def _get_service(call: HostCall) -> None:
    for service in _named(call):
        call.streams.output(_controller(service))


def _controller(service: WindowsService) -> PSObject:
    return PSObject(
        ("System.ServiceProcess.ServiceController", "System.ComponentModel.Component", "System.Object"),
        service.name,
        {
            "CanPauseAndContinue": False,
            "CanShutdown": False,
            "CanStop": service.status is Status.RUNNING,
            "DisplayName": service.display_name,
            "MachineName": ".",
            "ServiceName": service.name,
            "Status": _CONTROLLER_STATUS(service.status),
        },
        notes={"Name": service.name},
    )


async def _start(call: HostCall) -> None:
    await _control(call, lambda service: service.start, "StartServiceFailed")


async def _stop(call: HostCall) -> None:
    await _control(call, lambda service: service.stop, "CouldNotStopService")


async def _restart(call: HostCall) -> None:
    await _control(call, lambda service: service.restart, "StartServiceFailed")


async def _control(
    call: HostCall, method: Callable[[WindowsService], Callable[[Author], Awaitable[None]]], error_id: str
) -> None:
    for service in _named(call):
        try:
            await method(service)(call.author)
        except ServiceError as refused:
            call.streams.error(
                call.error(
                    error_id,
                    str(refused),
                    category="CloseError" if error_id == "CouldNotStopService" else "OpenError",
                    exception="Microsoft.PowerShell.Commands.ServiceCommandException",
                    target=service.name,
                )
            )


def _named(call: HostCall) -> list[WindowsService]:
    """The services of ``-Name``, and an error for each that the host does not have."""
    wanted: Replace | None = call.arguments.get("Name")
    if wanted is None:
        return list(call.host.services.values())
    known = {service.name.lower(): service for service in call.host.services.values()}
    found = []
    for name in wanted.values:
        if (service := known.get(str(name).lower())) is not None:
            found.append(service)
            continue
        call.streams.error(
            call.error(
                "NoServiceFoundForGivenName",
                f"Cannot find any service with service name '{name}'.",
                category="ObjectNotFound",
                exception="Microsoft.PowerShell.Commands.ServiceCommandException",
                target=str(name),
            )
        )
    return found


def _service_cmdlet(name: str, run: Callable[[HostCall], Awaitable[None]], *, mandatory: bool) -> HostCmdlet:
    type_name = f"{_MANAGEMENT}.{name.replace('-', '')}Command"
    parameters = [Parameter("Name", multi_valued(STRING), mandatory=mandatory, position=0)]
    if name in ("Stop-Service", "Restart-Service"):
        parameters.append(Parameter("Force", SWITCH))
    return HostCmdlet(Declaration(name, type_name, tuple(parameters)), run)


CMDLETS = (
    _service_cmdlet("Get-Service", _get_service, mandatory=False),
    _service_cmdlet("Start-Service", _start, mandatory=True),
    _service_cmdlet("Stop-Service", _stop, mandatory=True),
    _service_cmdlet("Restart-Service", _restart, mandatory=True),
)
