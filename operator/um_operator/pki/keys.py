"""RSA keys, the only ones that Exchange and Lync take: made in a thread, kept as PEM, compared by hash."""

from __future__ import annotations

import asyncio
from typing import Final

from cryptography.exceptions import InternalError, InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from um_operator.observed import der

_EXPONENT: Final = 65537


class UnreadableKeyError(ValueError):
    """The bytes are not an RSA private key that can be used; the text never shows them."""


def make(size: int) -> rsa.RSAPrivateKey:
    """Return a new key of ``size`` bits. Takes 0.03 to 0.5 s of a core."""
    return rsa.generate_private_key(_EXPONENT, size)


async def generate(size: int) -> rsa.RSAPrivateKey:
    """Return a new key of ``size`` bits, made in a thread."""
    return await asyncio.to_thread(make, size)


def to_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return a key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(pem: bytes) -> rsa.RSAPrivateKey:
    """Read a key.

    That its primes are primes is not checked, which would hold the interpreter for 0.06 s, but that it signs
    for its own public key is.

    Raises:
        UnreadableKeyError: it is no RSA private key, or does not work.
    """
    try:
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        # The library's text may quote what it was given.
        raise UnreadableKeyError("not a PEM private key without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnreadableKeyError("not an RSA key, the only kind that Exchange and Lync take")
    try:
        signature = key.sign(b"", PKCS1v15(), SHA256())
        key.public_key().verify(signature, b"", PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature, InternalError):
        raise UnreadableKeyError("a key that does not sign for its own public key") from None
    return key


def public_key_sha256(key: PublicKeyTypes) -> str:
    """Return the SHA-256 of a public key, as certificates and requests are compared by it."""
    return der.public_key_sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
