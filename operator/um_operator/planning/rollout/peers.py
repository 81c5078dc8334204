"""Those who speak TLS with the UM services, and how they hold back a chain that they may not trust (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.exchange import GatewayFact, HuntGroupFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener
from um_operator.observed.peers import PeerLook
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.trust import bundle_name
from um_operator.observed.values import name_key
from um_operator.planning.plan import Need, Wait
from um_operator.planning.pools import Pool
from um_operator.planning.rollout import lync_hosts
from um_operator.planning.rollout.authorities import in_use, roots_of
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.trust import (
    Judgement,
    anchor_of,
    authorities_of,
    judged,
    shares_chain,
)
from um_operator.planning.steps import subjects
from um_operator.planning.view import View, known_rows

UNDER_WAY: Final = Reason.WAITING_FOR_READING
"""Why nothing is known of a gateway that is being looked at."""
SOON: Final = timedelta(seconds=5)
"""When to see what became of a look that is under way."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway that speaks TLS with us: it is linked to a secured dial plan."""

    name: str
    declared: DesiredGateway | None

    def answered_for(self, revision: RevisionFact) -> bool:
        """Whether a person says that it trusts a CA of the revision's chain."""
        attested = self.declared.trust.attested if self.declared and self.declared.trust else ()
        return any(authority.sha256 in attested for authority in authorities_of(revision))

    def lets(self, revision: RevisionFact) -> bool:
        """Whether a person lets a new chain go: the CA is attested, or the gateway does not hold us back."""
        trust = self.declared.trust if self.declared else None
        proceeds = trust is not None and trust.on_untrusted_peer == "Proceed"
        return proceeds or self.answered_for(revision)


def secured_gateways(snapshot: Snapshot) -> Iterator[GatewayFact]:
    """Yield the gateways, declared or not, that are linked to a secured dial plan."""
    linked = _linked_to_secured(snapshot)
    yield from (row for row in known_rows(snapshot.gateways) if name_key(row.name) in linked)


def tls_peers(view: View) -> Iterator[Peer]:
    """Yield those who speak TLS with us, also those that could not be understood (R1).

    Pools never speak anything else, whatever their plans are (R6).
    """
    names = {name_key(row.name): row.name for row in known_rows(view.snapshot.gateways)}
    for key in sorted({*_linked_to_secured(view.snapshot), *view.pools}):
        yield Peer(names.get(key, key), view.gateways.get(key))


def as_peer(item: DesiredGateway, view: View) -> Peer | None:
    """Return a declared gateway as one who speaks TLS with us, ``None`` if it does not."""
    groups = view.groups_of_gateway.get(name_key(item.name), ())
    return Peer(item.name, item) if any(_is_secured(group, view.snapshot) for group in groups) else None


def _linked_to_secured(snapshot: Snapshot) -> frozenset[str]:
    groups = snapshot.hunt_groups.value if isinstance(snapshot.hunt_groups, Known) else ()
    return frozenset(name_key(group.gateway) for group in groups if _is_secured(group, snapshot))


def _is_secured(group: HuntGroupFact, snapshot: Snapshot) -> bool:
    """Whether the plan of a hunt group is secured, or could not be understood (R1)."""
    plans = snapshot.dial_plans.value if isinstance(snapshot.dial_plans, Known) else {}
    plan = plans.get(name_key(group.dial_plan))
    return isinstance(plan, Unknown) or (plan is not None and plan.value.voip_security != "Unsecured")


def looks_at(snapshot: Snapshot, gateway: str) -> tuple[Fact[PeerLook], ...]:
    """Return what is known of looks at a gateway, by its name in Exchange: one for each certificate shown."""
    wanted = name_key(gateway)
    return tuple(fact for (name, _), fact in snapshot.peers.items() if name == wanted)


def shown_revision(revisions: Fact[tuple[RevisionFact, ...]]) -> RevisionFact | None:
    """Return as which certificate peers are looked at: the newest one that is issued.

    Before it is bound anywhere it is the next one, afterwards the current one.
    """
    issued = [one for one in revisions.value if one.leaf] if isinstance(revisions, Known) else []
    return max(issued, key=lambda one: (one.number, one.server or ""), default=None)


def trust_of(peer: Peer, revision: RevisionFact, owner: ObjectKey, view: View) -> Judgement:
    """Return whether a peer trusts a revision's chain: as the wire tells, else as its device does (R6).

    A pool is many hosts, of which the wire shows one: each has to be asked itself.
    """
    pool = view.pools.get(name_key(peer.name))
    if pool is not None:
        return lync_hosts.trust_of(pool, revision, view)
    judgement = _on_the_wire(peer, revision, owner, view)
    if judgement.state == "Unknown" and _is_delivered(peer, revision, view):
        return Judgement("Trusted", by="Delivery")
    return judgement


def _is_delivered(peer: Peer, revision: RevisionFact, view: View) -> bool:
    """Whether the device of a peer lately showed the root of the chain, in force and kept.

    An intermediate is not enough: OpenSSL believes no chain whose root it does not have.
    """
    fact = view.snapshot.deliveries.get(peer.declared.key) if peer.declared else None
    if not isinstance(fact, Known) or fact.read_at < view.now - 2 * view.desired.interval:
        return False
    anchor = anchor_of(revision)
    return anchor is not None and anchor.sha256 in fact.value.held


