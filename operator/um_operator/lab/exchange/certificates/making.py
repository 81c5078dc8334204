"""Self-signed certificates and requests, as an Exchange server makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from um_operator.lab.hosts.factory import LIFETIME
from um_operator.lab.hosts.stores import PendingRequest, StoredCertificate

_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_encipherment=True,
    content_commitment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for."""

    subject: x509.Name
    names: x509.SubjectAlternativeName
    key: rsa.RSAPrivateKey
    exportable: bool
    friendly_name: str


def self_signed(wanted: Wanted, now: datetime) -> StoredCertificate:
    """A certificate that signs itself: five years, serverAuth and nothing else (field notes 1.8)."""
    return StoredCertificate(_sign(wanted, now), wanted.key, wanted.exportable, wanted.friendly_name)


def request(wanted: Wanted, now: datetime) -> PendingRequest:
    """A request, and the stand-in under which it shows until it is answered.

    The stand-in has the request's public key and a thumbprint of its own, which goes with the answer.
    """
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(wanted.subject)
        .add_extension(wanted.names, critical=False)
        .add_extension(_USAGE, critical=True)
        .sign(wanted.key, hashes.SHA256())
    )
    return PendingRequest(asked, self_signed(wanted, now))


def _sign(wanted: Wanted, now: datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(wanted.subject)
        .issuer_name(wanted.subject)
        .public_key(wanted.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(wanted.names, critical=False)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(wanted.key.public_key()), critical=False)
        .sign(wanted.key, hashes.SHA256())
    )
