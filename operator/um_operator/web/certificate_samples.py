"""From how certificates and servers stand to what metrics show of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.api.strings import parse_instant
from um_operator.observability.board import CertificateSample, ServersSample, ServiceSample
from um_operator.planning.standing import CertificateStanding, ServerStanding, Standings, Term

Owed = Mapping[tuple[str, str], float]
"""Since when restarts are owed, by server and service."""


def certificates_of(
    standings: Standings, statuses: Mapping[ObjectKey, Status]
) -> tuple[CertificateSample, ...]:
    """Return what is shown of each UMCertificate. ``statuses`` say since when restarts are owed."""
    return tuple(
        _certificate(key.name, standing, dict(_owed(statuses.get(key))))
        for key, standing in standings.certificates.items()
    )


def servers_of(standings: Standings) -> ServersSample:
    """Return what is shown of servers themselves."""
    return ServersSample(
        due_back={name: at.timestamp() for name, at in standings.due_back.items()},
        rejected_calls=standings.rejected_calls,
        unmanaged={name: term.ends_at.timestamp() for name, term in standings.unmanaged.items()},
    )


def _certificate(name: str, standing: CertificateStanding, owed: Owed) -> CertificateSample:
    authority = standing.authority
    return CertificateSample(
        name=name,
        services=tuple(sample for server in standing.servers for sample in _services(server, owed)),
        servers=Counter(server.state for server in standing.servers),
        issued={one.fqdn: one.issued.ends_at.timestamp() for one in standing.servers if one.issued},
        rollout_since=_seconds(standing.rollout_since),
        feasible=standing.feasible,
        authority_not_after=_end(authority),
        authority_renewal=_due(authority),
    )


def _services(server: ServerStanding, owed: Owed) -> Iterator[ServiceSample]:
    for one in server.services:
        yield ServiceSample(
            server=server.fqdn,
            service=one.name,
            served=one.state,
            revisions={str(place): number for place, number in one.revisions.items()},
            not_after=_end(one.term),
            renewal=_due(one.term),
            restart_owed_since=owed.get((server.fqdn, one.name)),
        )


def _owed(status: Status | None) -> Iterator[tuple[tuple[str, str], float]]:
    for server in status.servers if isinstance(status, UMCertificateStatus) else ():
        for service in server.services:
            if service.restart_owed_since is not None:
                since = parse_instant(service.restart_owed_since).timestamp()
                yield (server.name.lower(), service.name), since


def _end(term: Term | None) -> float | None:
    return term.ends_at.timestamp() if term else None


def _due(term: Term | None) -> float | None:
    return term.renewal_at.timestamp() if term else None


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
