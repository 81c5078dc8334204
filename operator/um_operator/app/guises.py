"""As whom gateways are looked at, and by whose CAs what they show is judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from um_operator.api.references import CARef
from um_operator.engine.ports import PortError
from um_operator.observed.der import UnreadableCertificateError
from um_operator.observed.peers import Anchors
from um_operator.observed.revision import Revision
from um_operator.probing.identity import ClientIdentity


@dataclass(frozen=True, slots=True)
class Guise:
    """Who we are to a gateway; ``anchors``: whose CAs judge its chain, ``None``: none are known."""

    identity: ClientIdentity
    anchors: Anchors | None


@dataclass(frozen=True, slots=True)
class GuiseMaker:
    """Makes guises. Never raises: a key or CA that cannot be read is as good as none.

    Attributes:
        identities: who a revision is, ``None`` if its key is not here.
        read: what a reference to CAs leads to, in DER.
        organization: CAs that the organisation's ``tls.caRef`` has, in DER.
    """

    identities: Callable[[Revision], Awaitable[ClientIdentity | None]]
    read: Callable[[CARef], Awaitable[Sequence[bytes]]]
    organization: Sequence[bytes] = ()

    async def guise(self, revision: Revision | None, reference: CARef | None) -> Guise:
        """Return who to be: a revision, else nobody; and whom to believe."""
        identity = await self.identities(revision) if revision is not None else None
        identity = identity or ClientIdentity.nobody()
        if reference is not None and (own := await self._read(reference)):
            return Guise(identity.believing(own), "Gateway")
        if self.organization:
            return Guise(identity.believing(self.organization), "Organization")
        return Guise(identity, None)

    async def _read(self, reference: CARef) -> Sequence[bytes]:
        try:
            return await self.read(reference)
        except (LookupError, UnreadableCertificateError, PortError):
            return ()
