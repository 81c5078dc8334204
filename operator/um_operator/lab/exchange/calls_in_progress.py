"""Get-UMActiveCalls: asks the servers, not the directory (field notes 5.2).

The names of the properties of a row are not documented; what is counted is the rows.
"""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.active_calls import ActiveCall
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import DIAL_PLAN, IP_GATEWAY, SERVER, UM_SERVER
from um_operator.lab.exchange.nouns import TASKS, cmdlet
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.exchange.servers import roles_of
from um_operator.lab.powershell import PSObject

_OF_DIAL_PLAN = frozenset({"DialPlan"})
_OF_GATEWAY = frozenset({"UMIPGateway"})
_OF_INSTANCE = frozenset({"ServerInstance"})
_OF_SERVER = frozenset({"Server"})


def _get(call: Call) -> None:
    organization = call.organization
    if (name := call.value("DialPlan")) is not None:
        plan = call.find(Kind.DIAL_PLAN, name)
        calls = organization.active_calls.all(dial_plan=plan.guid)
        _ask(call, _um_servers(call), calls)
    elif (name := call.value("IPGateway")) is not None:
        gateway = call.find(Kind.IP_GATEWAY, name)
        _ask(call, _um_servers(call), organization.active_calls.all(gateway=gateway.guid))
    else:
        asked = call.value("InstanceServer") or call.value("Server") or call.server
        _ask(call, [call.find(Kind.SERVER, asked)], organization.active_calls.all())


def _um_servers(call: Call) -> list[DirectoryObject]:
    return [server for server in call.replica.all(Kind.SERVER) if roles_of(server).um_service]


def _ask(call: Call, servers: list[DirectoryObject], calls: tuple[ActiveCall, ...]) -> None:
    """Show the calls of each server that answers, and an error for each that does not."""
    for server in servers:
        fqdn = str(server["Fqdn"]).lower()
        if not (roles_of(server).um_service and call.organization.um_service_answers(fqdn)):
            call.report(
                RefusedError(
                    "UMRpcException",
                    f"The Unified Messaging service of the server '{fqdn}' couldn't be contacted.",
                    category="ReadError",
                    target=server.name,
                )
            )
            continue
        for active in calls:
            if active.server == fqdn and call.organization.active_calls.is_counted(active):
                call.streams.output(_row(call, server, active))


def _row(call: Call, server: DirectoryObject, active: ActiveCall) -> PSObject:
    replica, domain = call.replica, call.organization.directory.domain
    plan, gateway = replica.get(active.dial_plan), replica.get(active.gateway)
    return PSObject(
        (f"{TASKS}.ActiveCalls", "System.Object"),
        "",
        {
            "ServerId": wire.object_id(server, replica, domain),
            "DialPlan": plan.name if plan else None,
            "GatewayId": gateway["Address"] if gateway else None,
            "CallState": "Connected",
            "CallType": "Inbound",
            "StartTime": active.since,
        },
    )


CMDLETS = (
    cmdlet(
        "Get-UMActiveCalls",
        _get,
        Parameter("DialPlan", DIAL_PLAN, mandatory=True, sets=_OF_DIAL_PLAN),
        Parameter("IPGateway", IP_GATEWAY, mandatory=True, sets=_OF_GATEWAY),
        Parameter("InstanceServer", UM_SERVER, mandatory=True, sets=_OF_INSTANCE),
        Parameter("Server", SERVER, sets=_OF_SERVER, piped=True),
        default_set="Server",
    ),
)