def _on_the_wire(peer: Peer, revision: RevisionFact, owner: ObjectKey, view: View) -> Judgement:
    fact = view.snapshot.peers.get((name_key(peer.name), owner))
    if fact is None:
        return Judgement("Unknown", "it was not looked at")
    if isinstance(fact, Unknown):
        return Judgement("Unknown", fact.message)
    known = view.snapshot.revisions.get(owner)
    judgement = judged(fact.value, revision, known.value if isinstance(known, Known) else (revision,))
    if judgement.state == "Trusted" and fact.read_at < view.now - 2 * view.desired.interval:
        return Judgement("Unknown", "what it showed was too long ago")
    return judgement


def untrusting(server: ServerCase, revision: RevisionFact, owner: ObjectKey, view: View) -> Iterator[Wait]:
    """Yield the peers that are not known to trust a chain which the server does not serve yet."""
    if served_before(server, revision, view):
        return
    for peer in tls_peers(view):
        if peer.lets(revision):
            continue
        judgement = trust_of(peer, revision, owner, view)
        if judgement.state != "Trusted":
            yield _wait(peer, revision, owner, judgement, view)


def _wait(peer: Peer, revision: RevisionFact, owner: ObjectKey, judgement: Judgement, view: View) -> Wait:
    """Return what a new chain waits for, and how a person lets it go."""
    who = str(peer.declared.key) if peer.declared else peer.name
    fact = view.snapshot.peers.get((name_key(peer.name), owner))
    if isinstance(fact, Unknown) and fact.reason == UNDER_WAY:
        return Wait(Reason.WAITING_FOR_READING, fact.message, who, until=view.now + SOON)
    if (delivered := _to_be_delivered(peer, who, owner, view)) is not None:
        return delivered
    chain = f'the chain of revision "{revision.number}"'
    anchor = anchor_of(revision)
    first = "" if peer.declared else "declare it as UMIPGateway, and "
    attest = f'{first}name it in its spec.trust.attested: "{anchor.sha256 if anchor else ""}"'
    if judgement.state == "Untrusted":
        message = (
            f'gateway "{peer.name}" does not trust {chain}: {judgement.why}; load the CA of '
            f'"{owner.name}-trust" there; if it has it all the same, {attest}'
        )
        return Wait(Reason.WAITING_FOR_TRUST, message, who, detail=Reason.PEER_UNTRUSTED)
    message = (
        f'whether gateway "{peer.name}" trusts {chain} is not known: {judgement.why}; once it has the CA of '
        f'"{owner.name}-trust", {attest}'
    )
    return Wait(Reason.WAITING_FOR_TRUST, message, who, detail=Reason.PEER_TRUST_UNKNOWN)


def _to_be_delivered(peer: Peer, who: str, owner: ObjectKey, view: View) -> Wait | None:
    """Return that CAs are being brought to a peer's device or hosts, if they are and it lacks any."""
    if (pool := view.pools.get(name_key(peer.name))) is not None:
        return _to_be_installed(pool, who, owner, view)
    trust = peer.declared.trust if peer.declared else None
    fact = view.snapshot.deliveries.get(peer.declared.key) if peer.declared else None
    case = view.rollout.certificates.get(owner)
    if trust is None or trust.delivery is None or not isinstance(fact, Known) or case is None:
        return None
    if fact.value.held.issuperset(in_use(case, view)):
        return None
    need = Need(subjects.of_device(peer.name, bundle_name(owner.name)))
    message = f'the CAs are not on the device of gateway "{peer.name}" yet'
    return Wait(Reason.WAITING_FOR_TRUST, message, who, needs=(need,))


def _to_be_installed(pool: Pool, who: str, owner: ObjectKey, view: View) -> Wait | None:
    """Return that CAs are being added to the stores of a pool's hosts, if they are and any lacks some."""
    case = view.rollout.certificates.get(owner)
    if pool.item.spec.trust.policy != "Install" or case is None:
        return None
    wanted, roots = in_use(case, view), roots_of(view)
    lacking = [
        fqdn
        for fqdn, fact in lync_hosts.stores_of(pool, view)
        if isinstance(fact, Known)
        and not all(lync_hosts.holds(fact.value, one, is_root=one in roots) for one in wanted)
    ]
    if not lacking:
        return None
    names = ", ".join(f'"{fqdn}"' for fqdn in lacking)
    needs = tuple(Need(subjects.of_stores(fqdn)) for fqdn in lacking)
    return Wait(Reason.WAITING_FOR_TRUST, f"the CAs are not in the stores of {names} yet", who, needs=needs)


def served_before(server: ServerCase, revision: RevisionFact, view: View) -> bool:
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
    former = view.rollout.revision_serving(owner, served.leaf.sha256)
    if former is not None and former.leaf is not None:
        return shares_chain(former, revision)
    sent = {issuer.sha256 for issuer in served.sent}
    signed_both = sent & {authority.sha256 for authority in authorities_of(revision)}
    return bool(signed_both) and served.leaf.issuer == revision.leaf.issuer
