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
from um_operator.pki.ports import Answer, Denied, Issued, Pending, Request, SecretStore
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
        if not data.get(record.CERTIFICATE):
            return Pending(name, f'waits for a certificate under "{record.CERTIFICATE}" of Secret "{name}"')
        try:
            found = record.answer_in(data)
        except UnreadableCertificateError as error:
            return Pending(name, f'"{record.CERTIFICATE}" of Secret "{name}": {error}')
        checked = answers.check(
            found,
            public_key_sha256=requests.public_key_sha256(requests.read(request.csr)),
            names=request.asked.names,
            now=self.now(),
        )
        if isinstance(checked, Denied):
            return Pending(name, f'"{record.CERTIFICATE}" of Secret "{name}": {checked.message}')
        return Issued(found)


async def waiting(secrets: SecretStore, revisions: Iterable[Revision]) -> tuple[Stored, ...]:
    """Return those of the revisions whose request waits for an answer.

    Raises:
        DamagedRevisionError: a Secret holds something else.
    """
    found = [(revision, await secrets.secret(revision.secret)) for revision in revisions]
    stored = [record.read(revision, data) for revision, data in found if data is not None]
    return tuple(one for one in stored if _waits(one))


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


def _waits(stored: Stored) -> bool:
    return bool(stored.csr) and stored.record.state in {"Requested", "Pending"}
