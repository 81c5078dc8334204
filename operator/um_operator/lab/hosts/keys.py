"""RSA keys of the lab. Making one takes tens of milliseconds, so whoever needs just any key shares."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

PUBLIC_EXPONENT = 65537


def new_key(size: int = 2048) -> rsa.RSAPrivateKey:
    """A key that nobody else has; run it in a thread where a loop must go on."""
    return rsa.generate_private_key(PUBLIC_EXPONENT, size)


@cache
def shared_key(purpose: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - what it is cached by
    """The key of a purpose: made once a process, the same in every estate of it."""
    return new_key()
