"""One row of a Get- cmdlet to one observed fact. Pure; a value that is not understood raises ReadError."""

from __future__ import annotations

import re
from typing import Final, TypeVar, cast

from um_operator.exchange import codecs
from um_operator.exchange.codecs import Codec, ReadError
from um_operator.exchange.fields import DIAL_PLAN, GATEWAY
from um_operator.observed.exchange import (
    Binding,
    CallRouterFact,
    DialPlanFact,
    GatewayFact,
    GatewayState,
    HuntGroupFact,
    MailboxPolicyFact,
    OrganizationFact,
    ServerFact,
    StartupMode,
    UMServiceFact,
    VoIPSecurity,
)
from um_operator.observed.values import name_key
from um_operator.remoting.session import PSRow, PSValue
from um_operator.remoting.values import items_of

T = TypeVar("T")
_STARTUP_MODE = codecs.words("TCP", "TLS", "Dual")
BINDING: Final = "UMCertificateThumbprint"
_THUMBPRINT = re.compile(r"[0-9A-F]{40}")
_VERSION = re.compile(r"Version (\d+)\.(\d+) \(Build (\d+)\.(\d+)\)")


def name(row: PSRow) -> str:
    """Return an object's name; raises ReadError without one."""
    return _text(row, "Name")


def guid(row: PSRow) -> str:
    """Return an object's GUID; raises ReadError without one."""
    return _text(row, "Guid")


def organization(row: PSRow) -> OrganizationFact:
    """Read a row of Get-OrganizationConfig."""
    return OrganizationFact(_text(row, "DistinguishedName"), guid(row))


def server(row: PSRow) -> ServerFact:
    """Read a row of Get-ExchangeServer. Domain controllers are shown only under -Status."""
    roles = _text(row, "ServerRole").split(",")
    return ServerFact(
        fqdn=_text(row, "Fqdn"),
        site=str(codecs.REFERENCE.read("Site", row.properties.get("Site")) or "").rpartition("/")[2],
        version=_version(row),
        roles=frozenset(role.strip() for role in roles),
        domain_controllers=_controllers(row),
    )


def dial_plan(row: PSRow) -> DialPlanFact:
    """Read a row of Get-UMDialPlan."""
    properties = DIAL_PLAN.read(row)
    return DialPlanFact(
        name=name(row),
        guid=guid(row),
        uri_type=_present(row, "URIType", str, properties.get("uriType")),
        digits=_present(row, "NumberOfDigitsInExtension", int, properties.get("numberOfDigitsInExtension")),
        voip_security=cast(VoIPSecurity, _present(row, "VoIPSecurity", str, properties.get("voipSecurity"))),
        properties=properties,
    )


def gateway(row: PSRow) -> GatewayFact:
    """Read a row of Get-UMIPGateway."""
    properties = GATEWAY.read(row)
    return GatewayFact(
        name=name(row),
        guid=guid(row),
        address=_present(row, "Address", str, properties.get("address")),
        port=_present(row, "Port", int, properties.get("port")),
        state=cast(GatewayState, _present(row, "Status", str, properties.get("state"))),
        properties=properties,
    )


def hunt_group(row: PSRow) -> HuntGroupFact:
    """Read a row of Get-UMHuntGroup."""
    return HuntGroupFact(
        name=name(row),
        gateway=_reference(row, "UMIPGateway"),
        dial_plan=_reference(row, "UMDialPlan"),
        pilot_identifier=str(_value(row, "PilotIdentifier", codecs.TEXT) or ""),
    )


def mailbox_policy(row: PSRow) -> MailboxPolicyFact:
    """Read a row of Get-UMMailboxPolicy."""
    return MailboxPolicyFact(name(row), _reference(row, "UMDialPlan"))


def um_service(row: PSRow, fqdn: str) -> UMServiceFact:
    """Read a row of Get-UMService, which names its server only by the short name."""
    return UMServiceFact(fqdn, _startup_mode(row), _plans(row), binding(row))


