"""How plans, gateways, servers, policies and attendants hold each other."""

from __future__ import annotations

from ipaddress import ip_address

from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.dial_plan_properties import VOIP_SECURITY
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.variants import PlanMembers


def is_address(host: str) -> bool:
    """Whether a gateway's address is an IP address and not a name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_secured(plan: DirectoryObject) -> bool:
    """Whether a plan's calls are signalled over TLS."""
    return bool(plan["VoIPSecurity"] != VOIP_SECURITY("Unsecured"))


def hunt_groups(replica: Replica, gateway: DirectoryObject) -> list[DirectoryObject]:
    """The hunt groups of a gateway."""
    return replica.referring(Kind.HUNT_GROUP, "Parent", gateway.guid)


def plans(replica: Replica, gateway: DirectoryObject) -> list[DirectoryObject]:
    """The plans that a gateway is linked to."""
    guids = dict.fromkeys(group["UMDialPlan"] for group in hunt_groups(replica, gateway))
    return [plan for guid in guids if (plan := replica.get(guid)) is not None]


def gateways(replica: Replica, plan: DirectoryObject) -> list[DirectoryObject]:
    """The gateways that are linked to a plan."""
    guids = dict.fromkeys(
        group["Parent"] for group in replica.referring(Kind.HUNT_GROUP, "UMDialPlan", plan.guid)
    )
    return [gateway for guid in guids if (gateway := replica.get(guid)) is not None]


def attendants(replica: Replica, plan: DirectoryObject) -> list[DirectoryObject]:
    """The auto attendants of a plan."""
    return replica.referring(Kind.AUTO_ATTENDANT, "UMDialPlan", plan.guid)


def members(call: Call, plan: DirectoryObject) -> list[DirectoryObject]:
    """The servers that a plan's UMServers lists."""
    kinds = {
        PlanMembers.UM_SERVICES: (Kind.UM_SERVICE,),
        PlanMembers.ALL: (Kind.UM_SERVICE, Kind.CALL_ROUTER),
    }[call.variants.plan_members]
    return _servers(call.replica, plan, kinds)


def check_gateways_have_names(call: Call, plan: DirectoryObject) -> None:
    """Refuse to secure a plan while a linked gateway has an IP address (field notes 4.1)."""
    for gateway in gateways(call.replica, plan):
        check_has_name(gateway.name, gateway["Address"], plan.name)


def check_has_name(gateway: str, address: str, plan: str) -> None:
    """Refuse an IP address for a gateway of a secured plan."""
    if is_address(address):
        raise RefusedError(
            "GatewayAddressRequiresFqdnException",
            f"The UM IP gateway '{gateway}' has the address '{address}'. A UM IP gateway of the secured dial "
            f"plan '{plan}' needs a fully qualified domain name.",
            category="InvalidOperation",
        )


def check_nothing_holds(call: Call, plan: DirectoryObject) -> None:
    """Refuse to remove a plan that something refers to, and name all that does (field notes 3.4)."""
    replica = call.replica
    policies = replica.referring(Kind.MAILBOX_POLICY, "UMDialPlan", plan.guid)
    mailboxes = replica.referring(Kind.MAILBOX, "UMDialPlan", plan.guid)
    holders = {
        "DialPlanAssociatedWithUserException": mailboxes,
        "DialPlanAssociatedWithAutoAttendantException": attendants(replica, plan),
        "DialPlanAssociatedWithIPGatewayException": gateways(replica, plan),
        "DialPlanAssociatedWithServerException": _servers(replica, plan, (Kind.UM_SERVICE, Kind.CALL_ROUTER)),
        "DialPlanAssociatedWithPoliciesException": policies,
    }
    for exception, objects in holders.items():
        if objects:
            names = ", ".join(f"'{wire.identity_text(o, replica)}'" for o in objects)
            raise RefusedError(
                exception,
                f"The dial plan '{plan.name}' can't be removed because it is in use by {objects[0].kind} "
                f"{names}.",
                category="InvalidOperation",
                target=plan.name,
            )


def _servers(replica: Replica, plan: DirectoryObject, kinds: tuple[Kind, ...]) -> list[DirectoryObject]:
    guids = dict.fromkeys(
        settings["Parent"]
        for kind in kinds
        for settings in replica.all(kind)
        if plan.guid in (settings["DialPlans"] or ())
    )
    return [server for guid in guids if (server := replica.get(guid)) is not None]
