"""What each service serves beside what it is to serve, and how long everything lasts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.revision import Revision
from um_operator.observed.values import name_key
from um_operator.planning.feasibility import feasibility
from um_operator.planning.plan import PlannedStep
from um_operator.planning.renewal import Renewal, renewal_of
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.standing import (
    CertificateStanding,
    ServedState,
    ServerStanding,
    ServiceStanding,
    Standings,
    Term,
)
from um_operator.planning.view import View

Issued: TypeAlias = Mapping[str, tuple[CertificateFact, ...]]
"""The chains of the revisions of a UMCertificate, by SHA-256 of their leaf."""

LAST_THIRD: Final = Renewal()
"""When a certificate that people bring is due for a successor, and the longest notice of a CA."""


def standings(view: View, steps: Iterable[PlannedStep]) -> Standings:
    """Return how every UMCertificate stands, and every peer that shows a certificate of its own."""
    stopped = {
        one.step.owner for one in steps if any(wait.reason == Reason.ROLLOUT_STOPPED for wait in one.waits)
    }
    return Standings(
        {
            key: _standing(view, case, stopped=key in stopped)
            for key, case in view.rollout.certificates.items()
        },
        {
            server.fqdn.lower(): min(terms, key=lambda term: term.ends_at)
            for key, server in view.rollout.servers.items()
            if (terms := list(_unowned(view, key, server)))
        },
    )


def _standing(view: View, case: CertificateCase, *, stopped: bool) -> CertificateStanding:
    servers, issued = view.rollout.of(case.item.key), _issued(case)
    ahead = feasibility(view, case.item.key)
    return CertificateStanding(
        servers=tuple(_server(case, issued, server) for server in servers),
        infeasible=None if ahead is None else not ahead.feasible,
        stopped=stopped,
        authority=min(_authorities(case, issued, servers), key=lambda term: term.ends_at, default=None),
    )


def _issued(case: CertificateCase) -> Issued:
    revisions = case.revisions.value if isinstance(case.revisions, Known) else ()
    return {one.leaf.sha256: one.chain for one in revisions if one.leaf is not None}


def _server(case: CertificateCase, issued: Issued, server: ServerCase) -> ServerStanding:
    key = name_key(server.fqdn)
    revision = case.revision_of(key)
    leaf = revision.leaf if revision else None
    return ServerStanding(
        fqdn=server.fqdn.lower(),
        services=tuple(
            ServiceStanding(
                name,
                _state(issued, server, server.services[name], leaf),
                _term(case, shown.leaf) if (shown := _shown(server.services[name])) else None,
            )
            for name in case.services_on(server)
        ),
        wanted=_term(case, leaf) if leaf else None,
        rejected=key in case.rejected or (server.entry.hold is not None and not server.targets),
    )


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
    if shown.leaf.sha256 in issued:
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
                yield from _issuers(shown.leaf, (*shown.sent, *issued.get(shown.leaf.sha256, ())))


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