def call_router(row: PSRow, fqdn: str) -> CallRouterFact:
    """Read the row of Get-UMCallRouterSettings -Server."""
    return CallRouterFact(
        server=fqdn,
        startup_mode=_startup_mode(row),
        tcp_port=_present(row, "SipTcpListeningPort", int, _value(row, "SipTcpListeningPort", codecs.INT)),
        tls_port=_present(row, "SipTlsListeningPort", int, _value(row, "SipTlsListeningPort", codecs.INT)),
        dial_plans=_plans(row),
        binding=binding(row),
    )


def binding(row: PSRow) -> Binding:
    """Return which certificate a service's settings name; whether Get-UMService does is not certain."""
    if BINDING not in row.properties:
        return Binding(shown=False)
    written = str(_value(row, BINDING, codecs.TEXT) or "")
    if not written:
        return Binding()
    found = written.replace(" ", "").upper()
    if _THUMBPRINT.fullmatch(found) is None:
        raise ReadError(BINDING, row.properties.get(BINDING))
    return Binding(found)


def is_of_server(row: PSRow, fqdn: str) -> bool:
    """Tell whether a server's settings are those of that server, as far as the row says whose they are.

    Settings stand below their server in the directory: the DN holds ``CN=<server>,CN=Servers,``.
    """
    dn = row.properties.get("DistinguishedName")
    if not isinstance(dn, str):
        return True
    below = re.search(r"(?:^|,)CN=([^,]+),CN=Servers,", dn, re.IGNORECASE)
    return below is None or name_key(below[1]) == short_name(fqdn)


def short_name(fqdn: str) -> str:
    """Return the key of a server's name in Exchange, which is its NetBIOS name: 15 characters, no domain."""
    return name_key(fqdn.partition(".")[0][:15])


def _controllers(row: PSRow) -> tuple[str, ...]:
    """Return the domain controllers that a server works with, first the one that it reads settings from."""
    own = _value(row, "CurrentConfigDomainController", codecs.TEXT)
    items = items_of(row.properties.get("CurrentDomainControllers"))
    others = (codecs.TEXT.read("CurrentDomainControllers", item) for item in items)
    return tuple(dict.fromkeys(str(name) for name in (own, *others) if name))


def _version(row: PSRow) -> tuple[int, ...]:
    value = row.properties.get("AdminDisplayVersion")
    if isinstance(value, PSRow):
        parts = [value.properties.get(part) for part in ("Major", "Minor", "Build", "Revision")]
        if all(isinstance(part, int) for part in parts):
            return tuple(cast(list[int], parts))
    match = _VERSION.fullmatch(str(_value(row, "AdminDisplayVersion", codecs.TEXT) or ""))
    if match is None:
        raise ReadError("AdminDisplayVersion", value)
    return tuple(int(part) for part in match.groups())


def _startup_mode(row: PSRow) -> StartupMode:
    mode = _value(row, "UMStartupMode", _STARTUP_MODE)
    return cast(StartupMode, _present(row, "UMStartupMode", str, mode))


def _plans(row: PSRow) -> frozenset[str]:
    items = items_of(row.properties.get("DialPlans"))
    return frozenset(str(codecs.REFERENCE.read("DialPlans", item)) for item in items)


def _text(row: PSRow, output: str) -> str:
    return _present(row, output, str, _value(row, output, codecs.TEXT))


def _reference(row: PSRow, output: str) -> str:
    return _present(row, output, str, _value(row, output, codecs.REFERENCE))


def _value(row: PSRow, output: str, codec: Codec) -> object:
    return codec.read(output, row.properties.get(output))


def _present(row: PSRow, output: str, kind: type[T], value: object) -> T:
    raw: PSValue = row.properties.get(output)
    if not isinstance(value, kind):
        raise ReadError(output, raw)
    return value
