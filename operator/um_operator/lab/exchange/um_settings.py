"""Get-/Set-UMService and Get-/Set-UMCallRouterSettings: how UM listens on each server (field notes 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from math import inf
from typing import Any

from um_operator.lab.binding import ConversionError, Parameter, ParameterType
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.dial_plan_properties import URI_TYPE
from um_operator.lab.exchange.identity import DIAL_PLAN, SERVER, UM_SERVER
from um_operator.lab.exchange.nouns import check_properties, cmdlet, identity_parameter, selected
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.properties import Property, applied, within
from um_operator.lab.exchange.refusals import RefusedError
from um_operator.lab.exchange.servers import Release, roles_of
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import BOOLEAN, INTEGER, STRING, Edit, EnumType, Replace, multi_valued, to_text
from um_operator.lab.variants import ServerThumbprint, ThumbprintInTCP

_CONFIGURATION = "Microsoft.Exchange.Data.Directory.SystemConfiguration"
_REMOTE = "Microsoft.Exchange.Management.Tasks"

STARTUP_MODE = EnumType.of(f"{_CONFIGURATION}.UMStartupMode", "TCP", "TLS", "Dual")
ADDRESS_FAMILY = EnumType.of("Microsoft.Exchange.Data.IPAddressFamily", "IPv4Only", "IPv6Only", "Any")
SERVER_STATUS = EnumType.of(f"{_CONFIGURATION}.ServerStatus", "Enabled", "Disabled", "NoNewCalls")

_UNITS = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


def _to_span(value: Value) -> timedelta:
    """An EnhancedTimeSpan: a TimeSpan, or ``[d.]hh:mm:ss``."""
    if isinstance(value, timedelta):
        return value
    if not (match := re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})", to_text(value) or "")):
        raise ConversionError(
            f'Cannot convert value "{value}" to type "Microsoft.Exchange.Data.EnhancedTimeSpan".'
        )
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _to_size(value: Value) -> float:
    """A size in bytes: ``250 MB``, a number, or ``unlimited`` (infinity)."""
    text = (to_text(value) or "").strip()
    if text.casefold() == "unlimited":
        return inf
    if not (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?B)?", text, re.IGNORECASE)):
        raise ConversionError(
            f'Cannot convert value "{text}" to type "Microsoft.Exchange.Data.ByteQuantifiedSize".'
        )
    return int(float(match[1]) * _UNITS[(match[2] or "").upper()])


_SPAN = ParameterType("Microsoft.Exchange.Data.EnhancedTimeSpan", _to_span, nullable=False)
_SIZE = ParameterType("Microsoft.Exchange.Data.Unlimited", _to_size, nullable=False)
_CONNECTION = ParameterType("Microsoft.Exchange.Data.ProtocolConnectionSettings", STRING.convert)


def _connection(value: str) -> str | None:
    good = re.fullmatch(r"[A-Za-z0-9.-]+:\d{1,5}", value)
    return None if good else f"A name and port, fqdn:port, is expected. The value is {value!r}."


def _size(value: float) -> PSObject:
    text = None if value == inf else wire.byte_size(int(value))
    return wire.unlimited("Microsoft.Exchange.Data.ByteQuantifiedSize", text)


def _limited(value: float) -> str | None:
    return "The size of a file must be limited." if value == inf else None


_BOTH = (
    Property("UMStartupMode", STARTUP_MODE.parameter, STARTUP_MODE("TCP")),
    Property("IPAddressFamily", ADDRESS_FAMILY.parameter, ADDRESS_FAMILY("Any")),
    Property("IPAddressFamilyConfigurable", BOOLEAN, True),
)
SERVICE_PROPERTIES: tuple[Property, ...] = (
    *_BOTH,
    Property("MaxCallsAllowed", INTEGER, 100, check=within(0, 200)),
    Property("SIPAccessService", _CONNECTION, check=_connection),
    Property("Status", SERVER_STATUS.parameter, SERVER_STATUS("Enabled")),
    Property("GrammarGenerationSchedule", multi_valued(STRING), ("Sun.2:00 AM-Sun.2:30 AM",), many=True),
    Property("IrmLogEnabled", BOOLEAN, True),
    Property("IrmLogMaxAge", _SPAN, timedelta(days=30), show=wire.time_span),
    Property("IrmLogMaxDirectorySize", _SIZE, 250 * 2**20, show=_size),
    Property("IrmLogMaxFileSize", _SIZE, 10 * 2**20, check=_limited, show=wire.byte_size),
    Property("IrmLogPath", STRING, "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\IRMLogs"),
)
ROUTER_PROPERTIES: tuple[Property, ...] = (
    *_BOTH,
    Property("SipTcpListeningPort", INTEGER, 5060, check=within(0, 65535)),
    Property("SipTlsListeningPort", INTEGER, 5061, check=within(0, 65535)),
    Property("MaxCallsAllowed", INTEGER),
)


def _get_service(call: Call) -> None:
    for service in selected(call, Kind.UM_SERVICE):
        _show_service(call, service)


def _get_router(call: Call) -> None:
    """Show one call router: that of the running server unless one is named (field notes 2.2)."""
    asked = call.value("Server")
    _show_router(call, _router(call, call.server if asked is None else asked))


def _set_service(call: Call) -> None:
    _change(call, call.find(Kind.UM_SERVICE, call.value("Identity")), SERVICE_PROPERTIES)


def _set_router(call: Call) -> None:
    asked = call.value("Server")
    _change(call, _router(call, call.server if asked is None else asked), ROUTER_PROPERTIES)


def _router(call: Call, identity: str) -> DirectoryObject:
    server = call.find(Kind.SERVER, identity)
    if not roles_of(server).call_router:
        raise RefusedError(
            "ServerNotClientAccessServerException",
            f"The server '{server.name}' has no Microsoft Exchange Unified Messaging Call Router service.",
            category="InvalidOperation",
            target=server.name,
        )
    return call.find(Kind.CALL_ROUTER, identity)


def _change(call: Call, settings: DirectoryObject, table: tuple[Property, ...]) -> None:
    after = applied(table, settings.attributes, call.arguments)
    check_properties(table, after)
    if "DialPlans" in call.arguments:
        members = _members(call, settings, call.value("DialPlans"))
        if members != settings["DialPlans"]:
            after["DialPlans"] = members
    if _back_to_tcp(after) and call.variants.thumbprint_in_tcp is ThumbprintInTCP.CLEARED:
        after["UMCertificateThumbprint"] = None
    call.modify(settings, after)
    if after.keys() & {"UMStartupMode", "IPAddressFamily", "SipTcpListeningPort", "SipTlsListeningPort"}:
        call.streams.warning("The changes take effect when the service is started again.")


def _back_to_tcp(after: Mapping[str, Any]) -> bool:
    return after.get("UMStartupMode") == STARTUP_MODE("TCP")


def _members(call: Call, settings: DirectoryObject, argument: Replace | Edit) -> tuple[Any, ...]:
    """The plans of a server after an argument: a list overwrites, a hashtable edits (field notes 2.1)."""
    current = tuple(settings["DialPlans"])
    if isinstance(argument, Replace):
        return tuple(dict.fromkeys(_plan(call, settings, name) for name in argument.values))
    gone = {call.find(Kind.DIAL_PLAN, name).guid for name in argument.remove}
    added = [_plan(call, settings, name) for name in argument.add]
    return tuple(dict.fromkeys((*(guid for guid in current if guid not in gone), *added)))


def _plan(call: Call, settings: DirectoryObject, name: str) -> Any:
    plan = call.find(Kind.DIAL_PLAN, name)
    server = call.replica.get(settings["Parent"])
    modern = server is not None and server["Release"] is not Release.E2010
    if modern and plan["URIType"] != URI_TYPE("SipName"):
        raise RefusedError(
            "CannotAssociateDialPlanException",
            f"The server can't be a member of the dial plan '{plan.name}': its URI type is "
            f"{plan['URIType'].name}, and only SipName dial plans have servers.",
            category="InvalidOperation",
            target=plan.name,
        )
    return plan.guid


def _show_service(call: Call, service: DirectoryObject) -> None:
    shown = {row.name: call.shape(row, service[row.name]) for row in SERVICE_PROPERTIES}
    if call.variants.server_thumbprint is ServerThumbprint.SHOWN:
        shown["UMCertificateThumbprint"] = service["UMCertificateThumbprint"]
    languages: list[Value] = list(call.organization.languages)
    shown |= {"Languages": languages, "ExternalHostFqdn": None, "ExternalServiceFqdn": None}
    _show(call, f"{_CONFIGURATION}.UMServer", service, shown)


def _show_router(call: Call, router: DirectoryObject) -> None:
    shown = {row.name: call.shape(row, router[row.name]) for row in ROUTER_PROPERTIES}
    shown["UMCertificateThumbprint"] = router["UMCertificateThumbprint"]
    _show(call, f"{_CONFIGURATION}.SIPFEServerConfiguration", router, shown)


def _show(call: Call, type_name: str, settings: DirectoryObject, shown: dict[str, Value]) -> None:
    replica, domain = call.replica, call.organization.directory.domain
    plans = [plan for guid in settings["DialPlans"] if (plan := replica.get(guid)) is not None]
    members = wire.multi_value([wire.object_id(plan, replica, domain) for plan in plans], call.variants)
    common = wire.common_properties(settings, replica, domain, call.domain_controller)
    call.output(type_name, settings.name, {**common, **shown, "DialPlans": members})


_PLANS = Parameter("DialPlans", multi_valued(DIAL_PLAN))

CMDLETS = (
    cmdlet("Get-UMService", _get_service, identity_parameter(UM_SERVER, mandatory=False), namespace=_REMOTE),
    cmdlet(
        "Set-UMService",
        _set_service,
        identity_parameter(UM_SERVER, mandatory=True),
        *(row.parameter() for row in SERVICE_PROPERTIES),
        _PLANS,
        namespace=_REMOTE,
    ),
    cmdlet(
        "Get-UMCallRouterSettings",
        _get_router,
        identity_parameter(SERVER, mandatory=False, name="Server"),
        namespace=_REMOTE,
    ),
    cmdlet(
        "Set-UMCallRouterSettings",
        _set_router,
        identity_parameter(SERVER, mandatory=False, name="Server"),
        *(row.parameter() for row in ROUTER_PROPERTIES),
        _PLANS,
        namespace=_REMOTE,
    ),
)
