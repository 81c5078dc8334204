"""From what a UMCertificate declares to the issuer that is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from um_operator.api.issuers import Issuer as DeclaredIssuer
from um_operator.api.reasons import Reason
from um_operator.engine.ports import SecretStore
from um_operator.observed.fact import Unknown
from um_operator.pki.issuers.authority import AuthorityIssuer
from um_operator.pki.issuers.cert_manager import CertManagerIssuer
from um_operator.pki.issuers.request import RequestIssuer
from um_operator.pki.issuers.secret import SecretIssuer
from um_operator.pki.issuers.self_signed import SelfSignedIssuer
from um_operator.pki.ports import Answer, CertificateRequests, Issuer, IssuerReference, Request
from um_operator.pki.revisions import Revisions


@dataclass(frozen=True, slots=True)
class Around:
    """What issuers work with.

    Attributes:
        certificate_requests: cert-manager's requests; ``None`` without a cluster.
    """

    secrets: SecretStore
    revisions: Revisions
    now: Callable[[], datetime]
    certificate_requests: CertificateRequests | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """An issuer that nobody can ask from here; the message says what it needs."""

    message: str
    now: Callable[[], datetime]
    takes_requests: bool = True

    async def submit(self, _request: Request, /) -> Answer:
        """Say that it cannot be asked."""
        return Unknown(Reason.INVALID_ISSUER, self.message, self.now())

    async def poll(self, request: Request, _request_id: str, /) -> Answer:
        """Say that it cannot be asked."""
        return await self.submit(request)


def issuer_of(certificate: str, declared: DeclaredIssuer, around: Around) -> Issuer:
    """Return the issuer that a UMCertificate of this name declares."""
    match declared.name:
        case "selfSigned":
            return SelfSignedIssuer(around.revisions.key, around.now)
        case "ca":
            return _authority(certificate, declared, around)
        case "secret":
            return _secret(declared, around)
        case "request":
            return RequestIssuer(around.secrets, around.now)
        case "certManager":
            return _cert_manager(declared, around)
        case "existing":
            return Unavailable('issuer "existing" is not served by this release', around.now)


def _authority(certificate: str, declared: DeclaredIssuer, around: Around) -> Issuer:
    ref = declared.ca.secret_ref if declared.ca else None
    if ref is None:
        return AuthorityIssuer(around.secrets, f"{certificate}-ca", around.now, makes_it_for=certificate)
    return AuthorityIssuer(around.secrets, ref.name, around.now)


def _secret(declared: DeclaredIssuer, around: Around) -> Issuer:
    assert declared.secret is not None
    source = declared.secret
    return SecretIssuer(
        around.secrets, source.secret_ref.name, around.now, source.pfx_key, source.password_key
    )


def _cert_manager(declared: DeclaredIssuer, around: Around) -> Issuer:
    assert declared.cert_manager is not None
    if around.certificate_requests is None:
        return Unavailable("cert-manager works in a cluster, and this is none", around.now)
    ref = declared.cert_manager.issuer_ref
    reference = IssuerReference(ref.name, ref.kind, ref.group)
    return CertManagerIssuer(around.certificate_requests, reference, around.now)
