"""RSA keys of the lab. Making one takes tens of milliseconds, so whoever needs just any key shares."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

PUBLIC_EXPONENT = 65537


def new_key(size: int = 2048) -> rsa.RSAPrivateKey:
    """A key that nobody else has; run it in a thread where a loop must go on."""
    return rsa.generate_private_key(PUBLIC_EXPONENT, size)


class KeyPool:
    """Keys that are made in a thread before they are asked for, so that the loop goes on meanwhile."""

    def __init__(self) -> None:
        self._ready: dict[int, list[rsa.RSAPrivateKey]] = defaultdict(list)

    async def prepare(self, size: int) -> None:
        """Make one more key of a size."""
        self._ready[size].append(await asyncio.to_thread(new_key, size))

    def take(self, size: int) -> rsa.RSAPrivateKey:
        """A key that nobody else gets; made at once where none was prepared."""
        ready = self._ready[size]
        return ready.pop() if ready else new_key(size)


@cache
def shared_key(purpose: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - what it is cached by
    """The key of a purpose: made once a process, the same in every estate of it."""
    return new_key()
