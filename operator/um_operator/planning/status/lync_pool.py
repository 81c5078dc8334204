"""The status of a Lync pool and its front ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from um_operator.api.condition import MESSAGE_MAX
from um_operator.api.lync_status import (
    MAX_FRONT_ENDS,
    FrontEndState,
    FrontEndStatus,
    LyncPoolStatus,
    PoolRestart,
)
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredPool
from um_operator.observed.fact import Known
from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.observed.hosts import ServiceStatus
from um_operator.observed.lync import FrontEndFacts, LyncFacts, PoolFact, Product, media_encryption
from um_operator.observed.values import name_key
from um_operator.planning.quorum import FEWEST, quorum_of
from um_operator.planning.rollout.lync_hosts import holds
from um_operator.planning.rollout.peers import shown_revision
from um_operator.planning.rollout.trust import anchor_of
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation
from um_operator.planning.view import View

Trust: TypeAlias = Literal["Trusted", "Untrusted", "Unknown"]

_STATES: Final[Mapping[ServiceStatus, FrontEndState]] = {
    "Running": "Running",
    "Stopped": "Stopped",
    "StartPending": "Starting",
    "StopPending": "Stopping",
}
BY_HAND: Final = frozenset({Reason.POOL_TOO_SMALL, Reason.RESTART_BY_HAND})
FOR_SIP: Final = "Default"
"""The use of the certificate with which servers of Lync speak SIP (Get-CsCertificate)."""


def pool_status(situation: Situation, pool: DesiredPool) -> LyncPoolStatus:
    """Return what the topology, its servers and Exchange show of a pool."""
    lync = situation.view.snapshot.lync
    pools = lync.pools if lync else None
    fact = pools.value.get(name_key(pool.fqdn)) if isinstance(pools, Known) else None
    restart, cause = _restart(situation, pool)
    return LyncPoolStatus(
        fqdn=pool.fqdn,
        restart=restart,
        restart_cause=cause[:MESSAGE_MAX] or None,
        **_gateway(situation.view, pool),
        **(_of_topology(situation.view, lync, fact) if lync and fact else {}),
    )


def _restart(situation: Situation, pool: DesiredPool) -> tuple[PoolRestart, str]:
    """Return whether front ends owe a restart and whose it is, and why."""
    remembered = situation.view.ledger.entry(situation.view.desired.key)
    found = next((one for one in situation.findings if one.path == f"pools[{pool.fqdn}].restart"), None)
    cause = found.message if found else ""
    if any(name_key(one.pool) == name_key(pool.fqdn) for one in remembered.stopped.values()):
        return "Restarting", cause
    if found is not None:
        return ("Manual" if found.reason in BY_HAND else "Pending"), cause
    return ("NotNeeded" if name_key(pool.fqdn) in remembered.integrated else "Unknown"), ""


def _gateway(view: View, pool: DesiredPool) -> Mapping[str, Any]:
    """Return the gateway in Exchange that stands for a pool."""
    names = view.gateways_by_address.get(pool.fqdn, ())
    fact = view.gateway(names[0]) if names else None
    live = fact.value if isinstance(fact, Known) else None
    if live is None:
        return {}
    return {"gateway": live.name, "outcalls_allowed": live.properties.get("outcallsAllowed")}


def _of_topology(view: View, lync: LyncFacts, fact: PoolFact) -> Mapping[str, Any]:
    state = lync.pool_states.get(name_key(fact.fqdn))
    version, product = _version(lync, fact)
    rows = tuple(_front_ends(view, lync, fact))
    media = media_encryption(fact, lync.media.value) if isinstance(lync.media, Known) else None
    homed = state.users_homed if state else None
    return {
        "edition": fact.edition,
        "version": version,
        "media_encryption": media,
        "users_homed": homed.value if isinstance(homed, Known) else None,
        "front_ends": rows[:MAX_FRONT_ENDS],
        **(_running(fact, product, rows) if all(row.state != "Unknown" for row in rows) else {}),
    }


def _running(fact: PoolFact, product: Product | None, rows: Collection[FrontEndStatus]) -> Mapping[str, Any]:
    """Return how many front ends of a pool run, and how many of those it can spare."""
    running = {name_key(row.name) for row in rows if row.state == "Running"}
    quorum = quorum_of(len(fact.computers), product) if product and len(fact.computers) >= FEWEST else None
    margin = quorum.margin(fact.computers, running) if quorum else None
    return {"running_count": len(running), "quorum_margin": margin}


def _version(lync: LyncFacts, fact: PoolFact) -> tuple[str | None, Product | None]:
    """Return the version of a pool's front ends and its product, as the first that tells it has them."""
    replicas = lync.replicas.value if isinstance(lync.replicas, Known) else {}
    for computer in fact.computers:
        replica = replicas.get(name_key(computer))
        if replica is not None and replica.version:
            return ".".join(map(str, replica.version)), replica.product
    return None, None


def _front_ends(view: View, lync: LyncFacts, fact: PoolFact) -> Iterator[FrontEndStatus]:
    pool = lync.pool_states.get(name_key(fact.fqdn))
    readiness = pool.readiness.value if pool and isinstance(pool.readiness, Known) else None
    for computer in fact.computers:
        host = lync.front_ends.get(name_key(computer))
        domain = readiness.domain_of(computer) if readiness else None
        yield FrontEndStatus(
            name=computer,
            state=_state(host),
            trust=_trust(view, host),
            upgrade_domain=domain.name if domain else None,
            not_after=_not_after(host),
        )


def _state(host: FrontEndFacts | None) -> FrontEndState:
    services = host.services.value if host and isinstance(host.services, Known) else {}
    service = services.get(name_key(FRONT_END_SERVICE))
    return _STATES.get(service.status, "Unknown") if service else "Unknown"


def _trust(view: View, host: FrontEndFacts | None) -> Trust:
    """Return whether a host trusts the CAs of all UM certificates; unknown before there is one."""
    revisions = (shown_revision(case.revisions) for case in view.rollout.certificates.values())
    anchors = [anchor_of(revision) if revision else None for revision in revisions]
    if host is None or not isinstance(host.stores, Known) or None in anchors or not anchors:
        return "Unknown"
    stores = host.stores.value
    held = (one and holds(stores, one.sha256, is_root=one.self_issued) for one in anchors)
    return "Trusted" if all(held) else "Untrusted"


def _not_after(host: FrontEndFacts | None) -> str | None:
    rows = host.certificates.value if host and isinstance(host.certificates, Known) else ()
    leaf = next((row.certificate for row in rows if row.use == FOR_SIP and row.certificate), None)
    return instant(leaf.not_after) if leaf else None
