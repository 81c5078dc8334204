"""From the DER of a certificate to its fact.

Certificates of old devices break many rules. What of one cannot be read is empty or 0, and the rest is told.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeVar

from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import (
    ExtendedKeyUsageOID,
    ExtensionOID,
    NameOID,
    PublicKeyAlgorithmOID,
)

from um_operator.observed.certificates import CertificateFact

T = TypeVar("T")

EXTENDED_KEY_USAGES: Final[Mapping[str, x509.ObjectIdentifier]] = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
    "smartcardLogon": ExtendedKeyUsageOID.SMARTCARD_LOGON,
    "anyExtendedKeyUsage": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
"""Short names of RFC 5280 and OpenSSL; what has none here is named by its dotted OID."""

_USAGE_NAMES: Final = {oid.dotted_string: name for name, oid in EXTENDED_KEY_USAGES.items()}
_ALGORITHMS: Final = {
    PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5: "RSA",
    PublicKeyAlgorithmOID.RSASSA_PSS: "RSA",
    PublicKeyAlgorithmOID.EC_PUBLIC_KEY: "EC",
    PublicKeyAlgorithmOID.DSA: "DSA",
    PublicKeyAlgorithmOID.ED25519: "Ed25519",
    PublicKeyAlgorithmOID.ED448: "Ed448",
}
_ODD: Final = (ValueError, TypeError, KeyError, IndexError, UnsupportedAlgorithm)
"""What the two libraries raise for something that breaks the rules."""

# A serial number that is not positive breaks RFC 5280, which is the device's matter and no news in our log.
warnings.filterwarnings(
    "ignore", "Parsed a serial number which wasn't positive", CryptographyDeprecationWarning
)


class UnreadableCertificateError(ValueError):
    """The bytes are not a certificate, or one so broken that not even its names and dates can be told."""


@lru_cache(maxsize=4096)
def fact_of(der: bytes) -> CertificateFact:
    """Return what a certificate shows; the same bytes are read once.

    Raises:
        UnreadableCertificateError: the bytes are not a certificate.
    """
    certificate = loaded(der)
    body = asn1.Certificate.load(der)["tbs_certificate"]
    extensions: dict[x509.ObjectIdentifier, bytes] = _or({}, lambda: _extensions(body))
    subject = _or(None, lambda: certificate.subject)
    return CertificateFact(
        thumbprint=hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(),
        sha256=hashlib.sha256(der).hexdigest(),
        subject=_text_of(subject),
        common_name=common_name(subject) if subject is not None else None,
        dns_names=_or((), lambda: _dns_names(extensions.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME))),
        issuer=_text_of(_or(None, lambda: certificate.issuer)),
        serial_number=_or("", lambda: f"{body['serial_number'].native:X}"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_algorithm=_or("", lambda: _key_algorithm(certificate)),
        key_size=_or(0, lambda: int(getattr(certificate.public_key(), "key_size", 0))),
        public_key_sha256=_or("", lambda: public_key_sha256(body["subject_public_key_info"].dump())),
        signature_hash=_or("", lambda: _signature_hash(certificate)),
        self_issued=_or(False, lambda: body["subject"].dump() == body["issuer"].dump()),
        extended_key_usages=_or(
            frozenset(), lambda: _usages(extensions.get(ExtensionOID.EXTENDED_KEY_USAGE))
        ),
        is_ca=_or(False, lambda: _is_ca(extensions.get(ExtensionOID.BASIC_CONSTRAINTS))),
    )


def loaded(der: bytes) -> x509.Certificate:
    """Return a certificate as the library knows it.

    Raises:
        UnreadableCertificateError: the bytes are not a certificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (*_ODD, x509.InvalidVersion) as error:
        raise UnreadableCertificateError(f"not a certificate: {error}") from None
    return certificate


def public_key_sha256(subject_public_key_info: bytes) -> str:
    """Return by what a request and its certificate are known to have the same key."""
    return hashlib.sha256(subject_public_key_info).hexdigest()


def common_name(name: x509.Name) -> str | None:
    """Return the last CN of a name, ``None`` if it has none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[-1].value) if found else None


def _or(otherwise: T, read: Callable[[], T]) -> T:
    try:
        return read()
    except _ODD:
        return otherwise


def _key_algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.public_key_algorithm_oid
    return _ALGORITHMS.get(oid, oid.dotted_string)


def _text_of(name: x509.Name | None) -> str:
    return name.rfc4514_string() if name is not None else ""


def _extensions(body: asn1.TbsCertificate) -> dict[x509.ObjectIdentifier, bytes]:
    """Return the content of each extension, not looked into, so that an odd one spoils no other."""
    found: dict[x509.ObjectIdentifier, bytes] = {}
    for extension in body["extensions"]:
        fields = core.Sequence.load(extension.dump())
        found.setdefault(x509.ObjectIdentifier(fields[0].dotted), fields[len(fields) - 1].contents)
    return found


def _dns_names(content: bytes | None) -> tuple[str, ...]:
    if content is None:
        return ()
    names = asn1.GeneralNames.load(content, strict=True)
    found = [name.chosen.contents for name in names if name.name == "dns_name"]
    return tuple(name.decode("ascii", "replace").lower() for name in found)


def _usages(content: bytes | None) -> frozenset[str]:
    if content is None:
        return frozenset()
    dotted = [usage.dotted for usage in asn1.ExtKeyUsageSyntax.load(content, strict=True)]
    return frozenset(_USAGE_NAMES.get(oid, oid) for oid in dotted)


def _is_ca(content: bytes | None) -> bool:
    return content is not None and bool(asn1.BasicConstraints.load(content, strict=True)["ca"].native)


def _signature_hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    return algorithm.name if algorithm is not None else ""
