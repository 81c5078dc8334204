"""New-, Get-, Set-, Enable-, Disable- and Remove-UMIPGateway (field notes 4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from um_operator.lab.binding import Parameter, ParameterType
from um_operator.lab.exchange import links, wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.hunt_groups import make_default_hunt_group
from um_operator.lab.exchange.identity import DIAL_PLAN, IP_GATEWAY
from um_operator.lab.exchange.nouns import (
    check_name,
    check_properties,
    cmdlet,
    identity_parameter,
    name_parameter,
    refuse_taken,
    rename,
    selected,
)
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.properties import Property, applied, defaults, within
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import BOOLEAN, INTEGER, STRING, SWITCH, EnumType
from um_operator.lab.variants import GatewayRemoval, SharedAddress, SmartHost

LONGEST_NAME = 64

STATUS = EnumType.of(
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.GatewayStatus", "Enabled", "Disabled", "NoNewCalls"
)
ADDRESS_FAMILY = EnumType.of("Microsoft.Exchange.Data.IPAddressFamily", "IPv4Only", "IPv6Only", "Any")
_SMART_HOST = ParameterType("Microsoft.Exchange.Data.UMSmartHost", STRING.convert, nullable=False)
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"


def _host(address: str) -> str | None:
    """An IP address, or a name of at most 255 characters; no port, which has a property of its own."""
    is_name = re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", address) and not re.fullmatch(r"[\d.]+", address)
    if links.is_address(address) or (is_name and len(address) <= 255):
        return None
    return f"The address must be an IP address or a fully qualified domain name. The value is {address!r}."


PROPERTIES: tuple[Property, ...] = (
    Property("Address", _SMART_HOST, on_new=True, check=_host),
    Property("IPAddressFamily", ADDRESS_FAMILY.parameter, ADDRESS_FAMILY("IPv4Only"), on_new=True),
    Property("Port", INTEGER, 5060, check=within(0, 65535)),
    Property("Status", STATUS.parameter, STATUS("Enabled")),
    Property("OutcallsAllowed", BOOLEAN, True),
    Property("MessageWaitingIndicatorAllowed", BOOLEAN, True),
    Property("Simulator", BOOLEAN, False),
    Property("DelayedSourcePartyInfoEnabled", BOOLEAN, False),
)


def _new(call: Call) -> None:
    name = check_name(call.value("Name"), LONGEST_NAME)
    refuse_taken(call, call.replica.named(Kind.IP_GATEWAY, name))
    attributes = defaults(PROPERTIES)
    attributes |= applied(PROPERTIES, attributes, call.arguments)
    check_properties(PROPERTIES, attributes)
    _check_address(call, None, attributes)
    asked = call.value("UMDialPlan")
    plan = call.find(Kind.DIAL_PLAN, asked) if asked is not None else None
    if plan is not None and links.is_secured(plan):
        links.check_has_name(name, attributes["Address"], plan.name)
    made = call.create(Kind.IP_GATEWAY, {"Name": name, **attributes})
    if made is None:
        return
    if plan is not None:
        make_default_hunt_group(call, made, plan)
    _show(call, made)


def _get(call: Call) -> None:
    hidden = not call.value("IncludeSimulator", False)
    for gateway in selected(call, Kind.IP_GATEWAY):
        if not (hidden and gateway["Simulator"]):
            _show(call, gateway)


def _set(call: Call) -> None:
    gateway = call.find(Kind.IP_GATEWAY, call.value("Identity"))
    after = applied(PROPERTIES, gateway.attributes, call.arguments)
    check_properties(PROPERTIES, after)
    if after.keys() & {"Address", "IPAddressFamily"}:
        _check_address(call, gateway, {**gateway.attributes, **after})
    rename(call, gateway, after, LONGEST_NAME)
    call.modify(gateway, after)


def _enable(call: Call) -> None:
    _change_status(call, "Enabled")


def _disable(call: Call) -> None:
    """Stop calls of a gateway; unless at once, those in progress end by themselves (cmdlet page)."""
    _change_status(call, "Disabled" if call.value("Immediate", False) else "NoNewCalls")


def _change_status(call: Call, status: str) -> None:
    gateway = call.find(Kind.IP_GATEWAY, call.value("Identity"))
    if gateway["Status"] == STATUS(status):
        raise RefusedError(
            "GatewayStatusAlreadySetException",
            f"The UM IP gateway '{gateway.name}' already has the status {status}.",
            category="InvalidOperation",
        )
    call.modify(gateway, {"Status": STATUS(status)})


def _remove(call: Call) -> None:
    gateway = call.find(Kind.IP_GATEWAY, call.value("Identity"))
    groups = links.hunt_groups(call.replica, gateway)
    if groups and call.variants.gateway_removal is GatewayRemoval.REFUSED:
        names = ", ".join(f"'{call.identity_of(group)}'" for group in groups)
        raise RefusedError(
            "GatewayAssociatedWithHuntGroupException",
            f"The UM IP gateway '{gateway.name}' can't be removed because it has the UM hunt groups {names}.",
            category="InvalidOperation",
            target=gateway.name,
        )
    for group in groups:
        call.remove(group)
    call.remove(gateway)


def _check_address(call: Call, gateway: DirectoryObject | None, after: dict[str, Any]) -> None:
    address, family = after["Address"], after["IPAddressFamily"]
    if links.is_address(address):
        version = ip_address(address.partition("%")[0]).version
        if family != ADDRESS_FAMILY("Any") and family != ADDRESS_FAMILY(f"IPv{version}Only"):
            raise RefusedError(
                "GatewayIPAddressFamilyInconsistentException",
                f"The address '{address}' isn't one of the address family {family.name}.",
                category="InvalidOperation",
            )
    if gateway is not None:
        for plan in links.plans(call.replica, gateway):
            if links.is_secured(plan):
                links.check_has_name(gateway.name, address, plan.name)
    _check_not_shared(call, gateway, address)


def _check_not_shared(call: Call, gateway: DirectoryObject | None, address: str) -> None:
    if call.variants.shared_address is SharedAddress.ACCEPTED:
        return
    for other in call.replica.all(Kind.IP_GATEWAY):
        if other["Address"].casefold() == address.casefold() and (not gateway or other.guid != gateway.guid):
            raise RefusedError(
                "GatewayAddressAlreadyExistsException",
                f"The address '{address}' is already that of the UM IP gateway '{other.name}'.",
                category="InvalidOperation",
                target=other.name,
            )


def _show(call: Call, gateway: DirectoryObject) -> None:
    call.show(gateway, "Microsoft.Exchange.Data.Directory.SystemConfiguration.UMIPGateway", _properties)


def _properties(call: Call, gateway: DirectoryObject) -> Mapping[str, Value]:
    replica, domain = call.replica, call.organization.directory.domain
    groups = [wire.object_id(g, replica, domain) for g in links.hunt_groups(replica, gateway)]
    return {
        **wire.common_properties(gateway, replica, domain, call.domain_controller),
        **{row.name: call.shape(row, gateway[row.name]) for row in PROPERTIES},
        "Address": _shown_address(call, gateway["Address"]),
        "HuntGroups": wire.multi_value(groups, call.variants),
        "GlobalCallRoutingScheme": "None",
        "ForwardingAddress": None,
    }


def _shown_address(call: Call, address: str) -> Value:
    if call.variants.smart_host is SmartHost.TEXT:
        return address
    return PSObject(
        ("Microsoft.Exchange.Data.UMSmartHost", "System.Object"),
        address,
        {"Address": address if links.is_address(address) else None, "Domain": address},
    )


CMDLETS = (
    cmdlet(
        "New-UMIPGateway",
        _new,
        name_parameter(),
        *(row.parameter(mandatory=row.name == "Address") for row in PROPERTIES if row.on_new),
        Parameter("UMDialPlan", DIAL_PLAN),
    ),
    cmdlet(
        "Get-UMIPGateway",
        _get,
        identity_parameter(IP_GATEWAY, mandatory=False),
        Parameter("IncludeSimulator", SWITCH),
    ),
    cmdlet(
        "Set-UMIPGateway",
        _set,
        identity_parameter(IP_GATEWAY, mandatory=True),
        *(row.parameter() for row in PROPERTIES),
        Parameter("Name", STRING),
        Parameter("ForceUpgrade", SWITCH),
    ),
    cmdlet("Enable-UMIPGateway", _enable, identity_parameter(IP_GATEWAY, mandatory=True)),
    cmdlet(
        "Disable-UMIPGateway",
        _disable,
        identity_parameter(IP_GATEWAY, mandatory=True),
        Parameter("Immediate", BOOLEAN),
        prompts=True,
    ),
    cmdlet("Remove-UMIPGateway", _remove, identity_parameter(IP_GATEWAY, mandatory=True), prompts=True),
)
