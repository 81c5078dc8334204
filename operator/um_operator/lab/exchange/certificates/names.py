"""Subjects and host names, as New-ExchangeCertificate takes them and as certificates show them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID

from um_operator.lab.exchange.refusals import RefusedError, invalid

LONGEST_DOMAIN = 255
_SEPARATOR = re.compile(r"(?<!\\)\s*,\s*")
_STATE = re.compile(r"^S=", re.IGNORECASE)


def subject(text: str) -> x509.Name:
    """An X.500 name as a person writes it: ``C=DE, S=Berlin, O=Contoso, CN=ex01.contoso.com``.

    Raises:
        RefusedError: it is none.
    """
    parts = [_STATE.sub("ST=", part.strip()) for part in _SEPARATOR.split(text.strip())]
    try:
        return x509.Name.from_rfc4514_string(",".join(parts))
    except ValueError:
        raise invalid("SubjectName", f'"{text}" is not a valid X.500 name.') from None


def common_name(name: x509.Name) -> str | None:
    """The last CN of a name."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[-1].value) if found else None


def dns_names(certificate: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """The DNS names of the SAN; without one, the CN."""
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        name = common_name(certificate.subject)
        return [name] if name else []
    return san.get_values_for_type(x509.DNSName)


def alternative_names(name: x509.Name, domains: Iterable[str]) -> x509.SubjectAlternativeName:
    """The SAN: the CN, which is always in it, then the domains.

    Raises:
        RefusedError: a domain is too long, or is no host name.
    """
    wanted = [n for n in (common_name(name), *domains) if n]
    for domain in wanted:
        if len(domain) > LONGEST_DOMAIN or not re.fullmatch(r"(\*\.)?[A-Za-z0-9_.-]+", domain):
            problem = f'"{domain}" is not a valid domain name.'
            raise RefusedError("InvalidDomainNameException", problem, category="InvalidData")
    unique = {domain.lower(): domain for domain in reversed(wanted)}
    in_order = dict.fromkeys(domain.lower() for domain in wanted)
    return x509.SubjectAlternativeName([x509.DNSName(unique[domain]) for domain in in_order])
