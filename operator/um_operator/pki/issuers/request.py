"""``request: {}``: the request is shown, and a person brings the answer back.

The answer goes under ``tls.crt`` into the revision's own Secret: by a commit, by ``kubectl``, or by ``umctl
request complete``. A wrong one is told and waits to be replaced: the request stays good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from um_operator.observed.der import UnreadableCertificateError
from um_operator.observed.revision import Revision
from um_operator.pki import answers, certificates, record, requests
from um_operator.pki.answers import Accepted
from um_operator.pki.ports import Answer, Data, Denied, Issued, Pending, Request, SecretStore
from um_operator.pki.record import DamagedRevisionError, Stored


@dataclass(frozen=True, slots=True)
class RequestIssuer:
    """Waits for what a person puts into the Secret of a revision."""

    secrets: SecretStore
    now: Callable[[], datetime]
    takes_requests: ClassVar[bool] = True

    async def submit(self, request: Request) -> Answer:
        """Say that it waits; an answer may be there already."""
        return await self.poll(request, request.revision.secret)

    async def poll(self, request: Request, _request_id: str) -> Answer:
        """Return the answer, if a good one is there."""
        name = request.revision.secret
        data = await self.secrets.secret(name) or {}
        checked = _brought(request.csr, data, request.asked.names, self.now())
        if checked is None:
            return Pending(name, f'waits for a certificate under "{record.CERTIFICATE}" of Secret "{name}"')
        if isinstance(checked, Denied):
            return Pending(name, f'"{record.CERTIFICATE}" of Secret "{name}": {checked.message}')
        return Issued(record.answer_in(data))


async def waiting(secrets: SecretStore, revisions: Iterable[Revision], now: datetime) -> tuple[Stored, ...]:
    """Return those of the revisions whose request waits for an answer; none has come that can be believed.

    Raises:
        DamagedRevisionError: a Secret holds something else.
    """
    found = []
    for revision in revisions:
        data = await secrets.secret(revision.secret)
        if data is None:
            continue
        stored = record.read(revision, data)
        if _waits(stored) and not isinstance(_brought_to(stored, data, now), Accepted):
            found.append(stored)
    return tuple(found)


async def complete(
    secrets: SecretStore, revision: Revision, content: bytes, now: datetime
) -> Accepted | Denied:
    """Put an answer (PEM, DER, PKCS#7) into the Secret of a revision, if it is one to its request.

    Returns:
        The chain that was put there, or why nothing was.
    """
    data = await secrets.secret(revision.secret)
    try:
        stored = record.read(revision, data or {})
        found = certificates.read(content)
    except DamagedRevisionError as error:
        return Denied("Refused", str(error))
    except UnreadableCertificateError as error:
        return Denied("IssuanceFailed", f"the answer cannot be read: {error}")
    if not _waits(stored):
        return Denied("Refused", f'revision "{revision}" waits for no answer; it is {stored.record.state}')
    csr = requests.read(stored.csr)
    checked = answers.check(
        found, public_key_sha256=requests.public_key_sha256(csr), names=requests.names_of(csr), now=now
    )
    if isinstance(checked, Accepted):
        written = record.with_chain(checked.chain)
        await secrets.update_secret(
            revision.secret, lambda data: written if _waits(record.read(revision, data)) else {}
        )
    return checked


def _brought_to(stored: Stored, data: Data, now: datetime) -> Accepted | Denied | None:
    return _brought(stored.csr, data, requests.names_of(requests.read(stored.csr)), now)


def _brought(csr: bytes, data: Data, names: Iterable[str], now: datetime) -> Accepted | Denied | None:
    """Judge what somebody put to a request, ``None`` if nobody put anything there."""
    if not data.get(record.CERTIFICATE):
        return None
    try:
        found = record.answer_in(data)
    except UnreadableCertificateError as error:
        return Denied("IssuanceFailed", str(error))
    own = requests.public_key_sha256(requests.read(csr))
    return answers.check(found, public_key_sha256=own, names=names, now=now)


def _waits(stored: Stored) -> bool:
    return bool(stored.csr) and stored.record.state in {"Requested", "Pending"}
