"""``certManager: {issuerRef}``: cert-manager signs a CertificateRequest; the key stays here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from um_operator.api import durations
from um_operator.observed.der import UnreadableCertificateError
from um_operator.observed.fact import Unknown
from um_operator.pki import certificates, requests
from um_operator.pki.ports import (
    Answer,
    CertificateRequests,
    CertificateRequestState,
    Condition,
    Denied,
    Issued,
    IssuerReference,
    Pending,
    Request,
)
from um_operator.pki.requests import UnreadableRequestError
from um_operator.pki.revisions import labels_of

USAGES: Final = ("digital signature", "key encipherment", "client auth", "server auth")
"""Those of the request in cert-manager's words: it refuses a request that names others."""


@dataclass(frozen=True, slots=True)
class CertManagerIssuer:
    """Has an issuer of cert-manager sign.

    A CertificateRequest has the name of the revision's Secret and the beginning of a hash over key and
    instant: the same request finds its own again, and takes no earlier one, which may be denied, for it.
    """

    certificate_requests: CertificateRequests
    issuer: IssuerReference
    now: Callable[[], datetime]
    takes_requests: ClassVar[bool] = True

    async def submit(self, request: Request) -> Answer:
        """Make the CertificateRequest, if it is not there, and look at it."""
        name = _name_of(request)
        made = await self.certificate_requests.create(
            name,
            csr=request.csr,
            issuer=self.issuer,
            duration=durations.canonical(request.asked.duration),
            usages=USAGES,
            labels=labels_of(request.revision),
        )
        return made if isinstance(made, Unknown) else await self.poll(request, name)

    async def poll(self, request: Request, request_id: str) -> Answer:
        """Look at the CertificateRequest."""
        found = await self.certificate_requests.read(request_id)
        if isinstance(found, Unknown):
            return found
        if found.value is None:
            return Denied(
                "IssuanceFailed", f'CertificateRequest "{request_id}" was deleted before it was answered'
            )
        if not _is_for(found.value, request):
            return Denied("KeyMismatch", f'CertificateRequest "{request_id}" is for another key')
        return _read(request_id, found.value)


def _name_of(request: Request) -> str:
    key = requests.public_key_sha256(requests.read(request.csr))
    own = hashlib.sha256(f"{key} {request.at.isoformat()}".encode()).hexdigest()
    return f"{request.revision.secret[:244].rstrip('-.')}-{own[:8]}"


def _is_for(state: CertificateRequestState, request: Request) -> bool:
    try:
        theirs = requests.public_key_sha256(requests.read(state.csr))
    except UnreadableRequestError:
        return False
    return theirs == requests.public_key_sha256(requests.read(request.csr))


def _read(name: str, state: CertificateRequestState) -> Answer:
    for refusal in ("Denied", "InvalidRequest"):
        condition = state.conditions.get(refusal)
        if condition is not None and condition.status == "True":
            return Denied("IssuanceDenied", f'CertificateRequest "{name}": {_text(condition)}')
    ready = state.conditions.get("Ready")
    if ready is None:
        return Pending(name, _approval(name, state))
    if ready.reason in {"Failed", "Denied"}:
        reason = "IssuanceFailed" if ready.reason == "Failed" else "IssuanceDenied"
        return Denied(reason, f'CertificateRequest "{name}": {_text(ready)}')
    if ready.status != "True":
        return Pending(name, f'CertificateRequest "{name}": {_text(ready)}')
    try:
        root = certificates.read(state.ca) if state.ca else ()
        return Issued((*certificates.read(state.certificate), *root))
    except UnreadableCertificateError as error:
        return Denied("IssuanceFailed", f'CertificateRequest "{name}": {error}')


def _text(condition: Condition) -> str:
    return condition.message or condition.reason


def _approval(name: str, state: CertificateRequestState) -> str:
    approved = state.conditions.get("Approved")
    if approved is not None and approved.status == "True":
        return f'CertificateRequest "{name}" is approved and waits for its issuer'
    return f'CertificateRequest "{name}" waits to be approved'
