"""Certificate requests (PKCS#10)."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.observed import der
from um_operator.pki import keys
from um_operator.pki.subjects import alternative_names_of, subject_of
from um_operator.planning.asked import Asked

KEY_USAGE: Final = x509.KeyUsage(
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
"""What a TLS server and client with an RSA key needs."""


class UnreadableRequestError(ValueError):
    """The bytes are not a certificate request, or it is not signed by its own key."""


def make(asked: Asked, key: rsa.RSAPrivateKey) -> x509.CertificateSigningRequest:
    """Return a request for what is asked, signed with the key that the certificate is for."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject_of(asked))
        .add_extension(alternative_names_of(asked), critical=False)
        .add_extension(KEY_USAGE, critical=True)
        .add_extension(extended_key_usage(asked), critical=False)
        .sign(key, hashes.SHA256())
    )


def extended_key_usage(asked: Asked) -> x509.ExtendedKeyUsage:
    """Return the purposes that are asked for."""
    return x509.ExtendedKeyUsage([der.EXTENDED_KEY_USAGES[usage] for usage in asked.extended_key_usages])


def to_pem(request: x509.CertificateSigningRequest) -> bytes:
    """Return a request as PEM."""
    return request.public_bytes(Encoding.PEM)


@lru_cache(maxsize=1024)
def read(content: bytes) -> x509.CertificateSigningRequest:
    """Read a request: PEM (also under the name NEW CERTIFICATE REQUEST), DER, or bare Base64.

    Those of a pass are those of the pass before, so the same bytes are read once.

    Raises:
        UnreadableRequestError: it is none, or its signature is not that of its own key.
    """
    try:
        request = x509.load_der_x509_csr(_der(content))
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnreadableRequestError(f"not a certificate request: {error}") from None
    if not signed:
        raise UnreadableRequestError("the request is not signed by its own key")
    return request


def public_key_sha256(request: x509.CertificateSigningRequest) -> str:
    """Return the SHA-256 of the public key that a request is for."""
    return keys.public_key_sha256(request.public_key())


def names_of(request: x509.CertificateSigningRequest) -> frozenset[str]:
    """Return the DNS names that a request asks for and its common name, in lower case."""
    found = {der.common_name(request.subject)}
    try:
        extension = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found |= set(extension.value.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        pass
    return frozenset(name.lower() for name in found if name is not None)


def _der(content: bytes) -> bytes:
    if content[:1] == b"\x30":
        return content
    lines = [line for line in content.splitlines() if not line.startswith(b"-----")]
    try:
        return base64.b64decode(b"".join(b"".join(lines).split()), validate=True)
    except binascii.Error:
        raise UnreadableRequestError("not a certificate request: neither DER nor PEM") from None
