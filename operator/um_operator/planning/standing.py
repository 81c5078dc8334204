"""How servers stand with their certificates, as values: what a plan tells beside its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import ServiceName

ServedState: TypeAlias = Literal["Wanted", "Earlier", "Former", "Foreign", "NoTLS", "Unknown"]
"""What a service serves, beside what it is to serve.

Wanted: the wanted revision (or plain SIP where that is wanted). Earlier: another revision of the same
UMCertificate. Former: what was there before the first revision was in force. Foreign: a certificate of
somebody else, although one of ours was in force. NoTLS: the port for TLS is closed, or answers in plain.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """How long a certificate lasts. ``renewal_at``: when its successor is due."""

    renewal_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """A service of a server. ``term``: of what it serves, ``None`` if that is no certificate."""

    name: ServiceName
    state: ServedState
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class ServerStanding:
    """A server that a UMCertificate looks after.

    Attributes:
        fqdn: in lower case.
        wanted: how long the wanted revision lasts, once it is issued.
        rejected: whether it could not serve a revision, and was rolled back or has no way back (R17).
    """

    fqdn: str
    services: tuple[ServiceStanding, ...]
    wanted: Term | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class CertificateStanding:
    """A UMCertificate and its servers.

    Attributes:
        infeasible: whether the windows are too short for its next rollout, ``None`` if that is no question.
        stopped: whether its rollout stopped on new evidence that calls fail (R16).
        authority: the CA above what is wanted or served that ends first. Its successor is due when a
            certificate that it issues can no more last as long as those of today.
    """

    servers: tuple[ServerStanding, ...] = ()
    infeasible: bool | None = None
    stopped: bool = False
    authority: Term | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """How an organisation stands.

    Attributes:
        peers: by their FQDN in lower case, those that show a certificate which is no UMCertificate's: the one
            of each that ends first.
    """

    certificates: Mapping[ObjectKey, CertificateStanding] = field(default_factory=dict)
    peers: Mapping[str, Term] = field(default_factory=dict)
