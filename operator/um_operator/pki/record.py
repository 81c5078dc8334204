"""What the Secret of a revision holds, read and written as values. Pure.

Its keys: ``tls.key`` (where the key is ours), ``tls.csr``, ``tls.crt`` (leaf and intermediates), ``ca.crt``
(the root, if it is known), and ``revision.json``, which says how far the revision has come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from um_operator.observed.certificates import RevisionFact, RevisionState
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.observed.revision import Revision
from um_operator.pki import certificates, requests
from um_operator.pki.chains import Chain
from um_operator.pki.ports import Pending

KEY: Final = "tls.key"
REQUEST: Final = "tls.csr"
CERTIFICATE: Final = "tls.crt"
ROOT: Final = "ca.crt"
RECORD: Final = "revision.json"


class DamagedRevisionError(ValueError):
    """The Secret of a revision does not hold what was written there; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Record:
    """How far a revision has come; the content of ``revision.json``.

    Attributes:
        revision: whose it is.
        spec_hash: of what was asked.
        at: when it was asked.
        reason: why it was denied, or what is wrong with the answer so far, in one word.
        accepted: SHA-256 of each certificate of the chain that is believed, the leaf first.
        keys_before: where the server makes the key: what its store held before, as SHA-256 of public keys;
            ``None`` where it does not.
        existing: whether nobody issued it: it was on a server before.
    """

    revision: Revision
    spec_hash: str
    at: datetime
    state: RevisionState = "Requested"
    request_id: str | None = None
    reason: str = ""
    message: str = ""
    answered_at: datetime | None = None
    accepted: tuple[str, ...] = ()
    keys_before: tuple[str, ...] | None = None
    existing: bool = False

    def again(self, now: datetime) -> Record:
        """Return the record of a request that was denied and is made again, for the same key."""
        return replace(
            self, state="Requested", at=now, request_id=None, reason="", message="", answered_at=None
        )

    def pending(self, answer: Pending, now: datetime) -> Record:
        """Return the record of a request that the issuer has."""
        return replace(
            self,
            state="Pending",
            request_id=answer.request_id,
            reason=answer.reason,
            message=answer.message,
            answered_at=now,
        )

    def denied(self, reason: str, message: str, now: datetime) -> Record:
        """Return the record of a request for which there will be no certificate."""
        return replace(self, state="Denied", reason=reason, message=message, answered_at=now)

    def issued(self, chain: Chain, message: str, now: datetime) -> Record:
        """Return the record of a chain that is believed."""
        accepted = tuple(hashlib.sha256(der).hexdigest() for der in chain.certificates)
        return replace(self, state="Issued", reason="", message=message, answered_at=now, accepted=accepted)


@dataclass(frozen=True, slots=True)
class Stored:
    """A revision as its Secret holds it; the private key is left where it is.

    Attributes:
        csr: PEM; empty where there is none.
        chain: DER of what is believed, the leaf first, the root last if it is known.
        has_key: whether the private key is there.
    """

    record: Record
    csr: bytes = b""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    has_key: bool = False

    @property
    def public_key_sha256(self) -> str | None:
        """Return the SHA-256 of the key that the request, else the leaf, is for."""
        if self.csr:
            return requests.public_key_sha256(requests.read(self.csr))
        return fact_of(self.chain[0]).public_key_sha256 if self.chain else None

    @property
    def key_stays(self) -> bool:
        """Whether its server made the key and keeps it."""
        return self.record.keys_before is not None

    @property
    def fact(self) -> RevisionFact:
        """Return the public half."""
        record, facts = self.record, tuple(fact_of(der) for der in self.chain)
        return RevisionFact(
            number=record.revision.number,
            server=record.revision.server,
            secret=record.revision.secret,
            state=record.state,
            spec_hash=record.spec_hash,
            request_id=record.request_id,
            public_key_sha256=self.public_key_sha256,
            leaf=facts[0] if facts else None,
            chain=facts[1:],
            reason=record.reason,
            message=record.message,
            answered_at=record.answered_at,
            existing=record.existing,
            csr=self.csr.decode() if record.state in {"Requested", "Pending"} else "",
        )


_RECORD: Final = TypeAdapter(Record)


def to_json(record: Record) -> bytes:
    """Return a record as it is stored."""
    return _RECORD.dump_json(record, indent=2)


def read(revision: Revision, data: Mapping[str, bytes]) -> Stored:
    """Return what a Secret holds.

    Raises:
        DamagedRevisionError: it is not the revision that it should be, or was changed by hand.
    """
    try:
        record = _RECORD.validate_json(data.get(RECORD, b""))
        chain = _chain(record, data)
        csr = data.get(REQUEST, b"")
        if csr:
            requests.read(csr)
    except (ValidationError, UnreadableCertificateError, requests.UnreadableRequestError) as error:
        why = f"{RECORD} is missing or damaged" if isinstance(error, ValidationError) else str(error)
        raise DamagedRevisionError(
            f'Secret "{revision.secret}" is not that of revision "{revision}": {why}'
        ) from None
    if record.revision != revision:
        raise DamagedRevisionError(f'Secret "{revision.secret}" is that of revision "{record.revision}"')
    return Stored(record, csr, chain, has_key=bool(data.get(KEY)))


def with_chain(chain: Chain) -> dict[str, bytes | None]:
    """Return the keys that hold a chain: leaf and intermediates, and the root, if it is known, for itself."""
    root = chain.certificates[-1:] if chain.complete and len(chain.certificates) > 1 else ()
    rest = chain.certificates[: len(chain.certificates) - len(root)]
    return {CERTIFICATE: certificates.to_pem(rest), ROOT: certificates.to_pem(root) or None}


def answer_in(data: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return every certificate (DER) under the keys of a chain, whoever put it there.

    Raises:
        UnreadableCertificateError: there is none, or one cannot be read.
    """
    root = data.get(ROOT, b"")
    return (*certificates.read(data.get(CERTIFICATE, b"")), *(certificates.read(root) if root else ()))


def _chain(record: Record, data: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return the chain that was accepted, in its order.

    Before, what is under its keys was put there by others. Afterwards they may put it back as they had it, in
    another order or all under one key, as GitOps tools do.
    """
    if not record.accepted:
        return ()
    found = {hashlib.sha256(der).hexdigest(): der for der in answer_in(data)}
    if not found.keys() >= set(record.accepted):
        raise UnreadableCertificateError(f"{CERTIFICATE} or {ROOT} was changed after it had been accepted")
    return tuple(found[sha256] for sha256 in record.accepted)
