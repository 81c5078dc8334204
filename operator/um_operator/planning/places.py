"""Where gateways are looked at: the port that speaks TLS with us or is to (R18), else that of plain SIP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from um_operator.api.sip import SIP_PORT, SIP_TLS_PORT
from um_operator.desired.declared import canonical_address
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.grouping import grouped
from um_operator.planning.scope import GatewayScope, Scope
from um_operator.planning.view import known_rows


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gateway is looked at.

    Attributes:
        gateway: ``name_key`` of its name in Exchange.
        host: its address, canonical.
        tls: whether it is to speak TLS there.
        declared: how it may be looked at, ``None``: nobody declared it.
    """

    gateway: str
    host: str
    port: int
    tls: bool
    declared: GatewayScope | None

    def __str__(self) -> str:
        """Return how messages name it."""
        return f'"{self.host}:{self.port}"'


def places(scope: Scope, snapshot: Snapshot) -> Iterator[Place]:
    """Yield where each gateway is looked at that is declared or linked.

    Of a secured dial plan: where Exchange has it. Before, where securing the plan will have it: the declared
    address and port, else 5061; what nobody declared stays where it is. All others in plain SIP.
    """
    linked = _linked(snapshot)
    live = {name_key(row.name): row for row in known_rows(snapshot.gateways)}
    declared = {name_key(name): item for item in scope.gateways if (name := _name(item, live))}
    for key in sorted({*declared, *(linked.keys() & live.keys())}):
        plans = linked.get(key, frozenset())
        place = _place(key, live.get(key), declared.get(key), scope, snapshot, plans)
        if place.host:
            yield place


def _name(item: GatewayScope, live: Mapping[str, GatewayFact]) -> str:
    """Return the name of a declared gateway; that of a pool is the name of the gateway with its address."""
    if item.name:
        return item.name
    return next((one.name for one in live.values() if canonical_address(one.address) == item.address), "")


def _place(  # noqa: PLR0917 - a gateway as it is, as it is wanted, and its dial plans
    key: str,
    live: GatewayFact | None,
    declared: GatewayScope | None,
    scope: Scope,
    snapshot: Snapshot,
    linked: frozenset[str],
) -> Place:
    wanted = declared.plans if declared else frozenset()
    address, port = (live.address, live.port) if live else ("", SIP_PORT)
    is_secured = any(_is_secured(plan, snapshot) for plan in linked)
    becomes_secured = not scope.secured_plans.isdisjoint(linked | wanted)
    if declared and (live is None or (becomes_secured and not is_secured)):
        address = declared.address or address
        port = declared.port or (SIP_TLS_PORT if becomes_secured else port)
    return Place(key, canonical_address(address), port, is_secured or becomes_secured, declared)


def _linked(snapshot: Snapshot) -> Mapping[str, frozenset[str]]:
    """Return the dial plans (``name_key``) that each gateway is linked to."""
    groups = snapshot.hunt_groups.value if isinstance(snapshot.hunt_groups, Known) else ()
    by_gateway = grouped(groups, lambda group: name_key(group.gateway))
    return {key: frozenset(name_key(one.dial_plan) for one in of) for key, of in by_gateway.items()}


def _is_secured(plan: str, snapshot: Snapshot) -> bool:
    """Whether a dial plan is secured, or could not be understood (R1)."""
    fact = snapshot.dial_plans.value.get(plan) if isinstance(snapshot.dial_plans, Known) else None
    return isinstance(fact, Unknown) or (fact is not None and fact.value.voip_security != "Unsecured")
