"""Certificates that are signed here: by their own key, or by a CA whose key we hold.

The same request signed again gives the same certificate, byte by byte: serial number and dates follow from
the request, and RSA signatures of PKCS#1 v1.5 hold no chance. So a crash leads to no second certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from um_operator.pki import keys, requests
from um_operator.pki.subjects import alternative_names_of, subject_of
from um_operator.planning.asked import Asked

BACKDATED: Final = timedelta(minutes=5)
"""Clocks of gateways and servers may be behind by so much, and the certificate is valid for them already."""
AUTHORITY_DURATION: Final = timedelta(days=10 * 365)
AUTHORITY_KEY_SIZE: Final = 4096


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA whose key we hold: its certificate, its issuers (the nearest first), and the key."""

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...]
    key: rsa.RSAPrivateKey = field(repr=False)


def self_signed(asked: Asked, key: rsa.RSAPrivateKey, at: datetime) -> x509.Certificate:
    """Return a certificate that its own key signs: no CA, and its own trust anchor."""
    builder = _leaf(asked, key.public_key(), subject_of(asked), at, at + asked.duration)
    return builder.sign(key, hashes.SHA256())


def signed_by(
    authority: Authority, asked: Asked, public_key: rsa.RSAPublicKey, at: datetime
) -> x509.Certificate:
    """Return the certificate that a CA issues; it does not outlive the CA's own."""
    issuer = authority.certificate
    end = min(at + asked.duration, issuer.not_valid_after_utc)
    builder = _leaf(asked, public_key, issuer.subject, at, end)
    builder = builder.add_extension(_authority_key_identifier(issuer), critical=False)
    if asked.crl_distribution_points:
        points = _crl_distribution_points(asked.crl_distribution_points)
        builder = builder.add_extension(points, critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def make_authority(name: str, key: rsa.RSAPrivateKey, at: datetime) -> x509.Certificate:
    """Return the certificate of a new root CA that signs leaves only.

    Args:
        name: of the UMCertificate that it is for. A part of the key's hash is added, so that nobody takes a
            CA that was made anew for the one of the same name that was lost.
        key: of the CA.
        at: from when on it is valid, for ten years.
    """
    short = keys.public_key_sha256(key.public_key())[:8]
    cut = name[: 64 - len(f" UM CA {short}")]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{cut} UM CA {short}")])
    usage = x509.KeyUsage(
        digital_signature=False,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _dated(subject, subject, key.public_key(), at, at + AUTHORITY_DURATION)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    asked: Asked, public_key: rsa.RSAPublicKey, issuer: x509.Name, at: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        _dated(subject_of(asked), issuer, public_key, at, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(alternative_names_of(asked), critical=False)
        .add_extension(requests.KEY_USAGE, critical=True)
        .add_extension(requests.extended_key_usage(asked), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _dated(
    subject: x509.Name, issuer: x509.Name, public_key: rsa.RSAPublicKey, at: datetime, end: datetime
) -> x509.CertificateBuilder:
    start = (at.astimezone(UTC) - BACKDATED).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(_serial_number(subject, issuer, public_key, start))
        .not_valid_before(start)
        .not_valid_after(end.astimezone(UTC).replace(microsecond=0))
    )


def _serial_number(
    subject: x509.Name, issuer: x509.Name, public_key: rsa.RSAPublicKey, start: datetime
) -> int:
    """Return 158 bits that nobody foresees who does not know the key, which is new for each revision."""
    parts = (subject.public_bytes(), issuer.public_bytes(), keys.public_key_sha256(public_key).encode())
    digest = hashlib.sha256(b"".join((*parts, start.isoformat().encode()))).digest()
    return int.from_bytes(digest[:20], "big") >> 2 | 1


def _authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        public_key = issuer.public_key()
        assert isinstance(public_key, rsa.RSAPublicKey)
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(public_key)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _crl_distribution_points(urls: Iterable[str]) -> x509.CRLDistributionPoints:
    """Return one place, under each of its addresses (RFC 5280, 4.2.1.13)."""
    names = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])


def to_der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)
