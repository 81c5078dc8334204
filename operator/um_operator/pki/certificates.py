"""Certificates as people and CAs hand them over: PEM, DER, PKCS#7 (p7b), PFX; in any order."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from um_operator.observed.der import UnreadableCertificateError, loaded

_BLOCK: Final = re.compile(
    rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE|PKCS7|CMS)-----(.*?)-----END \1-----", re.DOTALL
)
_MOST: Final = 64
"""More certificates than that are no chain, but somebody's whole store."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a PFX held: the private key, and every certificate as DER, that of the key first."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificates: tuple[bytes, ...]


def read(content: bytes) -> tuple[bytes, ...]:
    """Return the DER of every certificate in PEM text, in a DER, or in PKCS#7 of either form; each once.

    Raises:
        UnreadableCertificateError: there is none, one of them cannot be read, or there are too many.
    """
    found = _of_der(content) if content[:1] == b"\x30" else _of_pem(content)
    certificates = tuple(dict.fromkeys(found))
    if not certificates:
        raise UnreadableCertificateError("there is no certificate in it, neither PEM, DER nor PKCS#7")
    if len(certificates) > _MOST:
        raise UnreadableCertificateError(
            f"there are {len(certificates)} certificates in it, more than {_MOST}"
        )
    return certificates


def open_pfx(content: bytes, password: bytes | None) -> Opened:
    """Open a PFX, which takes 0.06 s and holds the interpreter, for the library checks the key.

    Raises:
        UnreadableCertificateError: it is none, its password is another one, or it does not hold an RSA key
            with its certificate.
    """
    try:
        opened = pkcs12.load_pkcs12(content, password or None)
    except (ValueError, UnsupportedAlgorithm):
        raise UnreadableCertificateError("not a PFX, or its password is another one") from None
    if not isinstance(opened.key, rsa.RSAPrivateKey) or opened.cert is None:
        raise UnreadableCertificateError("the PFX holds no RSA key with its certificate")
    every = (opened.cert, *opened.additional_certs)
    return Opened(
        opened.key, tuple(dict.fromkeys(one.certificate.public_bytes(Encoding.DER) for one in every))
    )


def to_pem(certificates: Iterable[bytes]) -> bytes:
    """Return certificates (DER) as PEM, in their order."""
    return b"".join(loaded(der).public_bytes(Encoding.PEM) for der in certificates)


def _of_pem(content: bytes) -> list[bytes]:
    found: list[bytes] = []
    for _, body in _BLOCK.findall(content):
        try:
            found += _of_der(base64.b64decode(b"".join(body.split()), validate=True))
        except binascii.Error:
            raise UnreadableCertificateError("a PEM block in it is not Base64") from None
    return found


def _of_der(content: bytes) -> list[bytes]:
    try:
        loaded(content)
    except UnreadableCertificateError as error:
        return _of_pkcs7(content, error)
    return [content]


def _of_pkcs7(content: bytes, otherwise: UnreadableCertificateError) -> list[bytes]:
    try:
        return [_der(one) for one in pkcs7.load_der_pkcs7_certificates(content)]
    except (ValueError, UnsupportedAlgorithm):
        raise otherwise from None


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
