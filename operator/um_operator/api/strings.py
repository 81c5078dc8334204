"""The kinds of text that fields hold: names, addresses, numbers, instants; each bounded and with a pattern.

What a pattern can't say (an address that is all digits and dots must be an IPv4 address) is checked here.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field

from um_operator.api.text import Text, refused

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"({_LABEL}\.)*{_LABEL}\.?"
_FQDN = rf"({_LABEL}\.)+{_LABEL}"
_IP = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*"
_AUTHORITY = rf"({_HOST}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?"
_FORBIDDEN = r"\"/\\\[\]:;|=,+*?<>\x00-\x1f"

_TIME_ZONE = 'must be the name of an IANA time zone, such as "Europe/Berlin"'
_FIVE_FIELDS = "must be a cron schedule of five fields"
_INSTANT = 'must be an instant with its offset, such as "2026-12-18T17:00:00+01:00"'
INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)


def is_ip_address(text: str) -> bool:
    """Tell whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_fqdn(text: str) -> bool:
    """Tell whether a text is a host name with a domain, which a secured dial plan asks of a gateway."""
    return re.fullmatch(_FQDN, text.removesuffix(".")) is not None and not is_ip_address(text)


def _address(text: str) -> str:
    looks_like_ip = ":" in text or re.fullmatch(r"[0-9.]+", text) is not None
    if looks_like_ip and not is_ip_address(text):
        raise refused("must be an IP address or a host name")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refused(_TIME_ZONE) from None
    return text


_ANY_INSTANT = datetime(2024, 1, 1)  # noqa: DTZ001 - only the schedule's grammar is checked with it


def _schedule(text: str) -> str:
    try:
        CronSim(text, _ANY_INSTANT)
    except CronSimError as error:
        raise refused(f"{_FIVE_FIELDS}: {str(error).lower()}") from None
    return text


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        raise refused(_INSTANT) from None
    return text


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant, which names its offset from UTC.

    Raises:
        ValueError: the text is not one.
    """
    if not re.fullmatch(INSTANT_PATTERN, text):
        raise ValueError(f'"{text}" is not an RFC 3339 instant')
    return datetime.fromisoformat(text)


_DNS_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DNS = 'must be lower-case letters, digits and "-"'

KubernetesName = Annotated[
    str, Text(253, rf"^{_DNS_LABEL}(\.{_DNS_LABEL})*$", f'{_DNS}, parts with "." between')
]
"""A DNS-1123 subdomain: how Kubernetes names objects."""

Namespace = Annotated[str, Text(63, rf"^{_DNS_LABEL}$", _DNS)]
"""A DNS-1123 label: how Kubernetes names namespaces."""

WindowName = Namespace
"""A DNS-1123 label: how windows and blackouts are named."""

SecretKey = Annotated[str, Text(253, r"^[-._a-zA-Z0-9]+$", 'must be letters, digits, "-", "_" and "."')]
"""A key of a Secret's or ConfigMap's data."""


def fqdn(longest: int = 253, *, wildcard: bool = False) -> Text:
    """Return the form of a host name with its domain; ``wildcard``: its first label may be ``*``."""
    meaning = 'must be a host name with its domain, such as "ex01.contoso.com"'
    if wildcard:
        return Text(longest, rf"^(\*\.)?{_FQDN}$", f'{meaning} or "*.contoso.com"')
    return Text(longest, rf"^{_FQDN}$", meaning)


Fqdn = Annotated[str, fqdn()]
"""A host name with its domain."""

Address = Annotated[
    str, Text(253, rf"^({_HOST}|{_IP})$", "must be an IP address or a host name"), AfterValidator(_address)
]
"""An IP address or a host name."""

ServerPattern = Annotated[
    str, Text(253, r"^[A-Za-z0-9_.*?-]+$", 'must be an FQDN or a pattern of one, such as "ex0*.contoso.com"')
]
"""A server's FQDN, or a pattern of it with ``*`` and ``?``; compared without case."""

HttpUrl = Annotated[
    str, Text(512, rf"^https?://{_AUTHORITY}(/[^\s?#]*)?$", "must be an http:// or https:// address")
]
"""An http or https address without query."""

RevocationListUrl = Annotated[
    str,
    Text(
        512,
        rf"^http://{_AUTHORITY}(/[^\s?#]*)?$",
        "must be an http:// address: https would need the list",
    ),
]
"""Where a CA publishes its list of revoked certificates (RFC 5280, 4.2.1.13)."""

DeviceUrl = Annotated[
    str, Text(512, rf"^(https|ssh)://{_AUTHORITY}(/[^\s?#]*)?$", "must be an https:// or ssh:// address")
]
"""An https or ssh address of a device's management."""

HostPort = Annotated[str, Text(260, rf"^({_HOST}|\[[0-9A-Fa-f:.]+\]):[0-9]{{1,5}}$", "must be host:port")]
"""``host:port``."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""

Sha256 = Annotated[str, Text(64, r"^[0-9a-f]{64}$", "must be a SHA-256: 64 hex digits in lower case")]
"""The SHA-256 of a DER certificate, in lower-case hex."""

PlanDigest = Annotated[str, Text(29, r"^plan-[0-9a-f]{24}$", 'must be "plan-" and 24 hex digits')]
"""A plan's digest, which is also the name of its ConfigMap."""

TimeZone = Annotated[str, Text(64, r"^[A-Za-z0-9_+/-]+$", _TIME_ZONE), AfterValidator(_time_zone)]
"""An IANA time zone."""

CronSchedule = Annotated[str, Text(128, r"^\S+( +\S+){4}$", _FIVE_FIELDS), AfterValidator(_schedule)]
"""A cron schedule of five fields: minute, hour, day of month, month, day of week."""

Instant = Annotated[
    str,
    Text(40, INSTANT_PATTERN, _INSTANT),
    Field(json_schema_extra={"format": "date-time"}),
    AfterValidator(_instant),
]
"""An RFC 3339 instant, kept as written; ``parse_instant`` reads it."""


def exchange_name(longest: int) -> Text:
    """Return the form of a name in Exchange: bounded, none of its forbidden characters, no space at its ends.

    Source: field notes 3.1 and 4.1 (create-um-dial-plan, create-um-ip-gateway).
    """
    pattern = rf"^[^\s{_FORBIDDEN}]([^{_FORBIDDEN}]*[^\s{_FORBIDDEN}])?$"
    return Text(
        longest, pattern, "must have none of " + r'" / \ [ ] : ; | = , + * ? < >' + ", no space at its ends"
    )


Mode: TypeAlias = Literal["Observe", "Plan", "Enforce"]
DeletionPolicy: TypeAlias = Literal["Orphan", "Delete"]
