"""What each service serves beside what it is to serve, and how long everything lasts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.revision import Revision
from um_operator.observed.values import name_key
from um_operator.planning.feasibility import feasibility
from um_operator.planning.renewal import Renewal, renewal_of
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import MOST_STARTS, START_DEADLINE, ServiceCase
from um_operator.planning.standing import (
    CertificateStanding,
    Place,
    ServedState,
    ServerStanding,
    ServiceStanding,
    Standings,
    Term,
)
from um_operator.planning.status.certificate import server_state
from um_operator.planning.status.certificate_judgement import is_wanted
from um_operator.planning.view import View

Issued: TypeAlias = Mapping[str, RevisionFact]
"""The revisions of a UMCertificate that were issued, by thumbprint."""

LAST_THIRD: Final = Renewal()
"""When a certificate that people bring is due for a successor, and the longest notice of a CA."""


LONGEST_RESTART: Final = 3 * MOST_STARTS * START_DEADLINE
"""What restarts of both services take at most, those included that take a revision back."""


def standings(view: View) -> Standings:
    """Return how every UMCertificate and every server stands."""
    servers = view.rollout.servers
    longest = view.desired.spec.disruption.drain_timeout + LONGEST_RESTART
    return Standings(
        certificates={key: _standing(view, case) for key, case in view.rollout.certificates.items()},
        unmanaged={
            server.fqdn.lower(): min(terms, key=lambda term: term.ends_at)
            for key, server in servers.items()
            if (terms := list(_unowned(view, key, server)))
        },
        due_back={
            server.fqdn.lower(): server.entry.hold.since + longest
            for server in servers.values()
            if server.entry.hold is not None
        },
        rejected_calls={
            server.fqdn.lower(): fact.value
            for server in servers.values()
            if isinstance(fact := server.rejected_calls, Known) and fact.value is not None
        },
    )


def _standing(view: View, case: CertificateCase) -> CertificateStanding:
    servers, issued = view.rollout.of(case.item.key), _issued(case)
    ahead = feasibility(view, case.item.key)
    under_way = not all(server.done(view.now) and is_wanted(case, server) for server in servers)
    return CertificateStanding(
        servers=tuple(_server(view, case, issued, server) for server in servers),
        rollout_since=case.issuance.started_at if case.issuance and under_way else None,
        feasible=None if ahead is None else ahead.feasible,
        authority=min(_authorities(case, issued, servers), key=lambda term: term.ends_at, default=None),
    )


def _issued(case: CertificateCase) -> Issued:
    revisions = case.revisions.value if isinstance(case.revisions, Known) else ()
    return {one.leaf.thumbprint: one for one in revisions if one.leaf is not None}


def _server(view: View, case: CertificateCase, issued: Issued, server: ServerCase) -> ServerStanding:
    revision = case.revision_of(name_key(server.fqdn))
    leaf = revision.leaf if revision else None
    return ServerStanding(
        fqdn=server.fqdn.lower(),
        state=server_state(view.now, server, leaf, asked=revision is not None),
        services=tuple(
            ServiceStanding(
                name,
                _state(issued, server, server.services[name], leaf),
                dict(_revisions(case, issued, server.services[name])),
                _term(case, shown.leaf) if (shown := _shown(server.services[name])) else None,
            )
            for name in case.services_on(server)
        ),
        issued=_term(case, leaf) if leaf else None,
    )


def _revisions(case: CertificateCase, issued: Issued, service: ServiceCase) -> Iterator[tuple[Place, int]]:
    """Yield the number of what is wanted, bound and served."""
    if case.wanted is not None and case.item.spec.startup_mode != "TCP":
        yield "wanted", case.wanted.number
    settings = service.settings.value if isinstance(service.settings, Known) else None
    bound = settings.binding.thumbprint if settings else None
    places: tuple[tuple[Place, str | None], ...] = (("bound", bound), ("served", service.leaf))
    for place, thumbprint in places:
        if thumbprint:
            yield place, issued[thumbprint].number if thumbprint in issued else 0


def _state(
    issued: Issued, server: ServerCase, service: ServiceCase, wanted: CertificateFact | None
) -> ServedState:
    target, shown = server.targets.get(service.name), _shown(service)
    if target is not None and target.mode == "TCP" and service.serves(target):
        return "Wanted"
    if shown is None:
        return "Unknown" if isinstance(service.tls, Unknown) else "NoTLS"
    if wanted is not None and shown.leaf.sha256 == wanted.sha256:
        return "Wanted"
    if shown.leaf.thumbprint in issued:
        return "Earlier"
    return "Foreign" if _was_in_force(service) else "Former"


def _was_in_force(service: ServiceCase) -> bool:
    """Whether a revision of ours is what was written last and was seen to be in force."""
    bound = service.bound
    ours = bound is not None and bound.certificate is not None and Revision.named(bound.certificate)
    return bool(ours) and not service.in_sequence


def _shown(service: ServiceCase) -> TLS | None:
    tls = service.tls
    return tls.value if isinstance(tls, Known) and isinstance(tls.value, TLS) else None


def _term(case: CertificateCase, leaf: CertificateFact) -> Term:
    renewal = renewal_of(case.item.spec) or LAST_THIRD
    return Term(renewal.at(leaf), leaf.not_after)


def _authorities(case: CertificateCase, issued: Issued, servers: Iterable[ServerCase]) -> Iterator[Term]:
    """Yield the CAs above what is wanted and above what is served, as far as either shows them."""
    for revision in case.current:
        if revision.leaf is not None:
            yield from _issuers(revision.leaf, revision.chain)
    for server in servers:
        for name in case.services_on(server):
            shown = _shown(server.services[name])
            if shown is not None:
                known = issued.get(shown.leaf.thumbprint)
                yield from _issuers(shown.leaf, (*shown.sent, *(known.chain if known else ())))


def _issuers(leaf: CertificateFact, chain: Iterable[CertificateFact]) -> Iterator[Term]:
    life = leaf.not_after - leaf.not_before
    for issuer in chain:
        if issuer.sha256 != leaf.sha256:
            yield Term(max(issuer.not_after - life, LAST_THIRD.at(issuer)), issuer.not_after)


def _unowned(view: View, key: str, server: ServerCase) -> Iterator[Term]:
    """Yield how long what the services of a server serve lasts that no UMCertificate looks after."""
    for name in view.rollout.unowned(key):
        shown = _shown(server.services[name])
        if shown is not None:
            yield Term(LAST_THIRD.at(shown.leaf), shown.leaf.not_after)
