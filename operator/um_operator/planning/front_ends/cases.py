"""Pools as they were read and as they are wanted, put side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.lync import LyncFacts, PoolFact, Product
from um_operator.observed.restarts import Integrated
from um_operator.observed.values import name_key
from um_operator.planning.front_ends.pool import PoolCase, Wish
from um_operator.planning.plan import POLL
from um_operator.planning.rollout.authorities import in_use
from um_operator.planning.view import View


def pool_case(fact: Known[PoolFact], wish: Wish, lync: LyncFacts, entry: ObjectEntry) -> PoolCase:
    """Return a pool of the topology.

    Args:
        fact: the pool.
        wish: what is wanted of it.
        lync: what was read.
        entry: of the organisation, which remembers front ends.
    """
    pool = fact.value
    keys, key = [name_key(one) for one in pool.computers], name_key(pool.fqdn)
    not_read = Unknown("NotRead", f'pool "{pool.fqdn}" was not read', fact.read_at)
    state = lync.pool_states.get(key)
    front_ends = {one: lync.front_ends.get(one) for one in keys}
    return PoolCase(
        wish,
        pool,
        _product(keys, lync),
        {one: facts.services if facts else not_read for one, facts in front_ends.items()},
        _replicated(keys, lync),
        state.users_homed if state else not_read,
        state.readiness if state else not_read,
        state.fabric if state else not_read,
        {one: stopped for one, stopped in entry.stopped.items() if stopped.pool == key},
        entry.integrated.get(key),
        {
            one: facts.events.value
            for one, facts in front_ends.items()
            if facts is not None and isinstance(facts.events, Known)
        },
    )


def cases_of(view: View, item: DesiredLyncIntegration) -> tuple[PoolCase, ...]:
    """Return the pools of an integration that the topology has, in its order; none while that is unread."""
    if item.blocked is not None or item.deleting:
        return ()
    found = ((pool.fqdn, _in_topology(view, pool.fqdn)) for pool in item.pools)
    return tuple(_wanted(view, item, fact) for _, fact in found if fact is not None)


def case_named(view: View, fqdn: str) -> PoolCase | None:
    """Return a pool by its FQDN, of whatever integration, also one that no usable one declares any more.

    ``None``: nothing is known of it.
    """
    for item in view.desired.lync_integrations:
        for case in cases_of(view, item):
            if name_key(case.fact.fqdn) == name_key(fqdn):
                return case
    fact, lync = _in_topology(view, fqdn), view.snapshot.lync
    if fact is None or lync is None:
        return None
    return pool_case(fact, Wish(view.desired.key), lync, view.ledger.entry(view.desired.key))


def effective_at(item: DesiredLyncIntegration, view: View) -> datetime | None:
    """Return when every server must have read what was written last for an integration (field notes 3.6).

    That is: dial plans, gateways and hunt groups, each of which a server reads on its own ten-minute phase.
    ``None``: nothing was written.
    """
    named = {name_key(pool.gateway) for pool in view.pools.values() if pool.item.key == item.key}
    gateways = (one.key for one in view.desired.gateways if name_key(one.name) in named)
    keys = (item.key, *(plan.key for plan in item.dial_plans), *gateways)
    written = [at for key in keys if (at := view.ledger.entry(key).written_at) is not None]
    return max(written) + view.desired.spec.replication_grace + POLL if written else None


def cases_seen(lync: LyncFacts | None, wish: Wish, entry: ObjectEntry) -> Mapping[str, PoolCase]:
    """Return the pools of which something is remembered, as they were read; no matter who declares them."""
    if lync is None or not isinstance(lync.pools, Known):
        return {}
    named = {*entry.integrated, *(stopped.pool for stopped in entry.stopped.values())}
    pools, read_at = lync.pools.value, lync.pools.read_at
    return {
        key: pool_case(Known(pools[key], read_at), wish, lync, entry) for key in sorted(named) if key in pools
    }


def _in_topology(view: View, fqdn: str) -> Known[PoolFact] | None:
    lync = view.snapshot.lync
    if lync is None or not isinstance(lync.pools, Known):
        return None
    fact = lync.pools.value.get(name_key(fqdn))
    return Known(fact, lync.pools.read_at) if fact is not None else None


def _wanted(view: View, item: DesiredLyncIntegration, fact: Known[PoolFact]) -> PoolCase:
    entry, lync = view.ledger.entry(view.desired.key), view.snapshot.lync
    assert lync is not None
    restart = item.spec.front_end_restart
    wish = Wish(
        item.key,
        restart.policy,
        restart.strategy,
        restart.drain_timeout,
        tuple(sorted(plan.name for plan in item.dial_plans)),
        _chain(view, entry.integrated.get(name_key(fact.value.fqdn))),
    )
    return pool_case(fact, wish, lync, entry)


def _chain(view: View, known: Integrated | None) -> str:
    """Return what the certificates of UM are trusted by; what is remembered while that is not known."""
    certificates = view.rollout.certificates.values()
    if any(isinstance(case.revisions, Unknown) for case in certificates):
        return known.chain if known else ""
    anchors = {sha256 for case in certificates for sha256 in in_use(case, view)}
    return hashlib.sha256(",".join(sorted(anchors)).encode()).hexdigest() if anchors else ""


def _product(keys: Iterable[str], lync: LyncFacts) -> Product | None:
    """Return which product runs on the front ends, ``None`` where that is not known, or not one."""
    replicas = lync.replicas.value if isinstance(lync.replicas, Known) else {}
    found = {replicas[key].product if key in replicas else None for key in keys}
    return found.pop() if len(found) == 1 else None


def _replicated(keys: Iterable[str], lync: LyncFacts) -> Fact[Mapping[str, bool]]:
    replicas = lync.replicas
    if isinstance(replicas, Unknown):
        return replicas
    rows = replicas.value
    return Known({key: key in rows and rows[key].up_to_date for key in keys}, replicas.read_at)
