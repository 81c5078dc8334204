"""Whether those who speak TLS with the UM services trust a chain (R5, R6): seen, not, or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.certificates import CertificateFact, RevisionFact
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import TLS, Listener
from um_operator.observed.values import name_key
from um_operator.planning.plan import Wait
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.view import View, known_rows


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway that speaks TLS with us: it is linked to a secured dial plan."""

    name: str
    declared: DesiredGateway | None

    def lets(self, authorities: frozenset[str]) -> bool:
        """Whether a person answers for it: the CA is attested, or the gateway does not hold us back."""
        trust = self.declared.trust if self.declared else None
        if trust is None:
            return False
        return trust.on_untrusted_peer == "Proceed" or bool(authorities & set(trust.attested))


def authorities_of(leaf: CertificateFact, chain: tuple[CertificateFact, ...]) -> frozenset[str]:
    """Return the SHA-256 of the CAs by which a certificate is trusted; of itself where it is self-signed."""
    return frozenset({issuer.sha256 for issuer in chain} or {leaf.sha256})


def untrusting(server: ServerCase, revision: RevisionFact, view: View) -> Iterator[Wait]:
    """Yield the peers that are not known to trust a chain which the server does not serve yet."""
    assert revision.leaf is not None
    authorities = authorities_of(revision.leaf, revision.chain)
    if _served_before(server, revision, view):
        return
    anchor = (revision.chain or (revision.leaf,))[-1].sha256
    for peer in tls_peers(view):
        if not peer.lets(authorities):
            message = (
                f'whether gateway "{peer.name}" trusts the chain of revision "{revision.number}" is not '
                f'known; once it has the CA, name it in its spec.trust.attested: "{anchor}"'
            )
            yield Wait(
                Reason.WAITING_FOR_TRUST,
                message,
                f"UMIPGateway/{peer.declared.key.name}" if peer.declared else peer.name,
                detail=Reason.PEER_TRUST_UNKNOWN,
            )


def tls_peers(view: View) -> Iterator[Peer]:
    """Yield the gateways, declared or not, that are linked to a secured dial plan."""
    secured = {
        name_key(plan.name)
        for plan in known_rows(view.snapshot.dial_plans)
        if plan.voip_security != "Unsecured"
    }
    linked = {name_key(group.gateway) for plan in secured for group in view.groups_of_plan.get(plan, ())}
    for gateway in known_rows(view.snapshot.gateways):
        if name_key(gateway.name) in linked:
            yield Peer(gateway.name, view.gateways.get(name_key(gateway.name)))


def _served_before(server: ServerCase, revision: RevisionFact, view: View) -> bool:
    """Whether every service serves a certificate of the same chain now, so that its peers need nothing new.

    What is sent need not have the root in it: a former revision of ours knows its chain; of any other
    certificate, one common issuer that signed both is enough.
    """
    return bool(server.targets) and all(
        _same_chain(server.services[name].tls, revision, view, target.owner)
        for name, target in server.targets.items()
    )


def _same_chain(tls: Fact[Listener], revision: RevisionFact, view: View, owner: ObjectKey) -> bool:
    if revision.leaf is None or not (isinstance(tls, Known) and isinstance(tls.value, TLS)):
        return False
    served = tls.value
    if served.leaf.sha256 == revision.leaf.sha256:
        return True
    authorities = authorities_of(revision.leaf, revision.chain)
    former = view.rollout.revision_serving(owner, served.leaf.sha256)
    if former is not None and former.leaf is not None:
        return bool(authorities & authorities_of(former.leaf, former.chain))
    sent = {issuer.sha256 for issuer in served.sent}
    return bool(sent & authorities) and served.leaf.issuer == revision.leaf.issuer
