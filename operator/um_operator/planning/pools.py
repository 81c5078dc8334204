"""Lync pools as Exchange sees them: each is a gateway, which a LyncIntegration declares, and no UMIPGateway.

So whatever holds for gateways holds for pools as well: their ports belong to SECURE of a plan (R18), and a
new chain waits for them (R6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from um_operator.api.gateway_trust import GatewayTrust
from um_operator.api.meta import ObjectKey
from um_operator.desired.declared import canonical_address
from um_operator.desired.hunt_groups import hunt_group_name
from um_operator.desired.organization import (
    DesiredGateway,
    DesiredHuntGroup,
    DesiredLyncIntegration,
    DesiredOrganization,
    DesiredPool,
)
from um_operator.observed.exchange import GatewayFact, HuntGroupFact
from um_operator.observed.fact import Known
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key

GATEWAY_NAME_MAX: Final = 64
TAKEN: Final = "-pool"
"""Ends the name of a pool's new gateway where another one has the pool's name."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A declared pool and the gateway that stands for it.

    Attributes:
        item: the integration that names it.
        declared: as which the gateway is wanted; its ``key`` is that of the integration. ``None``: a
            UMIPGateway declares it.
    """

    item: DesiredLyncIntegration
    pool: DesiredPool
    gateway: str
    declared: DesiredGateway | None


def pools_of(desired: DesiredOrganization, snapshot: Snapshot) -> tuple[Pool, ...]:
    """Return the declared pools; none while it is not known which gateways there are (R1)."""
    if not isinstance(snapshot.gateways, Known):
        return ()
    live = [fact.value for fact in snapshot.gateways.value.values() if isinstance(fact, Known)]
    groups = snapshot.hunt_groups.value if isinstance(snapshot.hunt_groups, Known) else ()
    return tuple(_pools(desired, live, snapshot.gateways.value, groups))


def _pools(
    desired: DesiredOrganization,
    live: list[GatewayFact],
    taken: Mapping[str, object],
    groups: tuple[HuntGroupFact, ...],
) -> Iterator[Pool]:
    names = {item.key: item.name for item in desired.gateways}
    for item in desired.lync_integrations:
        for pool in () if item.obstacles or item.deleting else item.pools:
            if pool.gateway is not None:
                yield Pool(item, pool, names.get(pool.gateway, pool.gateway.name), None)
                continue
            name = _name(pool, live, taken)
            yield Pool(item, pool, name, _as_gateway(item, pool, name, groups))


def _name(pool: DesiredPool, live: list[GatewayFact], taken: Mapping[str, object]) -> str:
    """Return the name of the gateway that has the pool's address, else the one that a new one gets."""
    own = sorted(one.name for one in live if canonical_address(one.address) == pool.fqdn)
    name = pool.fqdn[:GATEWAY_NAME_MAX]
    if own or name_key(name) not in taken:
        return own[0] if own else name
    return f"{name[: GATEWAY_NAME_MAX - len(TAKEN)]}{TAKEN}"


def _as_gateway(
    item: DesiredLyncIntegration, pool: DesiredPool, name: str, groups: tuple[HuntGroupFact, ...]
) -> DesiredGateway:
    trust = item.spec.trust
    return DesiredGateway(
        key=item.key,
        generation=item.generation,
        care=item.care,
        deleting=False,
        requested_retry=item.requested_retry,
        name=name,
        deletion_policy="Orphan",
        properties={"address": pool.fqdn, "port": pool.port},
        address=pool.fqdn,
        port=pool.port,
        state=None,
        media="SRTP",  # whether it fits is asked of the pool's media configuration
        hunt_groups=tuple(_hunt_group(name, plan.name, plan.key, groups) for plan in item.dial_plans),
        trust=GatewayTrust.model_construct(
            ca_ref=trust.ca_ref, attested=trust.attested, on_untrusted_peer=trust.on_untrusted_peer
        ),
    )


def _hunt_group(
    gateway: str, plan: str, key: ObjectKey, groups: tuple[HuntGroupFact, ...]
) -> DesiredHuntGroup:
    """Return the link of a pool to a plan: one that is there, with whatever pilot, else a new one.

    Its pilot is the plan's name, as ExchUcUtil.ps1 has it, which so finds it and makes no other (field
    notes 6.1).
    """
    wanted = (name_key(gateway), name_key(plan))
    there = next((g for g in groups if (name_key(g.gateway), name_key(g.dial_plan)) == wanted), None)
    pilot = there.pilot_identifier if there else plan
    name = there.name if there else hunt_group_name(gateway, plan, pilot)
    return DesiredHuntGroup(gateway, plan, pilot, name, key)
