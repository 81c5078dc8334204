"""What metrics are read from at scrape time: plain values, replaced as a whole, never changed.

This floor knows neither the API nor the engine; who does fills these in. Instants are seconds since 1970
(UTC), of the same clock as Prometheus', so that a query can subtract them from ``time()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["True", "False", "Unknown"]
Mode: TypeAlias = Literal["Observe", "Plan", "Enforce"]
ProbeResult: TypeAlias = Literal["OK", "Failed", "Unknown"]
Trust: TypeAlias = Literal["Trusted", "Untrusted", "Unknown"]
OrganizationKey: TypeAlias = tuple[str, str]
"""Namespace and name of an ExchangeOrganization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySample:
    """What a gateway showed on the wire.

    Attributes:
        result: whether its SIP port answered as it should, ``None``: it was not looked at.
        reason: what it did; a word of the table of reasons.
        not_after: the end of its certificate.
        trust: whether it trusts the UM certificates, ``None``: it does not speak TLS with us.
    """

    result: ProbeResult | None = None
    reason: str = ""
    not_after: float | None = None
    trust: Trust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LyncSample:
    """What an integration with Lync showed.

    Attributes:
        missing_contacts: how many contacts are missing, ``None``: not known, or nobody asks.
        quorum_margins: how many more front ends may fail before a pool stops, by FQDN of the pool.
        not_after: the end of the certificate for SIP, by FQDN of the front end.
    """

    missing_contacts: int | None = None
    quorum_margins: Mapping[str, int] = field(default_factory=dict)
    not_after: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSample:
    """One resource, the organisation itself included.

    Attributes:
        organization: metadata.name of its ExchangeOrganization.
        conditions: status by type, as they stand in ``status.conditions``.
        ready_reason: the reason of Ready; a word of the table of reasons.
        not_ready_since: since when Ready is not True; ``None`` while it is.
        suspended: whether new writes rest, by ``suspend`` or by a hold, its own or its organisation's.
        drifted_fields: how many declared fields are not as they were put in force.
        drift_since: when the oldest of these differences was first read.
        waiting_since: for what steps of it wait, by reason, and since when this replica has seen that.
        gateway: what it showed on the wire, if it is a gateway.
        lync: what pools and front ends showed, if it is an integration with Lync.
    """

    kind: str
    namespace: str
    name: str
    organization: str
    conditions: Mapping[str, Status] = field(default_factory=dict)
    ready_reason: str = ""
    not_ready_since: float | None = None
    suspended: bool = False
    drifted_fields: int = 0
    drift_since: float | None = None
    waiting_since: Mapping[str, float] = field(default_factory=dict)
    gateway: GatewaySample | None = None
    lync: LyncSample | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSample:
    """A UM service of a server, and the certificate of it.

    Attributes:
        service: as Exchange calls it, ``UM`` or ``UMCallRouter``.
        served: what it serves beside what it is to serve, in one word.
        revisions: number of the revision that is ``wanted``, ``bound`` and ``served``, as far as known; 0: a
            certificate that is none.
        not_after: the end of what it serves.
        renewal: when the successor of that is due.
        restart_owed_since: since when only a restart makes it serve what is bound.
    """

    server: str
    service: str
    served: str
    revisions: Mapping[str, int] = field(default_factory=dict)
    not_after: float | None = None
    renewal: float | None = None
    restart_owed_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSample:
    """One UMCertificate, beside what is shown of it as a resource.

    Attributes:
        servers: how many it looks after, by how far the wanted revision has come there.
        issued: the end of the wanted certificate by server, where it is issued.
        rollout_since: since when the newest revision is on its way to servers; ``None``: it is everywhere.
        feasible: whether the next rollout fits into the windows, ``None`` if that is no question.
        authority_not_after: the end of the CA above it that ends first.
        authority_renewal: when the successor of that is due.
    """

    name: str
    services: tuple[ServiceSample, ...] = ()
    servers: Mapping[str, int] = field(default_factory=dict)
    issued: Mapping[str, float] = field(default_factory=dict)
    rollout_since: float | None = None
    feasible: bool | None = None
    authority_not_after: float | None = None
    authority_renewal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServersSample:
    """The servers of an organisation, by FQDN.

    Attributes:
        due_back: those that the operator took out of service, and when they should be back in it.
        rejected_calls: how many calls their call routers have rejected since they were started.
        unmanaged: those that show a certificate which no UMCertificate looks after, and when it ends.
    """

    due_back: Mapping[str, float] = field(default_factory=dict)
    rejected_calls: Mapping[str, int] = field(default_factory=dict)
    unmanaged: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSample:
    """One organisation that this replica keeps as declared, and its resources.

    Attributes:
        interval: seconds between two full passes, as declared.
        since: when this replica began to keep it.
        last_pass: when the last pass ended.
        last_full_pass: the same for passes that read everything.
        waiting_steps: how many planned steps wait, by reason; a step that waits for several counts for each.
        sessions: remote PowerShell sessions, at work and at rest.
        certificates: those for which something can be done.
        servers: what is shown of servers themselves.
    """

    namespace: str
    name: str
    mode: Mode
    interval: float
    since: float
    objects: tuple[ObjectSample, ...] = ()
    last_pass: float | None = None
    last_full_pass: float | None = None
    planned_steps: int = 0
    interrupting_steps: int = 0
    waiting_steps: Mapping[str, int] = field(default_factory=dict)
    sessions: int = 0
    certificates: tuple[CertificateSample, ...] = ()
    servers: ServersSample = ServersSample()

    @property
    def key(self) -> OrganizationKey:
        """Return namespace and name."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSample:
    """The Lease as this replica saw it last.

    Attributes:
        held: whether this replica holds it.
        transitions: ``spec.leaseTransitions``.
        renewed: the last renewal that was seen, whoever made it.
    """

    namespace: str
    name: str
    held: bool
    transitions: int = 0
    renewed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """What runs: the version of um-operator, of Python and of kopf."""

    version: str
    python: str
    kopf: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that this replica shows; organisations and stray resources only while it holds the Lease.

    Attributes:
        stray: resources that name an organisation that nobody declared.
    """

    build: BuildInfo
    organizations: Mapping[OrganizationKey, OrganizationSample] = field(default_factory=dict)
    stray: tuple[ObjectSample, ...] = ()
    lease: LeaseSample | None = None
