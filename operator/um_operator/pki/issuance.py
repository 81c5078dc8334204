"""From what is asked to a certificate that is believed; each step is stored before the next one is taken.

Whatever a crash interrupts, the next call goes on from what is stored: the same key, the same request, the
same name of it at the issuer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import answers, keys, requests
from um_operator.pki.answers import Accepted
from um_operator.pki.keys import UnreadableKeyError
from um_operator.pki.ports import Answer, Denied, Issued, Issuer, KeyMaker, Request
from um_operator.pki.record import DamagedRevisionError, Record, Stored
from um_operator.pki.revisions import Revisions
from um_operator.pki.server_requests import ServerRequests
from um_operator.planning.asked import Asked, spec_hash


@dataclass(frozen=True, slots=True)
class Issuance:
    """Issues the revisions of one UMCertificate.

    What an issuer says is never raised; what the store of Secrets raises (the engine's PortError) is.

    Attributes:
        server_requests: where servers make the keys (``privateKey.source: Exchange``).
        make_key: makes RSA keys, off the event loop.
    """

    revisions: Revisions
    issuer: Issuer
    now: Callable[[], datetime]
    server_requests: ServerRequests | None = None
    make_key: KeyMaker = keys.generate

    async def submit(
        self, revision: Revision, asked: Asked, *, key_of: Revision | None = None
    ) -> Fact[RevisionFact]:
        """Have a revision issued, from where an earlier call left off.

        One that is issued or pending stays as it is; one that was denied is asked for again with its key.

        Args:
            revision: which one.
            asked: what is asked. A revision that was begun for something else is returned untouched.
            key_of: an earlier revision whose key is used again, if it is there and as long as asked.

        Returns:
            How far it has come; Unknown: the issuer or the server could not be asked, nothing was lost.
        """
        try:
            begun = await self._begun(revision, asked, key_of)
            if isinstance(begun, Unknown):
                return begun
            if begun.record.spec_hash != spec_hash(asked):
                return Known(begun.fact, self.now())
            if begun.record.state == "Denied":
                begun = await self.revisions.begin_again(revision)
            if begun.record.state != "Requested":
                return Known(begun.fact, self.now())
            return await self._answered(begun, asked, await self.issuer.submit(_request(begun, asked)))
        except (DamagedRevisionError, UnreadableKeyError) as error:
            return Unknown("NotRead", str(error), self.now())

    async def poll(self, revision: Revision, asked: Asked) -> Fact[RevisionFact]:
        """Ask what became of a revision that is pending for this; any other is returned as it is.

        Returns:
            How far it has come; Unknown: the issuer could not be asked, or the revision is gone.
        """
        try:
            stored = await self.revisions.expected(revision)
            if stored.record.state != "Pending" or stored.record.spec_hash != spec_hash(asked):
                return Known(stored.fact, self.now())
            request_id = stored.record.request_id or ""
            answer = await self.issuer.poll(_request(stored, asked), request_id)
            return await self._answered(stored, asked, answer)
        except DamagedRevisionError as error:
            return Unknown("NotRead", str(error), self.now())

    async def fetch_key(self, revision: Revision, asked: Asked) -> Unknown | None:
        """Fetch the key of an issued certificate that comes with its key, where it was not needed before.

        Returns:
            ``None``, and it is stored; or why it cannot be had.
        """
        try:
            stored = await self.revisions.expected(revision)
            answer = await self.issuer.submit(_request(stored, asked))
        except DamagedRevisionError as error:
            return Unknown("NotRead", str(error), self.now())
        if isinstance(answer, Unknown):
            return answer
        key = answer.key if isinstance(answer, Issued) else None
        if key is None or keys.public_key_sha256(key.public_key()) != stored.public_key_sha256:
            return Unknown("KeyMismatch", f'the key of revision "{revision}" is not to be had', self.now())
        await self.revisions.add_key(revision, key)
        return None

    async def _begun(self, revision: Revision, asked: Asked, key_of: Revision | None) -> Stored | Unknown:
        """Return the revision with its request, which is made now if it was not made before."""
        stored = await self.revisions.load(revision)
        if stored is not None and stored.record.spec_hash != spec_hash(asked):
            return stored
        if asked.key_source == "Exchange":
            assert self.server_requests is not None, "nothing reaches the servers that make the keys"
            return await self.server_requests.begun(revision, asked, stored)
        if stored is not None:
            return stored
        draft = Record(revision, spec_hash(asked), self.now(), existing=asked.is_existing)
        if not self.issuer.takes_requests:
            return await self.revisions.begin(draft)
        key = await self._key(asked, key_of)
        try:
            csr = requests.to_pem(requests.make(asked, key))
        except ValueError as error:
            return Unknown("InvalidSpec", f"no request can say what is asked: {error}", self.now())
        return await self.revisions.begin(draft, key=key, csr=csr)

    async def _key(self, asked: Asked, key_of: Revision | None) -> rsa.RSAPrivateKey:
        kept = await self.revisions.key(key_of) if key_of is not None else None
        if kept is not None and kept.key_size == asked.key_size:
            return kept
        return await self.make_key(asked.key_size)

    async def _answered(self, stored: Stored, asked: Asked, answer: Answer) -> Fact[RevisionFact]:
        if isinstance(answer, Unknown):
            return answer
        if isinstance(answer, Issued):
            settled = await self.revisions.settle(
                stored.record.revision, self._checked(stored, asked, answer), answer.key
            )
        else:
            settled = await self.revisions.settle(stored.record.revision, answer)
        return Known(settled.fact, self.now())

    def _checked(self, stored: Stored, asked: Asked, answer: Issued) -> Accepted | Denied:
        own = stored.public_key_sha256
        if answer.key is not None:
            own = keys.public_key_sha256(answer.key.public_key())
        checked = answers.check(answer.certificates, public_key_sha256=own, names=asked.names, now=self.now())
        if isinstance(checked, Denied):
            return checked
        told = "; ".join(text for text in (answer.message, checked.message) if text)
        return replace(checked, message=told)


def _request(stored: Stored, asked: Asked) -> Request:
    return Request(stored.record.revision, asked, stored.record.at, stored.csr)
