"""Revisions of certificates: read, asked for, and handed to servers, by the issuer that each one declares."""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.issuers import Around, issuer_of
from um_operator.engine.ports import PortError, SecretStore
from um_operator.exchange.certificate_carrier import Bundle
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki.issuance import Issuance
from um_operator.pki.keys import UnreadableKeyError
from um_operator.pki.pfx import Profile
from um_operator.pki.ports import CertificateRequests
from um_operator.pki.record import DamagedRevisionError
from um_operator.pki.revisions import NoKeyError, Revisions
from um_operator.planning.asked import asked_of
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope
from um_operator.planning.steps import RequestCertificate
from um_operator.planning.steps.base import BaseStep
from um_operator.probing.identity import ClientIdentity, IdentityError
from um_operator.remoting.session import Secret

PASSWORD_BYTES: Final = 24
"""Of chance in the password of a PFX, which is used once."""


class Issuing:
    """The revisions of one organisation's UMCertificates.

    It remembers what each UMCertificate declared when its revisions were last read, for steps name a
    certificate only by its revision.

    Args:
        secrets: where revisions and CAs are kept.
        now: the present instant.
        certificate_requests: cert-manager's requests; ``None`` without a cluster.
    """

    def __init__(
        self,
        secrets: SecretStore,
        now: Callable[[], datetime],
        certificate_requests: CertificateRequests | None = None,
    ) -> None:
        self._now = now
        self._revisions = Revisions(secrets, now)
        self._around = Around(secrets, self._revisions, now, certificate_requests)
        self._specs: dict[str, UMCertificateSpec] = {}

    async def read(
        self, certificates: Iterable[CertificateScope], servers: Iterable[str]
    ) -> Mapping[ObjectKey, Fact[tuple[RevisionFact, ...]]]:
        """Return the revisions that matter, with the answers that came meanwhile. Never raises."""
        names = tuple(server.lower() for server in servers)
        return {one.key: await self._read(one, names) for one in certificates}

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Submit a revision to its issuer. Never raises."""
        del domain_controller  # an issuer is no part of the directory
        assert isinstance(step, RequestCertificate)
        spec = self._specs[step.owner.name]
        if spec.private_key.source == "Exchange":
            message = 'privateKey.source "Exchange" is not served by this release; set it to "Operator"'
            return Outcome("Refused", Reason.INVALID_ISSUER, message)
        revision = Revision(step.owner.name, step.revision, step.server.lower() if step.server else None)
        former = Revision(revision.certificate, revision.number - 1, revision.server)
        keeps_key = spec.private_key.rotation_policy == "Never" and revision.number > 1
        try:
            fact = await self._issuance(step.owner.name, spec).submit(
                revision, asked_of(spec, step.server), key_of=former if keeps_key else None
            )
        except PortError as error:
            return Outcome("Unclear", Reason.NOT_READ, str(error))
        if isinstance(fact, Unknown):
            return Outcome("NotSent", fact.reason, fact.message)
        return Outcome("Done")

    async def bundle(self, certificate: str) -> Bundle | None:
        """Return what a server imports of a revision, under a password of its own, or ``None``."""
        revision = _named(certificate)
        profile = Profile(self._specs[revision.certificate].private_key.pfx_profile)
        password = chance.token_urlsafe(PASSWORD_BYTES)
        try:
            pfx = await self._revisions.pfx(revision, profile, password.encode())
        except (NoKeyError, DamagedRevisionError, UnreadableKeyError, PortError):
            return None
        return Bundle(pfx, Secret(password))

    async def identity(self, revision: Revision) -> ClientIdentity | None:
        """Return who a revision is towards a peer that asks, ``None`` while its key is not here."""
        try:
            found = await self._revisions.identity(revision)
            return ClientIdentity.of(found.certificate, found.key)
        except (NoKeyError, DamagedRevisionError, IdentityError, PortError):
            return None

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        """Return the issuers of a revision by SHA-256, in DER; of a self-signed one itself."""
        try:
            stored = await self._revisions.load(_named(certificate))
        except (DamagedRevisionError, PortError):
            return None
        if stored is None or not stored.chain:
            return None
        return {sha256(der).hexdigest(): der for der in stored.chain[1:] or stored.chain}

    async def _read(self, one: CertificateScope, servers: tuple[str, ...]) -> Fact[tuple[RevisionFact, ...]]:
        self._specs[one.key.name] = one.spec
        shared = one.spec.scope == "Shared"
        wanted = [
            Revision(one.key.name, number, server)
            for number in sorted(one.numbers)
            for server in ((None,) if shared else servers)
        ]
        try:
            found = await self._revisions.read_all(wanted)
            return await self._polled(one, found) if isinstance(found, Known) else found
        except PortError as error:
            return Unknown(Reason.NOT_READ, str(error), self._now())

    async def _polled(
        self, one: CertificateScope, found: Known[tuple[RevisionFact, ...]]
    ) -> Fact[tuple[RevisionFact, ...]]:
        """Return the revisions with the answers that came meanwhile; a silent issuer changes nothing."""
        issuance = self._issuance(one.key.name, one.spec)
        polled: list[RevisionFact] = []
        for fact in found.value:
            if fact.state == "Pending":
                revision = Revision(one.key.name, fact.number, fact.server)
                answer = await issuance.poll(revision, asked_of(one.spec, fact.server))
                polled.append(answer.value if isinstance(answer, Known) else fact)
            else:
                polled.append(fact)
        return Known(tuple(polled), found.read_at)

    def _issuance(self, name: str, spec: UMCertificateSpec) -> Issuance:
        issuer = issuer_of(name, spec.issuer, self._around)
        return Issuance(self._revisions, issuer, self._now)


def _named(certificate: str) -> Revision:
    """Return the revision of a name such as ``um/ex03.contoso.com/7``, shared ``um/7``."""
    name, *server, number = certificate.split("/")
    return Revision(name, int(number), server[0] if server else None)
