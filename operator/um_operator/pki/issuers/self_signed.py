"""``selfSigned: {}``: each certificate signs itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import rsa

from um_operator.observed.fact import Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import signing
from um_operator.pki.ports import Answer, Issued, Request


@dataclass(frozen=True, slots=True)
class SelfSignedIssuer:
    """Signs with the key of the revision itself.

    ``key_of``: reads that key (``Revisions.key``), ``None`` if it is gone.
    """

    key_of: Callable[[Revision], Awaitable[rsa.RSAPrivateKey | None]]
    now: Callable[[], datetime]
    takes_requests: ClassVar[bool] = True

    async def submit(self, request: Request) -> Answer:
        """Sign at once."""
        key = await self.key_of(request.revision)
        if key is None:
            return Unknown("IssuanceFailed", f'the key of revision "{request.revision}" is gone', self.now())
        return Issued((signing.to_der(signing.self_signed(request.asked, key, request.at)),))

    async def poll(self, request: Request, _request_id: str) -> Answer:
        """Sign; nothing ever is pending here."""
        return await self.submit(request)
