"""From what a UMCertificate declares to the issuer that is asked."""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.issuers import Issuer as DeclaredIssuer
from um_operator.api.reasons import Reason
from um_operator.api.server_patterns import ServerPatterns
from um_operator.engine.ports import SecretStore
from um_operator.observed.fact import Unknown
from um_operator.observed.values import name_key
from um_operator.pki.issuers.authority import AuthorityIssuer
from um_operator.pki.issuers.cert_manager import CertManagerIssuer
from um_operator.pki.issuers.existing import ExistingIssuer
from um_operator.pki.issuers.request import RequestIssuer
from um_operator.pki.issuers.secret import SecretIssuer
from um_operator.pki.issuers.self_signed import SelfSignedIssuer
from um_operator.pki.ports import (
    Answer,
    CertificateRequests,
    Issuer,
    IssuerReference,
    Request,
    ServerStores,
)
from um_operator.pki.revisions import Revisions

PASSWORD_BYTES: Final = 24
"""Of chance in the password of a PFX."""


@dataclass(frozen=True, slots=True)
class Around:
    """What issuers work with.

    Attributes:
        certificate_requests: cert-manager's requests; ``None`` without a cluster.
        servers: the stores of servers; ``None`` as long as no server can be asked.
    """

    secrets: SecretStore
    revisions: Revisions
    now: Callable[[], datetime]
    certificate_requests: CertificateRequests | None = None
    servers: ServerStores | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A UMCertificate as far as its issuer is concerned. ``servers``: the FQDNs of all in scope."""

    name: str
    spec: UMCertificateSpec
    servers: tuple[str, ...] = ()

    @property
    def issuer(self) -> DeclaredIssuer:
        """Return who issues."""
        return self.spec.issuer

    def others_than(self, server: str) -> tuple[str, ...]:
        """Return the servers besides this one (FQDN) that are to have its certificate."""
        chosen = self.spec.servers
        patterns = ServerPatterns(chosen.include, chosen.exclude)
        others = (one for one in self.servers if name_key(one) != name_key(server))
        return tuple(one for one in others if patterns.selects(one))


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


def new_password() -> str:
    """Return a password for a PFX: random, ASCII, used once."""
    return chance.token_urlsafe(PASSWORD_BYTES)


def issuer_of(declared: Declared, around: Around) -> Issuer:
    """Return the issuer that a UMCertificate declares."""
    match declared.issuer.name:
        case "selfSigned":
            return SelfSignedIssuer(around.revisions.key, around.now)
        case "ca":
            return _authority(declared.name, declared.issuer, around)
        case "secret":
            return secret_issuer(declared.issuer, around)
        case "request":
            return RequestIssuer(around.secrets, around.now)
        case "certManager":
            return _cert_manager(declared.issuer, around)
        case "existing":
            return _existing(declared, around)


def _authority(certificate: str, declared: DeclaredIssuer, around: Around) -> Issuer:
    ref = declared.ca.secret_ref if declared.ca else None
    if ref is None:
        return AuthorityIssuer(around.secrets, f"{certificate}-ca", around.now, makes_it_for=certificate)
    return AuthorityIssuer(around.secrets, ref.name, around.now)


def secret_issuer(declared: DeclaredIssuer, around: Around) -> SecretIssuer:
    """Return the issuer ``secret``."""
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


def _existing(declared: Declared, around: Around) -> Issuer:
    assert declared.issuer.existing is not None
    source = declared.issuer.existing
    if around.servers is None:
        return Unavailable("no server can be asked for its certificates", around.now)
    return ExistingIssuer(
        around.servers,
        source.thumbprint.upper(),
        source.from_server,
        declared.others_than(source.from_server),
        around.now,
        lambda: new_password().encode(),
    )
