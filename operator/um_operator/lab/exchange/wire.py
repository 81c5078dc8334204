"""Shapes of Exchange's values in a pipeline's output (field notes 7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.powershell import EnumValue, PSObject, Value
from um_operator.lab.values import EnumType
from um_operator.lab.variants import EmptyList, SingleValue, Variants

AD_OBJECT_ID = (
    "Microsoft.Exchange.Data.Directory.ADObjectId",
    "Microsoft.Exchange.Data.ObjectId",
    "System.Object",
)
AD_OBJECT = (
    "Microsoft.Exchange.Data.Directory.ADConfigurationObject",
    "Microsoft.Exchange.Data.Directory.ADObject",
    "Microsoft.Exchange.Data.Directory.ADRawEntry",
    "Microsoft.Exchange.Data.ConfigurableObject",
    "System.Object",
)
OBJECT_STATE = EnumType.of("Microsoft.Exchange.Data.ObjectState", "New", "Unchanged", "Changed", "Deleted")

_CONTAINERS = {
    Kind.DIAL_PLAN: "CN=UM DialPlan Container",
    Kind.IP_GATEWAY: "CN=UM IPGateway Container",
    Kind.MAILBOX_POLICY: "CN=UM Mailbox Policies",
    Kind.AUTO_ATTENDANT: "CN=UM AutoAttendant Container",
    Kind.SERVER: "CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups",
}


def domain_dn(domain: str) -> str:
    """A DNS domain as a distinguished name."""
    return ",".join(f"DC={label}" for label in domain.split("."))


def distinguished_name(found: DirectoryObject, replica: Replica, domain: str) -> str:
    """An object's DN in the configuration partition."""
    rdn = f"CN={_escaped(found.name)}"
    services = f"CN=Microsoft Exchange,CN=Services,CN=Configuration,{domain_dn(domain)}"
    if found.kind is Kind.ORGANIZATION:
        return f"{rdn},{services}"
    if (parent := replica.get(found["Parent"])) is not None:
        above = distinguished_name(parent, replica, domain)
        if found.kind is Kind.UM_SERVICE:
            return above
        if found.kind is Kind.CALL_ROUTER:
            return f"CN=FrontendUMCallRouter,CN=SIP,CN=Protocols,{above}"
        return f"{rdn},{above}"
    organization = next(replica.all(Kind.ORGANIZATION))
    container = _CONTAINERS.get(found.kind, "CN=Unknown")
    return f"{rdn},{container},CN={_escaped(organization.name)},{services}"


def _escaped(name: str) -> str:
    """A value as RFC 4514 writes it in a DN."""
    escaped = "".join(f"\\{c}" if c in '"+,;<=>\\' else c for c in name).replace("\n", "\\0A")
    return f"\\{escaped}" if escaped.startswith(("#", " ")) else escaped


def identity_text(found: DirectoryObject, replica: Replica) -> str:
    """What an object's Identity shows: its name, a hunt group's behind its gateway's."""
    if found.kind is Kind.HUNT_GROUP and (gateway := replica.get(found["Parent"])) is not None:
        return f"{gateway.name}\\{found.name}"
    return found.name


def object_id(found: DirectoryObject, replica: Replica, domain: str) -> PSObject:
    """An ADObjectId: shown as the name, with DN and GUID inside."""
    return replica.derived(
        "identity", found.guid, lambda: _object_id(found, replica, domain), from_names=True
    )


def _object_id(found: DirectoryObject, replica: Replica, domain: str) -> PSObject:
    dn = distinguished_name(found, replica, domain)
    rdn, parent = dn.split(",", 1)
    return PSObject(
        AD_OBJECT_ID,
        identity_text(found, replica),
        {
            "IsDeleted": False,
            "Rdn": rdn,
            "Parent": parent,
            "Depth": dn.count(","),
            "DistinguishedName": dn,
            "IsRelativeDn": False,
            "DomainId": domain,
            "ObjectGuid": found.guid,
            "Name": found.name,
        },
    )


def multi_value(values: Sequence[Value], variants: Variants) -> Value:
    """A MultiValuedProperty, in the shape of the variant."""
    if not values and variants.empty_list is EmptyList.NIL:
        return None
    if len(values) == 1 and variants.single_value is SingleValue.SCALAR:
        return values[0]
    return list(values)


def time_span(span: timedelta) -> PSObject:
    """An EnhancedTimeSpan: ``[d.]hh:mm:ss``."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{hours:02}:{minutes:02}:{seconds:02}"
    return PSObject(
        ("Microsoft.Exchange.Data.EnhancedTimeSpan", "System.ValueType", "System.Object"),
        f"{span.days}.{text}" if span.days else text,
        {
            "Ticks": (span // timedelta(microseconds=1)) * 10,
            "Days": span.days,
            "Hours": hours,
            "Minutes": minutes,
            "Seconds": seconds,
        },
    )


def byte_size(size: int) -> str:
    """A ByteQuantifiedSize as text, ``250 MB (262,144,000 bytes)``."""
    for unit, factor in (("TB", 2**40), ("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if size >= factor:
            return f"{size / factor:.4g} {unit} ({size:,} bytes)"
    return f"{size} B ({size:,} bytes)"


def unlimited(element: str, value: Value) -> PSObject:
    """An Unlimited of a type; None is unlimited."""
    return PSObject(
        (f"Microsoft.Exchange.Data.Unlimited`1[[{element}]]", "System.Object"),
        "Unlimited" if value is None else getattr(value, "text", str(value)),
        {"IsUnlimited": value is None, "Value": value},
    )


def server_version(major: int, minor: int, build: int, revision: int) -> PSObject:
    """A ServerVersion as Get-ExchangeServer shows it."""
    return PSObject(
        ("Microsoft.Exchange.Data.ServerVersion", "System.Object"),
        f"Version {major}.{minor} (Build {build}.{revision})",
        {
            "Major": major,
            "Minor": minor,
            "Build": build,
            "Revision": revision,
            "FilePatchLevelDescription": None,
        },
    )


def common_properties(
    found: DirectoryObject, replica: Replica, domain: str, domain_controller: str
) -> dict[str, Value]:
    """The properties that every directory object has.

    They come first: a client that skips the elements of lists must have met the type of an ADObjectId before.
    """
    identity = object_id(found, replica, domain)
    return {
        "AdminDisplayName": "",
        "ExchangeVersion": "0.10 (14.0.100.0)",
        "Name": found.name,
        "DistinguishedName": identity.properties["DistinguishedName"],
        "Identity": identity,
        "Guid": found.guid,
        "WhenChanged": found.changed.time,
        "WhenCreated": found.created.time,
        "WhenChangedUTC": found.changed.time,
        "WhenCreatedUTC": found.created.time,
        "OrganizationId": "",
        "Id": identity,
        "OriginatingServer": domain_controller,
        "IsValid": True,
        "ObjectState": OBJECT_STATE("Unchanged"),
    }


def readable(value: Any) -> Any:
    """A stored value as the journal shows it."""
    if isinstance(value, EnumValue):
        return value.name
    if isinstance(value, PSObject):
        return value.text
    if isinstance(value, tuple | list):
        return [readable(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
