"""What one side of a TLS connection has and demands; no TLS library is loaded for saying so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from um_operator.lab.gateways.handshakes import TLSFailure


@dataclass(frozen=True, slots=True)
class Identity:
    """Both sides of mutual TLS are alike: a leaf with key to show, and whom to believe.

    Attributes:
        leaf: what is shown.
        key: its key.
        chain: intermediates that are sent with it, the nearest first.
        anchors: self-signed certificates that are trusted.
        intermediates: what helps to build the peer's path where he does not send it.
        names_authorities: whether the CertificateRequest says which CAs are accepted: OpenSSL's servers do,
            SChannel's do not.
        lenient: whether old ciphers and small keys will do, as with SChannel.
    """

    leaf: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False, compare=False)
    chain: tuple[x509.Certificate, ...] = ()
    anchors: tuple[x509.Certificate, ...] = ()
    intermediates: tuple[x509.Certificate, ...] = ()
    names_authorities: bool = False
    lenient: bool = True


Demand = Callable[[x509.Certificate], TLSFailure | None]
"""What is asked of a peer's leaf beyond its path and dates: the failure, None if it will do."""


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """DNS names in lower case; the common name where there is no SAN."""
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return frozenset(str(attribute.value).lower() for attribute in common)
    return frozenset(name.lower() for name in san.get_values_for_type(x509.DNSName))


def covers(certificate: x509.Certificate, host: str) -> bool:
    """Whether a certificate is for a host; a wildcard stands for one label."""
    names = names_of(certificate)
    _, _, above = host.lower().partition(".")
    return host.lower() in names or f"*.{above}" in names


def is_for_clients(certificate: x509.Certificate) -> bool:
    """Whether a certificate may be shown by a client: clientAuth, or no extended key usage at all."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages))
