"""The revisions of UMCertificates, a Secret each: key and request, what the issuer calls it, the chain.

What was answered stands: a chain is written once and never replaced. The Secret is not marked immutable in
Kubernetes, for its key has to go one day and the rest has to stay, which is one write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import rsa

from um_operator.api.meta import GROUP
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import certificates, chains, keys, pfx, record
from um_operator.pki.answers import Accepted
from um_operator.pki.ports import Data, Denied, Pending, SecretStore
from um_operator.pki.record import DamagedRevisionError, Record, Stored

Answered: TypeAlias = Accepted | Pending | Denied
"""What can be said of a revision that was submitted."""
LABEL_MAX: Final = 63
"""Kubernetes' limit for the value of a label."""


class NoKeyError(Exception):
    """The private key of a revision is not here: it never was, or it was forgotten."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Certificate and key with which a probe presents itself as UM would; PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Revisions:
    """The store of revisions. Every call may raise what the store of Secrets raises (PortError)."""

    secrets: SecretStore
    now: Callable[[], datetime]

    async def read(self, revision: Revision) -> Fact[RevisionFact | None]:
        """Return the public half of a revision, ``None`` if there is none. A damaged one is Unknown."""
        now = self.now()
        try:
            stored = await self.load(revision)
        except DamagedRevisionError as error:
            return Unknown("NotRead", str(error), now)
        return Known(stored.fact if stored is not None else None, now)

    async def read_all(self, revisions: Iterable[Revision]) -> Fact[tuple[RevisionFact, ...]]:
        """Return the public half of those of the revisions that are there; Unknown if one cannot be read.

        Each is read by its name, all at the same time.
        """
        now = self.now()
        found = await asyncio.gather(*(self.read(revision) for revision in dict.fromkeys(revisions)))
        unknown = next((fact for fact in found if isinstance(fact, Unknown)), None)
        if unknown is not None:
            return unknown
        return Known(tuple(fact.value for fact in found if isinstance(fact, Known) and fact.value), now)

    async def load(self, revision: Revision) -> Stored | None:
        """Return a revision as it is stored, without its private key; ``None`` if there is none.

        Raises:
            DamagedRevisionError: its Secret holds something else.
        """
        data = await self.secrets.secret(revision.secret)
        return record.read(revision, data) if data is not None else None

    async def begin(self, draft: Record, *, key: rsa.RSAPrivateKey | None = None, csr: bytes = b"") -> Stored:
        """Store a new revision; one that is there already is left as it is and returned.

        Raises:
            DamagedRevisionError: there is a Secret of that name that is none.
        """
        data = {record.RECORD: record.to_json(draft), record.REQUEST: csr}
        data |= {record.KEY: keys.to_pem(key)} if key is not None else {}
        await self.secrets.create_secret(
            draft.revision.secret,
            {name: value for name, value in data.items() if value},
            labels=labels_of(draft.revision),
        )
        return await self.expected(draft.revision)

    async def begin_again(self, revision: Revision) -> Stored:
        """Make a revision that was denied one that was not asked for yet; its key and its request stay."""
        now = self.now()
        await self._updated(
            revision,
            lambda stored: (
                {record.RECORD: record.to_json(stored.record.again(now))}
                if stored.record.state == "Denied"
                else {}
            ),
        )
        return await self.expected(revision)

    async def add_request(self, revision: Revision, csr: bytes) -> Stored:
        """Store the request of a key that a server made; one that is there already stays."""
        await self._updated(revision, lambda stored: {} if stored.csr else {record.REQUEST: csr})
        return await self.expected(revision)

    async def add_key(self, revision: Revision, key: rsa.RSAPrivateKey) -> None:
        """Store the private key of a certificate that came without it; one that is there already stays."""
        await self._updated(revision, lambda stored: {} if stored.has_key else {record.KEY: keys.to_pem(key)})

    async def settle(
        self, revision: Revision, answer: Answered, key: rsa.RSAPrivateKey | None = None
    ) -> Stored:
        """Store an issuer's answer, unless there is one that is final. The same answer again writes nothing.

        Args:
            revision: whose it is.
            answer: a chain that was checked; that it is pending; or that it was denied.
            key: the private key, where it came with the certificate.

        Raises:
            DamagedRevisionError: its Secret is gone or holds something else.
        """
        now = self.now()
        await self._updated(revision, lambda stored: _settled(stored, answer, key, now))
        return await self.expected(revision)

    async def key(self, revision: Revision) -> rsa.RSAPrivateKey | None:
        """Return the private key of a revision, ``None`` if it is not here; only for what signs with it.

        Raises:
            UnreadableKeyError: it is damaged.
        """
        pem = (await self.secrets.secret(revision.secret) or {}).get(record.KEY)
        return keys.from_pem(pem) if pem else None

    async def pfx(self, revision: Revision, profile: pfx.Profile, password: bytes) -> bytes:
        """Return what Import-ExchangeCertificate takes: key, leaf and intermediates, but no root.

        Raises:
            NoKeyError: the private key is not here.
            DamagedRevisionError: it is not issued yet, or damaged.
            UnreadableKeyError: the key is damaged.
        """
        chain, key = await self._whole(revision)
        return await asyncio.to_thread(
            pfx.export,
            profile,
            keys.from_pem(key),
            _sent(chain),
            friendly_name=f"um-operator {revision}",
            password=password,
        )

    async def answer(self, revision: Revision) -> bytes | None:
        """Return what completes the request of a key that its server keeps: the certificate in DER.

        ``None``: the key is here, or was.

        Raises:
            DamagedRevisionError: it is not issued yet, or damaged.
        """
        stored = await self.expected(revision)
        if not stored.chain:
            raise DamagedRevisionError(f'revision "{revision}" is not issued yet')
        return stored.chain[0] if stored.key_stays else None

    async def identity(self, revision: Revision) -> Identity:
        """Return certificate, intermediates and key, for a probe that presents them as a client.

        Raises:
            NoKeyError: the private key is not here.
            DamagedRevisionError: it is not issued yet, or damaged.
        """
        chain, key = await self._whole(revision)
        return Identity(certificates.to_pem(_sent(chain)), key)

    async def forget_key(self, revision: Revision) -> None:
        """Delete the private key; request and certificate stay."""
        await self.secrets.update_secret(
            revision.secret, lambda data: {record.KEY: None} if record.KEY in data else {}
        )

    async def forget(self, revision: Revision) -> None:
        """Delete a revision."""
        await self.secrets.delete_secret(revision.secret)

    async def _whole(self, revision: Revision) -> tuple[tuple[bytes, ...], bytes]:
        data = await self._data(revision)
        stored = record.read(revision, data)
        if not stored.chain:
            raise DamagedRevisionError(f'revision "{revision}" is not issued yet')
        if not stored.has_key:
            raise NoKeyError(f'the private key of revision "{revision}" is not in Secret "{revision.secret}"')
        return stored.chain, data[record.KEY]

    async def _data(self, revision: Revision) -> Data:
        data = await self.secrets.secret(revision.secret)
        if data is None:
            raise DamagedRevisionError(f'there is no Secret "{revision.secret}" of revision "{revision}"')
        return data

    async def expected(self, revision: Revision) -> Stored:
        """Return a revision that must be there, as it is stored.

        Raises:
            DamagedRevisionError: its Secret is gone or holds something else.
        """
        return record.read(revision, await self._data(revision))

    async def _updated(
        self, revision: Revision, change: Callable[[Stored], Mapping[str, bytes | None]]
    ) -> None:
        await self.secrets.update_secret(revision.secret, lambda data: change(record.read(revision, data)))


def labels_of(revision: Revision) -> dict[str, str]:
    """Return by what a person selects the Secrets of a UMCertificate; the operator never lists them."""
    labels = {
        "app.kubernetes.io/managed-by": "um-operator",
        f"{GROUP}/certificate": revision.certificate,
        f"{GROUP}/revision": str(revision.number),
    } | ({f"{GROUP}/server": revision.server} if revision.server else {})
    return {name: value for name, value in labels.items() if len(value) <= LABEL_MAX}


def _settled(
    stored: Stored, answer: Answered, key: rsa.RSAPrivateKey | None, now: datetime
) -> Mapping[str, bytes | None]:
    before = stored.record
    if before.state in {"Issued", "Denied"}:
        return {}
    match answer:
        case Pending():
            pending = before.pending(answer, now)
            same = replace(pending, answered_at=before.answered_at) == before
            return {} if same else {record.RECORD: record.to_json(pending)}
        case Denied(reason, message):
            return {record.RECORD: record.to_json(before.denied(reason, message, now))}
        case Accepted(chain, message):
            written = record.with_chain(chain)
            written[record.RECORD] = record.to_json(before.issued(chain, message, now))
            return written | ({record.KEY: keys.to_pem(key)} if key is not None else {})


def _sent(chain: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return what a TLS peer is sent: the chain without its root; a leaf may be its own root."""
    return chain[:1] + tuple(der for der in chain[1:] if not chains.is_self_signed(der))
