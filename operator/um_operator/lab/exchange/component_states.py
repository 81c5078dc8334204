"""Get- and Set-ServerComponentState: who asked for which state of a server's components (field notes 5.2).

Shapes and names: a capture of a real Exchange 2016 server.
"""

from __future__ import annotations

from um_operator.lab.binding import ConversionError, Parameter, ParameterType
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import SERVER
from um_operator.lab.exchange.nouns import cmdlet, identity_parameter
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.hosts.components import REQUESTERS, SERVER_WIDE, STATES, Entry, Place
from um_operator.lab.hosts.host import Host
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import INTEGER, STRING, SWITCH, EnumType, to_text

_NAMESPACE = "Microsoft.Exchange.Management.SystemConfigurationTasks"
_MANAGEMENT = "Microsoft.Exchange.Data.Directory.Management"
_SHOWN = f"{_MANAGEMENT}.ServerComponentStatePresentationObject"
_DETAILS = f"{_SHOWN}+RequesterDetails"
_LIST = (
    f"System.Collections.Generic.List`1[[{_DETAILS}, Microsoft.Exchange.Data.Directory, Version=15.0.0.0, "
    "Culture=neutral, PublicKeyToken=31bf3856ad364e35]]"
)
_STATE = EnumType.of("Microsoft.Exchange.Data.ServiceState", "Inactive", "Active", "Draining")


def _get(call: Call) -> None:
    server, host = _server(call)
    asked = call.value("Component")
    for component in host.components.names if asked is None else [_component(host, asked)]:
        _show(call, server, host, component)


def _set(call: Call) -> None:
    _, host = _server(call)
    component = _component(host, call.value("Component"))
    places = _places(call)
    state = next(state for state in STATES if state == call.value("State").name)
    if call.should_process():
        host.set_component(call.author, component, call.value("Requester"), state, places)


def _places(call: Call) -> tuple[Place, ...]:
    """Where the state is written: in both places unless one alone is asked for."""
    local_only, remote_only = call.value("LocalOnly", False), call.value("RemoteOnly", False)
    if local_only and remote_only:
        raise RefusedError("ArgumentException", "LocalOnly and RemoteOnly can't be used together.")
    return ("Local",) if local_only else ("Remote",) if remote_only else ("Local", "Remote")


def _server(call: Call) -> tuple[DirectoryObject, Host]:
    server = call.find(Kind.SERVER, call.value("Identity"))
    fqdn = str(server["Fqdn"]).lower()
    if not call.organization.answers(fqdn):
        raise RefusedError(
            "ServerComponentApiException",
            f"The component states of the server '{fqdn}' couldn't be read.",
            category="ReadError",
            target=server.name,
        )
    return server, call.organization.host(fqdn)


def _component(host: Host, asked: str) -> str:
    found = next((name for name in host.components.names if name.lower() == asked.lower()), None)
    if found is None:
        raise RefusedError(
            "ArgumentException",
            f"The component '{asked}' isn't valid on the server '{host.fqdn}'.",
            category="InvalidArgument",
            target=asked,
        )
    return found


def _show(call: Call, server: DirectoryObject, host: Host, component: str) -> None:
    replica, domain = call.replica, call.organization.directory.domain
    call.streams.output(
        PSObject(
            (_SHOWN, "Microsoft.Exchange.Data.ConfigurableObject", "System.Object"),
            _SHOWN,
            {
                "ServerFqdn": str(server["Fqdn"]),
                "Component": component,
                "State": _STATE(host.components.state(component)),
                "ServerWideOfflineIsOffline": host.components.state(SERVER_WIDE) != "Active",
                "RemoteStates": _details(host, component, "Remote"),
                "LocalStates": _details(host, component, "Local"),
                "Identity": wire.object_id(server, replica, domain),
                "IsValid": True,
                "ObjectState": wire.OBJECT_STATE("New"),
            },
        )
    )


def _details(host: Host, component: str, place: Place) -> PSObject:
    entries = [entry for entry in host.components.entries(component) if entry.place == place]
    return PSObject((_LIST, "System.Object"), "", {}, items=[_detail(entry) for entry in entries])


def _detail(entry: Entry) -> PSObject:
    at = entry.time
    stamp = f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S %p}"
    members: dict[str, Value] = {
        "Requester": entry.requester,
        "State": entry.state,
        "Timestamp": at,
        "Component": entry.component,
    }
    return PSObject(
        (_DETAILS, "System.Object"),
        f"Requestor:{entry.requester}; State:{entry.state}; Timestamp:{stamp}",
        members,
    )


def _to_requester(value: Value) -> str:
    text = to_text(value) or ""
    found = next((requester for requester in REQUESTERS if requester.lower() == text.lower()), None)
    if found is None:
        raise ConversionError(f'"{text}" is none of {", ".join(REQUESTERS)}.')
    return found


_REQUESTER = ParameterType("System.String", _to_requester, nullable=False)

CMDLETS = (
    cmdlet(
        "Get-ServerComponentState",
        _get,
        identity_parameter(SERVER, mandatory=True),
        Parameter("Component", STRING),
        namespace=_NAMESPACE,
    ),
    cmdlet(
        "Set-ServerComponentState",
        _set,
        identity_parameter(SERVER, mandatory=True),
        Parameter("Component", STRING, mandatory=True),
        Parameter("Requester", _REQUESTER, mandatory=True),
        Parameter("State", _STATE.parameter, mandatory=True),
        Parameter("LocalOnly", SWITCH),
        Parameter("RemoteOnly", SWITCH),
        Parameter("TimeoutInSeconds", INTEGER),
        namespace=_NAMESPACE,
    ),
)
