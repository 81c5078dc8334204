"""RSA keys, the only ones that Exchange and Lync take: made in a thread, kept as PEM, compared by hash."""

from __future__ import annotations

import asyncio
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
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


async def generate(size: int) -> rsa.RSAPrivateKey:
    """Return a new key of ``size`` bits. Takes 0.03 to 0.5 s of a core, in a thread."""
    return await asyncio.to_thread(rsa.generate_private_key, _EXPONENT, size)


def to_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return a key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(pem: bytes) -> rsa.RSAPrivateKey:
    """Read a key that was made here; that it is a good one is not checked again.

    Raises:
        UnreadableKeyError: it is no RSA private key.
    """
    return _loaded(pem, trusted=True)


async def from_others(pem: bytes) -> rsa.RSAPrivateKey:
    """Read a key that somebody else made, and check it, which takes 0.05 s of a core, in a thread.

    Raises:
        UnreadableKeyError: it is no RSA private key, or no good one.
    """
    return await asyncio.to_thread(_loaded, pem, trusted=False)


def _loaded(pem: bytes, *, trusted: bool) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=trusted)
    except (ValueError, TypeError):
        # The library's text may quote what it was given.
        raise UnreadableKeyError("not a PEM private key without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnreadableKeyError("not an RSA key, the only kind that Exchange and Lync take")
    return key


def public_key_sha256(key: PublicKeyTypes) -> str:
    """Return the SHA-256 of a public key, as certificates and requests are compared by it."""
    return der.public_key_sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
