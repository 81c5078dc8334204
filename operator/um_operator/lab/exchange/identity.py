"""What an -Identity or -Server argument may be, and which object it means."""

from __future__ import annotations

from uuid import UUID

from um_operator.lab.binding import ConversionError, ParameterType
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.values import to_text

_OF_A_SERVER = (Kind.UM_SERVICE, Kind.CALL_ROUTER)


def identity_type(name: str) -> ParameterType:
    """An identity parameter: a name, DN or GUID as text, or an object that has one. ``$null`` is allowed."""
    type_name = f"Microsoft.Exchange.Configuration.Tasks.{name}"

    def convert(value: Value) -> str | None:
        if isinstance(value, PSObject):
            value = value.properties.get("Guid") or value.properties.get("ObjectGuid") or value.text
        text = to_text(value)
        if text is not None and not text.strip():
            raise ConversionError(
                f'Cannot convert value "" to type "{type_name}". Error: "The identity must not be empty."'
            )
        return text

    return ParameterType(type_name, convert)


DIAL_PLAN = identity_type("UMDialPlanIdParameter")
IP_GATEWAY = identity_type("UMIPGatewayIdParameter")
HUNT_GROUP = identity_type("UMHuntGroupIdParameter")
MAILBOX_POLICY = identity_type("MailboxPolicyIdParameter")
AUTO_ATTENDANT = identity_type("UMAutoAttendantIdParameter")
SERVER = identity_type("ServerIdParameter")
UM_SERVER = identity_type("UMServerIdParameter")
ORGANIZATION = identity_type("OrganizationIdParameter")


def resolve(replica: Replica, kind: Kind, identity: str, domain: str) -> DirectoryObject | None:
    """The object that an identity means, compared without case; stricter than Exchange: no wildcards."""
    if (guid := _guid(identity)) is not None:
        found = replica.get(guid)
        return _child(replica, kind, found) if found else None
    if identity.upper().startswith("CN="):
        candidates = replica.all(Kind.SERVER if kind in _OF_A_SERVER else kind)
        named = (o for o in candidates if _same(wire.distinguished_name(o, replica, domain), identity))
        return _child(replica, kind, next(named, None))
    if kind is Kind.HUNT_GROUP:
        return _hunt_group(replica, identity)
    if kind is Kind.SERVER or kind in _OF_A_SERVER:
        return _child(replica, kind, _server(replica, identity))
    return replica.named(kind, identity)


def _guid(identity: str) -> UUID | None:
    try:
        return UUID(identity)
    except ValueError:
        return None


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _hunt_group(replica: Replica, identity: str) -> DirectoryObject | None:
    """A hunt group is known only behind its gateway's name (field notes 4.2)."""
    gateway_name, behind, name = identity.partition("\\")
    gateway = replica.named(Kind.IP_GATEWAY, gateway_name)
    if not behind or gateway is None:
        return None
    return replica.named(Kind.HUNT_GROUP, name, lambda o: o["Parent"] == gateway.guid)


def _server(replica: Replica, identity: str) -> DirectoryObject | None:
    return next(
        (
            server
            for server in replica.all(Kind.SERVER)
            if any(_same(identity, str(server[a])) for a in ("Name", "Fqdn", "ExchangeLegacyDN"))
        ),
        None,
    )


def _child(replica: Replica, kind: Kind, found: DirectoryObject | None) -> DirectoryObject | None:
    """The object itself, or the settings of that kind below a server."""
    if found is None or found.kind is kind:
        return found
    if found.kind is Kind.SERVER and kind in _OF_A_SERVER:
        return next((o for o in replica.all(kind) if o["Parent"] == found.guid), None)
    return None
