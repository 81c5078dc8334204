"""New-, Get- and Remove-UMHuntGroup; a hunt group cannot be changed (field notes 4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import links, wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import DIAL_PLAN, HUNT_GROUP, IP_GATEWAY
from um_operator.lab.exchange.nouns import (
    check_name,
    cmdlet,
    identity_parameter,
    name_parameter,
    refuse_taken,
    selected,
)
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.refusals import RefusedError, invalid
from um_operator.lab.powershell import Value
from um_operator.lab.values import STRING
from um_operator.lab.variants import SharedPilot

LONGEST_NAME = 64
LONGEST_PILOT = 256
DEFAULT_NAME = "DefaultHuntGroup"


def make_default_hunt_group(call: Call, gateway: DirectoryObject, plan: DirectoryObject) -> None:
    """Link a new gateway to a plan, for every number, as New-UMIPGateway -UMDialPlan does."""
    call.create(
        Kind.HUNT_GROUP,
        {"Name": DEFAULT_NAME, "Parent": gateway.guid, "UMDialPlan": plan.guid, "PilotIdentifier": ""},
    )


def _new(call: Call) -> None:
    name = check_name(call.value("Name"), LONGEST_NAME)
    plan = call.find(Kind.DIAL_PLAN, call.value("UMDialPlan"))
    gateway = call.find(Kind.IP_GATEWAY, call.value("UMIPGateway"))
    pilot = call.value("PilotIdentifier") or ""
    if len(pilot) > LONGEST_PILOT:
        raise invalid("PilotIdentifier", f"At most {LONGEST_PILOT} characters are allowed.")
    groups = links.hunt_groups(call.replica, gateway)
    refuse_taken(call, next((g for g in groups if g.name.casefold() == name.casefold()), None))
    if call.variants.shared_pilot is SharedPilot.REFUSED:
        _check_pilot(groups, gateway, pilot)
    if links.is_secured(plan):
        links.check_has_name(gateway.name, gateway["Address"], plan.name)
    made = call.create(
        Kind.HUNT_GROUP,
        {"Name": name, "Parent": gateway.guid, "UMDialPlan": plan.guid, "PilotIdentifier": pilot},
    )
    if made is not None:
        _show(call, made)


def _check_pilot(groups: list[DirectoryObject], gateway: DirectoryObject, pilot: str) -> None:
    """Refuse a second hunt group for one number of a gateway."""
    for group in groups:
        if group["PilotIdentifier"] == pilot:
            raise RefusedError(
                "PilotIdentifierAlreadyExistsException",
                f"The pilot identifier '{pilot}' of the UM IP gateway '{gateway.name}' is already that of "
                f"the UM hunt group '{group.name}'.",
                category="InvalidOperation",
                target=group.name,
            )


def _get(call: Call) -> None:
    asked = call.value("UMDialPlan")
    plan = call.find(Kind.DIAL_PLAN, asked) if asked is not None else None
    for group in selected(call, Kind.HUNT_GROUP):
        if plan is None or group["UMDialPlan"] == plan.guid:
            _show(call, group)


def _remove(call: Call) -> None:
    call.remove(call.find(Kind.HUNT_GROUP, call.value("Identity")))


def _show(call: Call, group: DirectoryObject) -> None:
    call.show(group, "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMHuntGroup", _properties)


def _properties(call: Call, group: DirectoryObject) -> Mapping[str, Value]:
    replica, domain = call.replica, call.organization.directory.domain
    plan, gateway = replica.get(group["UMDialPlan"]), replica.get(group["Parent"])
    return {
        **wire.common_properties(group, replica, domain, call.domain_controller),
        "PilotIdentifier": group["PilotIdentifier"],
        "UMDialPlan": wire.object_id(plan, replica, domain) if plan else None,
        "UMIPGateway": wire.object_id(gateway, replica, domain) if gateway else None,
    }


CMDLETS = (
    cmdlet(
        "New-UMHuntGroup",
        _new,
        name_parameter(),
        Parameter("UMDialPlan", DIAL_PLAN, mandatory=True),
        Parameter("UMIPGateway", IP_GATEWAY, mandatory=True),
        Parameter("PilotIdentifier", STRING),
    ),
    cmdlet(
        "Get-UMHuntGroup",
        _get,
        identity_parameter(HUNT_GROUP, mandatory=False),
        Parameter("UMDialPlan", DIAL_PLAN),
    ),
    cmdlet("Remove-UMHuntGroup", _remove, identity_parameter(HUNT_GROUP, mandatory=True), prompts=True),
)
