"""Whom others have to trust: by whom ours are signed, and who signed what gateways show (R5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from um_operator.desired.organization import DesiredGateway
from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS
from um_operator.observed.revision import Revision
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.trust import anchor_of
from um_operator.planning.view import View


def in_use(case: CertificateCase, view: View) -> Mapping[str, str]:
    """Return whom peers have to trust for what is wanted and what is still served, by SHA-256.

    With each stands a revision that has it; before one is issued there is nothing.
    """
    leaves = _shown(case, view)
    return _anchors(case, (one for one in _issued(case) if one in case.current or _leaf(one) in leaves))


def served(case: CertificateCase, view: View) -> Mapping[str, str]:
    """Return whom peers have to trust for what is served now, likewise."""
    leaves = _shown(case, view)
    return _anchors(case, (one for one in _issued(case) if _leaf(one) in leaves))


def roots_of(view: View) -> frozenset[str]:
    """Return which of those who signed for us sign themselves, by SHA-256: they belong into Root."""
    issued = (one for case in view.rollout.certificates.values() for one in _issued(case))
    return frozenset(one.sha256 for one in map(anchor_of, issued) if one is not None and one.self_issued)


def _shown(case: CertificateCase, view: View) -> frozenset[str]:
    """Return the SHA-256 of what the servers of a UMCertificate show at present."""
    return frozenset(
        service.tls.value.leaf.sha256
        for server in view.rollout.of(case.item.key)
        for service in server.services.values()
        if isinstance(service.tls, Known) and isinstance(service.tls.value, TLS)
    )


def _anchors(case: CertificateCase, revisions: Iterable[RevisionFact]) -> Mapping[str, str]:
    return {
        anchor.sha256: str(Revision(case.item.name, revision.number, revision.server))
        for revision in revisions
        if (anchor := anchor_of(revision)) is not None
    }


def _issued(case: CertificateCase) -> Iterator[RevisionFact]:
    revisions = case.revisions.value if isinstance(case.revisions, Known) else ()
    yield from (revision for revision in revisions if revision.leaf is not None)


def _leaf(revision: RevisionFact) -> str:
    return revision.leaf.sha256 if revision.leaf else ""


def lacking(server: ServerCase, wanted: Iterable[CertificateFact]) -> tuple[str, ...]:
    """Return the SHA-256 of those that a server's stores are known to lack, roots in Root, others in CA."""
    if isinstance(server.stores, Unknown):
        return ()
    stores = server.stores.value
    return tuple(
        one.sha256
        for one in wanted
        if one.sha256 not in (stores.roots if one.self_issued else stores.intermediates)
    )


def authorities_of(item: DesiredGateway, view: View) -> tuple[CertificateFact, ...]:
    """Return who signed a gateway's certificate as its manifest says, nobody while that is not known."""
    fact = view.snapshot.authorities.get(item.key)
    return fact.value if isinstance(fact, Known) else ()


def lacking_of(item: DesiredGateway, view: View) -> Iterator[tuple[ServerCase, tuple[str, ...]]]:
    """Yield the servers that are known to lack who signed a gateway's certificate, and what they lack.

    Only servers that a UMCertificate looks after: whom others trust is not ours to say (R2).
    """
    looked_after = {key for case in view.rollout.certificates.values() for key in case.servers}
    for key, server in view.rollout.servers.items():
        if key in looked_after and (missing := lacking(server, authorities_of(item, view))):
            yield server, missing
