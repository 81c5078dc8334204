"""Revisions of certificates: read, asked for, and handed to servers, by the issuer that each one declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.issuers import Around, Declared, issuer_of, new_password, secret_issuer
from um_operator.engine.ports import PortError, SecretStore
from um_operator.exchange.certificate_carrier import Bundle, not_to_be_had
from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki.issuance import Issuance
from um_operator.pki.keys import UnreadableKeyError
from um_operator.pki.pfx import Profile
from um_operator.pki.ports import CertificateRequests, ServerStores
from um_operator.pki.record import DamagedRevisionError
from um_operator.pki.revisions import NoKeyError, Revisions
from um_operator.pki.server_requests import ServerRequests
from um_operator.planning.asked import asked_of
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope
from um_operator.planning.steps import RequestCertificate
from um_operator.planning.steps.base import BaseStep
from um_operator.probing.identity import ClientIdentity, IdentityError
from um_operator.remoting.session import Secret


class Issuing:
    """The revisions of one organisation's UMCertificates.

    It remembers what each UMCertificate declared when its revisions were last read, for steps name a
    certificate only by its revision.

    Args:
        secrets: where revisions and CAs are kept.
        now: the present instant.
        certificate_requests: cert-manager's requests; ``None`` without a cluster.
        servers: the stores of servers; ``None`` as long as no server can be asked.
    """

    def __init__(
        self,
        secrets: SecretStore,
        now: Callable[[], datetime],
        certificate_requests: CertificateRequests | None = None,
        servers: ServerStores | None = None,
    ) -> None:
        self._now = now
        self._revisions = Revisions(secrets, now)
        self._around = Around(secrets, self._revisions, now, certificate_requests, servers)
        self._declared: dict[str, Declared] = {}

    def reaching(self, servers: ServerStores) -> Issuing:
        """Return the same revisions, with servers that make keys and that have certificates."""
        around = self._around
        return Issuing(around.secrets, around.now, around.certificate_requests, servers)

    async def read(
        self, certificates: Iterable[CertificateScope], servers: Iterable[str]
    ) -> Mapping[ObjectKey, Fact[tuple[RevisionFact, ...]]]:
        """Return the revisions that matter, with the answers that came meanwhile. Never raises."""
        names = tuple(server.lower() for server in servers)
        self._declared |= {one.key.name: Declared(one.key.name, one.spec, names) for one in certificates}
        return {one.key: await self._read(one, names) for one in certificates}

    async def offers(
        self, certificates: Iterable[CertificateScope]
    ) -> Mapping[ObjectKey, Fact[CertificateFact]]:
        """Return what the Secrets hold from which certificates come (issuer ``secret``). Never raises."""
        of_secrets = [one for one in certificates if one.spec.issuer.secret is not None]
        return {one.key: await self._offer(one) for one in of_secrets}

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Submit a revision to its issuer. Never raises."""
        del domain_controller  # an issuer is no part of the directory
        assert isinstance(step, RequestCertificate)
        declared = self._declared[step.owner.name]
        spec = declared.spec
        revision = Revision(step.owner.name, step.revision, step.server.lower() if step.server else None)
        former = Revision(revision.certificate, revision.number - 1, revision.server)
        keeps_key = spec.private_key.rotation_policy == "Never" and revision.number > 1
        try:
            fact = await self._issuance(declared).submit(
                revision, asked_of(spec, step.server), key_of=former if keeps_key else None
            )
        except PortError as error:
            return Outcome("Unclear", Reason.NOT_READ, str(error))
        if isinstance(fact, Unknown):
            return not_to_be_had(fact)
        return Outcome("Done")

    async def bundle(self, certificate: str) -> Bundle | Unknown:
        """Return what a server imports of a revision, or why there is nothing.

        A PFX under a password of its own; of a key that the server keeps, the answer to its request.
        """
        revision = _named(certificate)
        try:
            answer = await self._revisions.answer(revision)
            if answer is not None:
                return Bundle(answer, completes=fact_of(answer).public_key_sha256)
            lacks = await self._fetch_key(revision)
            return lacks or await self._pfx(revision)
        except (NoKeyError, DamagedRevisionError, UnreadableKeyError, PortError) as error:
            return Unknown(Reason.NOT_READ, str(error), self._now())

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

    async def _fetch_key(self, revision: Revision) -> Unknown | None:
        """Fetch the key of a certificate that was used where it was, if another server is to have it now."""
        declared, stored = self._declared[revision.certificate], await self._revisions.expected(revision)
        if stored.has_key or not stored.record.existing:
            return None
        return await self._issuance(declared).fetch_key(revision, asked_of(declared.spec, revision.server))

    async def _pfx(self, revision: Revision) -> Bundle:
        password = new_password()
        profile = Profile(self._declared[revision.certificate].spec.private_key.pfx_profile)
        return Bundle(await self._revisions.pfx(revision, profile, password.encode()), Secret(password))

    async def _offer(self, one: CertificateScope) -> Fact[CertificateFact]:
        try:
            return await secret_issuer(one.spec.issuer, self._around).offered()
        except PortError as error:
            return Unknown(Reason.NOT_READ, str(error), self._now())

    async def _read(self, one: CertificateScope, servers: tuple[str, ...]) -> Fact[tuple[RevisionFact, ...]]:
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
        """Return the revisions with the answers that came meanwhile."""
        issuance = self._issuance(self._declared[one.key.name])
        polled = [
            await self._answered(one, issuance, fact) if fact.state == "Pending" else fact
            for fact in found.value
        ]
        return Known(tuple(polled), found.read_at)

    @staticmethod
    async def _answered(one: CertificateScope, issuance: Issuance, fact: RevisionFact) -> RevisionFact:
        """Return a pending revision with its answer, if it came and can be kept; else it stays as it is."""
        revision = Revision(one.key.name, fact.number, fact.server)
        try:
            answer = await issuance.poll(revision, asked_of(one.spec, fact.server))
        except PortError:  # such as a run that only reads
            return fact
        return answer.value if isinstance(answer, Known) else fact

    def _issuance(self, declared: Declared) -> Issuance:
        issuer, servers = issuer_of(declared, self._around), self._around.servers
        requests = ServerRequests(self._revisions, servers, self._now) if servers is not None else None
        return Issuance(self._revisions, issuer, self._now, requests)


def _named(certificate: str) -> Revision:
    """Return the revision of a name such as ``um/ex03.contoso.com/7``, shared ``um/7``."""
    name, *server, number = certificate.split("/")
    return Revision(name, int(number), server[0] if server else None)
