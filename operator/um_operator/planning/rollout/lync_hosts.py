"""Whether the hosts of a Lync pool trust a chain of ours: each shows its own stores (R5, R6)."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.observed.certificates import HostStores, RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.lync import PoolFact
from um_operator.observed.values import name_key
from um_operator.planning.pools import Pool
from um_operator.planning.rollout.trust import Judgement, anchor_of
from um_operator.planning.view import View


def pool_fact(fqdn: str, view: View) -> Fact[PoolFact | None]:
    """Return a pool of the topology, Known(None): the topology certainly has none of that name (R1)."""
    lync = view.snapshot.lync
    if lync is None:
        return Unknown("NotRead", "Lync was not read", view.now)
    if isinstance(lync.pools, Unknown):
        return lync.pools
    return Known(lync.pools.value.get(name_key(fqdn)), lync.pools.read_at)


def stores_of(pool: Pool, view: View) -> Iterator[tuple[str, Fact[HostStores]]]:
    """Yield the computers of a pool by FQDN, each with what it trusts; nobody of a pool that is not known."""
    fact, lync = pool_fact(pool.pool.fqdn, view), view.snapshot.lync
    if not isinstance(fact, Known) or fact.value is None or lync is None:
        return
    for fqdn in fact.value.computers:
        host = lync.front_ends.get(name_key(fqdn))
        yield fqdn, host.stores if host else Unknown("NotRead", f'"{fqdn}" was not read', view.now)


def holds(stores: HostStores, sha256: str, *, is_root: bool) -> bool:
    """Whether a CA is where a host looks for it: a root in Root, for one in CA is not trusted."""
    return sha256 in stores.roots or (not is_root and sha256 in stores.intermediates)


def trust_of(pool: Pool, revision: RevisionFact, view: View) -> Judgement:
    """Return whether every host of a pool trusts a revision's chain: one that does not loses its calls."""
    anchor, stores = anchor_of(revision), dict(stores_of(pool, view))
    if anchor is None or not stores:
        return Judgement("Unknown", f'the hosts of pool "{pool.pool.fqdn}" are not known')
    known = {fqdn: fact.value for fqdn, fact in stores.items() if isinstance(fact, Known)}
    lacking = [
        fqdn for fqdn, value in known.items() if not holds(value, anchor.sha256, is_root=anchor.self_issued)
    ]
    if lacking:
        names = ", ".join(f'"{fqdn}"' for fqdn in lacking)
        return Judgement("Untrusted", f"its CA is not in the stores of {names}")
    for fqdn, fact in stores.items():
        if isinstance(fact, Unknown):
            return Judgement("Unknown", f'the stores of "{fqdn}" were not read: {fact.message}')
        if fact.read_at < view.now - 2 * view.desired.interval:
            return Judgement("Unknown", f'the stores of "{fqdn}" were read too long ago')
    return Judgement("Trusted", by="Delivery")
