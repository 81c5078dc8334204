"""What a UMCertificate asks of the certificate of one server, or of the shared one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, Literal

from um_operator.api.certificate import UMCertificateSpec

EXTENDED_KEY_USAGES: Final = ("clientAuth", "serverAuth")
"""UM is a client as well as a server, and peers with OpenSSL refuse a client without ``clientAuth``."""


@dataclass(frozen=True, slots=True)
class SubjectParts:
    """What the subject says besides its common name; every value is one attribute."""

    organizations: tuple[str, ...] = ()
    organizational_units: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a certificate; another value is another certificate.

    Attributes:
        issuer: ``spec.issuer`` as canonical JSON.
        common_name: the server's FQDN, or that of a shared certificate; ``None`` where the certificate comes
            from elsewhere and may be called as it likes.
        dns_names: further DNS names.
        duration: how long it is asked for; an issuer may shorten it.
        key_size: of an RSA key, in bits.
        key_source: who makes the key.
    """

    issuer: str
    common_name: str | None
    duration: timedelta
    dns_names: tuple[str, ...] = ()
    subject: SubjectParts = SubjectParts()
    key_size: int = 2048
    key_source: Literal["Operator", "Exchange"] = "Operator"
    extended_key_usages: tuple[str, ...] = EXTENDED_KEY_USAGES

    @property
    def is_existing(self) -> bool:
        """Whether nobody issues it: it was on a server before."""
        return "existing" in json.loads(self.issuer)

    @property
    def crl_distribution_points(self) -> tuple[str, ...]:
        """Return where the CA that signs publishes what it revoked; empty where it does not say."""
        authority = json.loads(self.issuer).get("ca") or {}
        return tuple(authority.get("crlDistributionPoints", ()))

    @property
    def names(self) -> tuple[str, ...]:
        """Return every DNS name that the certificate must have, in lower case, the common name first."""
        every = (self.common_name, *self.dns_names)
        return tuple(dict.fromkeys(name.lower() for name in every if name is not None))


def asked_of(spec: UMCertificateSpec, server: str | None = None) -> Asked:
    """Return what a spec asks of the certificate of a server (FQDN).

    Without a server: of the shared one, or what it asks of all of them alike.
    """
    comes_as_it_is = spec.issuer.secret is not None or spec.issuer.existing is not None
    shared = spec.scope == "Shared"
    subject = spec.subject
    return Asked(
        issuer=json.dumps(spec.issuer.declared(), sort_keys=True, separators=(",", ":")),
        common_name=None if comes_as_it_is else spec.common_name if shared else server and server.lower(),
        duration=spec.asked_duration,
        dns_names=tuple(name.lower() for name in spec.dns_names),
        subject=SubjectParts(
            organizations=tuple(subject.organizations),
            organizational_units=tuple(subject.organizational_units),
            localities=tuple(subject.localities),
            provinces=tuple(subject.provinces),
            countries=tuple(subject.countries),
        ),
        key_size=spec.private_key.size,
        key_source=spec.private_key.source,
    )


@lru_cache(maxsize=1024)
def spec_hash(asked: Asked) -> str:
    """Return the SHA-256 by which a revision is known to have been made for this very content, in hex."""
    content = asdict(asked) | {"names": asked.names, "duration": asked.duration.total_seconds()}
    content |= {"names": sorted(content.pop("names")), "common_name": (asked.common_name or "").lower()}
    del content["dns_names"]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
