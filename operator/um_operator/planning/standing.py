"""How servers stand with their certificates, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.api.certificate_status import ServerState
from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import ServiceName

ServedState: TypeAlias = Literal["Wanted", "Earlier", "Former", "Foreign", "NoTLS", "Unknown"]
"""What a service serves, beside what it is to serve.

Wanted: the wanted revision (or plain SIP where that is wanted). Earlier: another revision of the same
UMCertificate. Former: what was there before the first revision was in force. Foreign: a certificate of
somebody else, although one of ours was in force. NoTLS: the port for TLS is closed, or answers in plain.
"""


Place: TypeAlias = Literal["wanted", "bound", "served"]
"""Where a certificate of a service is looked for: in the declaration, in Exchange, on the wire."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long a certificate lasts. ``renewal_at``: when its successor is due."""

    renewal_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """A service of a server.

    Attributes:
        revisions: which number is wanted, bound and served, as far as that is known; 0: a certificate that is
            no revision of the UMCertificate.
        term: of what it serves, ``None`` if that is no certificate.
    """

    name: ServiceName
    state: ServedState
    revisions: Mapping[Place, int] = field(default_factory=dict)
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class ServerStanding:
    """A server that a UMCertificate looks after.

    Attributes:
        fqdn: in lower case.
        state: how far the wanted revision has come here.
        issued: how long that lasts, once it is issued.
    """

    fqdn: str
    state: ServerState
    services: tuple[ServiceStanding, ...]
    issued: Term | None = None


@dataclass(frozen=True, slots=True)
class CertificateStanding:
    """A UMCertificate and its servers.

    Attributes:
        rollout_since: since when its newest revision is on the way to servers, ``None``: it is everywhere.
        feasible: whether its next rollout fits into the windows, ``None`` if that is no question.
        authority: the CA above what is wanted or served that ends first. Its successor is due when a
            certificate that it issues can no more last as long as those of today.
    """

    servers: tuple[ServerStanding, ...] = ()
    rollout_since: datetime | None = None
    feasible: bool | None = None
    authority: Term | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """How an organisation stands. Servers are named by their FQDN in lower case.

    Attributes:
        unmanaged: servers that show a certificate which no UMCertificate looks after: the one of each that
            ends first.
        due_back: servers that we took out of service, and when they should be back in it at the latest.
        rejected_calls: how many calls their call routers have rejected since they were started.
    """

    certificates: Mapping[ObjectKey, CertificateStanding] = field(default_factory=dict)
    unmanaged: Mapping[str, Term] = field(default_factory=dict)
    due_back: Mapping[str, datetime] = field(default_factory=dict)
    rejected_calls: Mapping[str, int] = field(default_factory=dict)
