"""The names of a certificate, as X.509 writes them."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from um_operator.planning.asked import Asked


def subject_of(asked: Asked) -> x509.Name:
    """Return the subject that is asked for: from the country down to the common name, as CAs write it."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in _attributes(asked)])


def alternative_names_of(asked: Asked) -> x509.SubjectAlternativeName:
    """Return the DNS names that are asked for, the common name among them."""
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in asked.names])


def _attributes(asked: Asked) -> Iterator[tuple[x509.ObjectIdentifier, str]]:
    parts = asked.subject
    for oid, values in (
        (NameOID.COUNTRY_NAME, parts.countries),
        (NameOID.STATE_OR_PROVINCE_NAME, parts.provinces),
        (NameOID.LOCALITY_NAME, parts.localities),
        (NameOID.ORGANIZATION_NAME, parts.organizations),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, parts.organizational_units),
    ):
        yield from ((oid, value) for value in values)
    if asked.common_name is not None:
        yield NameOID.COMMON_NAME, asked.common_name
