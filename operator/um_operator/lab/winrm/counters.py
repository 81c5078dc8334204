"""Get-Counter: the calls that the call router turned away (R16's evidence)."""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.hosts.host import UM_CALL_ROUTER
from um_operator.lab.hosts.service import Status
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import STRING
from um_operator.lab.winrm.call import HostCall, HostCmdlet

REJECTED: Final = r"\MSExchangeUMCallRouterAvailability\Total Inbound Calls Rejected by the UM Call Router"
_NAMESPACE: Final = "Microsoft.PowerShell.Commands.GetCounter"
_SAMPLE: Final = f"{_NAMESPACE}.PerformanceCounterSample"


async def _get(call: HostCall) -> None:
    """Show one sample; the counter is there only while the service runs, and begins anew with it."""
    path = call.arguments["Counter"]
    service = call.host.services.get(UM_CALL_ROUTER)
    if path.lower() != REJECTED.lower() or service is None or service.status is not Status.RUNNING:
        raise call.error(
            "CounterApiError",
            "The specified object was not found on the computer.",
            category="InvalidResult",
            exception="System.Exception",
        )
    machine = call.host.fqdn.partition(".")[0]
    full_path = f"\\\\{machine}{path}".lower()
    value, now = call.host.rejected_calls, call.local(call.host.clock.now())
    sample: dict[str, Value] = {
        "Path": full_path,
        "InstanceName": "",
        "CookedValue": float(value),
        "RawValue": value,
        "SecondValue": 0,
        "MultipleCount": 1,
        "Timestamp": now,
        "Status": 0,
        "DefaultScale": 0,
        "TimeBase": 10_000_000,
    }
    call.streams.output(
        PSObject(
            (f"{_SAMPLE}Set", "System.Object"),
            f"{_SAMPLE}Set",
            {
                "Timestamp": now,
                "CounterSamples": PSObject(
                    (f"{_SAMPLE}[]", "System.Array", "System.Object"),
                    "",
                    {},
                    items=[PSObject((_SAMPLE, "System.Object"), _SAMPLE, sample)],
                ),
            },
            notes={"Readings": f"{full_path} :\n{value}\n\n\n"},
        )
    )


CMDLETS = (
    HostCmdlet(
        Declaration(
            "Get-Counter",
            "Microsoft.PowerShell.Commands.GetCounterCommand",
            (Parameter("Counter", STRING, mandatory=True, position=0),),
        ),
        _get,
    ),
)
