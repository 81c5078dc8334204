"""What the operator writes back about certificates, and what it has to remember of them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from um_operator.api.condition import Message, ReasonWord, StatusModel
from um_operator.api.model import Atomic, ListOf, at_most, keyed_by
from um_operator.api.object_status import ComparedStatus, Count, Name, Text, Word
from um_operator.api.strings import Instant, PlanDigest, Sha256

MAX_SHOWN: Final = 64
"""How many servers are shown, those that do not serve first."""
MAX_HISTORY: Final = 10
MAX_REQUESTS: Final = 16
MAX_CSR: Final = 8192
"""Characters of a request; a longer one, for hundreds of names, is in its Secret only."""
MAX_LEDGER: Final = 256
"""How many entries a list of the ledger has: one for each server that an organisation may name."""

ServerState: TypeAlias = Literal[
    "Unknown",
    "OutOfService",
    "Rejected",
    "Requested",
    "Issued",
    "Imported",
    "Bound",
    "Draining",
    "Restarting",
    "Serving",
]
"""How far the wanted certificate has come on a server. OutOfService: somebody else's maintenance (R14)."""

Revision = Annotated[int, Field(ge=1)]


class ServiceStatus(StatusModel):
    """A UM service of a server: which certificate it is to have, has, and shows."""

    name: Literal["UM", "UMCallRouter"]
    """The service."""
    startup_mode: Word | None = None
    """The startup mode that Exchange has: TCP, TLS or Dual."""
    bound: Word | None = None
    """The thumbprint of the certificate that Exchange has for it."""
    bound_revision: Revision | None = None
    """The revision that this is; absent where it is none of this resource that is still kept."""
    served: Word | None = None
    """The thumbprint of the certificate that its TLS port showed last."""
    served_revision: Revision | None = None
    """The revision that this is; absent where it is none of this resource that is still kept."""
    started_at: Instant | None = None
    """When its process was started."""
    restart_owed_since: Instant | None = None
    """Since when it does not listen or serve as mode, port and certificate say: only a restart helps."""


class CertificateServer(StatusModel):
    """A server that is to have the certificate."""

    name: Name
    """Its FQDN."""
    state: ServerState
    """How far the wanted certificate has come here."""
    revision: Revision | None = None
    """The revision that is wanted here."""
    wanted: Word | None = None
    """The thumbprint of that revision's certificate, once issued."""
    not_after: Instant | None = None
    """The end of that certificate."""
    services: Annotated[ListOf[ServiceStatus], keyed_by("name"), at_most(2)] = ()
    """Its UM services."""
    reason: ReasonWord | None = None
    """Why it is not further."""
    message: Message | None = None
    """The same for a person."""
    waiting_since: Instant | None = None
    """Since when it waits for that."""


class Rollout(StatusModel):
    """One revision: why it was made, and how its deployment went."""

    revision: Revision
    """The revision."""
    cause: Text
    """Why it was made: RenewalDue, RenewalRequested, SpecChanged with its fields, and so on."""
    plan_digest: PlanDigest | None = None
    """The plan by which it was deployed."""
    started_at: Instant
    """When it was made."""
    finished_at: Instant | None = None
    """When every server served it, or it was given up."""
    result: Literal["Succeeded", "Failed", "Superseded"] | None = None
    """How it went; absent while it is under way."""


class TrustBundle(StatusModel):
    """Whom peers have to trust."""

    config_map_name: Name
    """The ConfigMap with the CA certificates."""
    sha256: Sha256
    """The SHA-256 of the CA of the newest revision, which ``trust.attested`` of a gateway names."""


class PendingRequest(StatusModel):
    """A certificate request that a person has to take to a CA."""

    revision: Revision
    """The revision."""
    server: Name = ""
    """The server's FQDN; empty where one certificate is shared."""
    secret_name: Name
    """The Secret with the request under ``tls.csr``, which takes the answer."""
    csr: Annotated[str, Field(max_length=MAX_CSR)]
    """The request: PKCS#10 in PEM."""


class Attempt(StatusModel):
    """How often a certificate was asked for."""

    server: Name = ""
    """The server's FQDN in lower case; empty where one certificate is shared."""
    count: Count
    """How often; the pause before the next time doubles, from 1 h to 32 h."""
    last: Instant
    """When it was asked for last."""


class Rejected(StatusModel):
    """A revision that a server could not serve, or that a person called bad: it is not tried there (R17)."""

    server: Name
    """The server's FQDN in lower case."""
    revision: Revision
    """The revision."""
    reason: ReasonWord
    """Why."""
    message: Message = ""
    """The same for a person."""


class Unreferenced(StatusModel):
    """A former revision that no service uses any more."""

    revision: Revision
    """The revision."""
    since: Instant
    """Since when; ``spec.retire.after`` counts from here."""


class IssuanceStatus(StatusModel):
    """The newest revision that was asked for, and what became of former ones (ledger)."""

    revision: Revision
    """The newest revision."""
    asked: Sha256
    """The SHA-256 of what the spec asked of a certificate then; when it asks for something else, there is a
    new revision."""
    cause: Text
    """Why it was asked for."""
    started_at: Instant
    """When it was first asked for."""
    attempts: Annotated[ListOf[Attempt], keyed_by("server"), at_most(MAX_LEDGER)] = ()
    """How often it was asked for."""
    rejected: Annotated[ListOf[Rejected], keyed_by("server"), at_most(MAX_LEDGER)] = ()
    """Servers that could not serve a revision, or shall not."""
    unreferenced: Annotated[ListOf[Unreferenced], keyed_by("revision"), at_most(MAX_LEDGER)] = ()
    """Former revisions that wait to be removed."""


class UMCertificateStatus(ComparedStatus):
    """Which certificates servers want, have and show."""

    revision: Revision | None = None
    """The newest revision."""
    not_before: Instant | None = None
    """The begin of the served certificate that ends first."""
    not_after: Instant | None = None
    """The end of the served certificate that ends first."""
    renewal_time: Instant | None = None
    """When the next renewal begins."""
    server_count: Count | None = None
    """How many servers are to have the certificate."""
    serving_count: Count | None = None
    """How many of them serve one that meets the spec."""
    servers: Annotated[ListOf[CertificateServer], keyed_by("name"), at_most(MAX_SHOWN)] = ()
    """Those servers, the ones that do not serve it first."""
    history: Annotated[ListOf[Rollout], keyed_by("revision"), at_most(MAX_HISTORY)] = ()
    """The last revisions, the newest first."""
    trust_bundle: TrustBundle | None = None
    """Whom peers have to trust."""
    requests: Annotated[ListOf[PendingRequest], Atomic, at_most(MAX_REQUESTS)] = ()
    """Requests that wait for a person (issuer request); the Secrets have all of them."""
    last_handled_renew_at: Name | None = None
    """The value of the annotation renew-requested-at that was handled last."""
    last_handled_rollback_at: Name | None = None
    """The value of the annotation rollback-requested-at that was handled last."""
    issuance: IssuanceStatus | None = None
    """The newest revision that was asked for (ledger)."""
