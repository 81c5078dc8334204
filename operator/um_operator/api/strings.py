"""The kinds of text that fields hold: names, addresses, numbers, instants; each bounded and with a pattern.

Patterns stay within RE2, for the API server and pydantic read the same text. What a pattern can't say
(an address that is all digits and dots must be an IPv4 address) is checked here as well.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"({_LABEL}\.)*{_LABEL}\.?"
_FQDN = rf"({_LABEL}\.)+{_LABEL}"
_IP = r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*"
_FORBIDDEN = r"\"/\\\[\]:;|=,+*?<>\x00-\x1f"


def _problem(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("value", "{why}", {"why": sentence})


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
        raise _problem("must be an IP address or a host name")
    return text


def _time_zone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        raise _problem('must be the name of an IANA time zone, such as "Europe/Berlin"')
    return text


_ANY_INSTANT = datetime(2024, 1, 1)  # noqa: DTZ001 - only the schedule's grammar is checked with it


def _schedule(text: str) -> str:
    try:
        CronSim(text, _ANY_INSTANT)
    except CronSimError as error:
        raise _problem(f"must be a cron schedule of five fields: {str(error).lower()}") from None
    return text


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        raise _problem('must be an instant with its offset, such as "2026-12-18T17:00:00+01:00"') from None
    return text


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant, which names its offset from UTC.

    Raises:
        ValueError: the text is not one.
    """
    if not re.fullmatch(INSTANT_PATTERN, text):
        raise ValueError(f'"{text}" is not an RFC 3339 instant')
    return datetime.fromisoformat(text)


INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)

_DNS_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"

KubernetesName = Annotated[
    str, Field(min_length=1, max_length=253, pattern=rf"^{_DNS_LABEL}(\.{_DNS_LABEL})*$")
]
"""A DNS-1123 subdomain: how Kubernetes names objects."""

Namespace = Annotated[str, Field(min_length=1, max_length=63, pattern=rf"^{_DNS_LABEL}$")]
"""A DNS-1123 label: how Kubernetes names namespaces, windows and blackouts."""

SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
"""A key of a Secret's or ConfigMap's data."""


def exchange_name(longest: int) -> object:
    """Return the constraint of a name in Exchange: bounded, none of its forbidden characters.

    Source: field notes 3.1 and 4.1 (create-um-dial-plan, create-um-ip-gateway).
    """
    pattern = rf"^[^\s{_FORBIDDEN}]([^{_FORBIDDEN}]*[^\s{_FORBIDDEN}])?$"
    return Field(min_length=1, max_length=longest, pattern=pattern)


Fqdn = Annotated[str, Field(max_length=253, pattern=rf"^{_FQDN}$")]
"""A host name with its domain."""

Address = Annotated[
    str, Field(min_length=1, max_length=253, pattern=rf"^({_HOST}|{_IP})$"), AfterValidator(_address)
]
"""An IP address or a host name."""

ServerPattern = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9_.*?-]+$")]
"""A server's FQDN, or a pattern of it with ``*`` and ``?``; compared without case."""

HttpUrl = Annotated[
    str,
    Field(max_length=512, pattern=rf"^https?://({_HOST}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?(/[^\s?#]*)?$"),
]
"""An http or https address without query."""

DeviceUrl = Annotated[
    str,
    Field(max_length=512, pattern=rf"^(https|ssh)://({_HOST}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?(/[^\s?#]*)?$"),
]  # fmt: skip
"""An https or ssh address of a device's management."""

HostPort = Annotated[str, Field(max_length=260, pattern=rf"^({_HOST}|\[[0-9A-Fa-f:.]+\]):[0-9]{{1,5}}$")]
"""``host:port``."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a DER certificate, in lower-case hex."""

PlanDigest = Annotated[str, Field(pattern=r"^plan-[0-9a-f]{24}$")]
"""A plan's digest, which is also the name of its ConfigMap."""

TimeZone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_time_zone)]
"""An IANA time zone."""

CronSchedule = Annotated[str, Field(max_length=128, pattern=r"^\S+( +\S+){4}$"), AfterValidator(_schedule)]
"""A cron schedule of five fields: minute, hour, day of month, month, day of week."""

Instant = Annotated[
    str,
    Field(max_length=40, pattern=INSTANT_PATTERN, json_schema_extra={"format": "date-time"}),
    AfterValidator(_instant),
]
"""An RFC 3339 instant, kept as written; ``parse_instant`` reads it."""

Mode: TypeAlias = Literal["Observe", "Plan", "Enforce"]
DeletionPolicy: TypeAlias = Literal["Orphan", "Delete"]
