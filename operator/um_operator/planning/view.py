"""What a decision looks at: the declared, the observed, the remembered, and the instant; with indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from um_operator.api.meta import ObjectKey
from um_operator.desired.declared import canonical_address
from um_operator.desired.organization import (
    DesiredDialPlan,
    DesiredGateway,
    DesiredOrganization,
    DesiredResource,
)
from um_operator.observed.exchange import DialPlanFact, GatewayFact, HuntGroupFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.grouping import grouped
from um_operator.planning.pools import Pool, pools_of
from um_operator.planning.rollout.counted import counted
from um_operator.planning.rollout.rollout import Rollout

T = TypeVar("T")


def find(facts: Fact[Mapping[str, Fact[T]]], name: str) -> Fact[T | None]:
    """Return an object of a list by its name in Exchange: Known(None) if it is certainly absent (R1)."""
    if isinstance(facts, Unknown):
        return facts
    fact = facts.value.get(name_key(name))
    if fact is None:
        return Known(None, facts.read_at)
    return fact if isinstance(fact, Unknown) else Known(fact.value, fact.read_at)


def known_rows(facts: Fact[Mapping[str, Fact[T]]]) -> tuple[T, ...]:
    """Return the objects of a list that were understood."""
    if isinstance(facts, Unknown):
        return ()
    return tuple(fact.value for fact in facts.value.values() if isinstance(fact, Known))


def elsewhere(organization: ObjectEntry, snapshot: Snapshot) -> str | None:
    """Return that another Exchange organisation answers than the one that is remembered, if so."""
    found = snapshot.organization
    if organization.guid is None or isinstance(found, Unknown) or found.value.guid == organization.guid:
        return None
    return (
        f'the endpoints lead to organization "{found.value.distinguished_name}", '
        "and what is remembered is of another one; nothing is done here"
    )


@dataclass(frozen=True, slots=True)
class View:
    """One organisation at one instant. Indices are keyed by ``name_key`` of a name in Exchange.

    Attributes:
        pass_started: facts read before it are of an earlier pass.
        groups_of_gateway: live hunt groups.
        groups_of_plan: live hunt groups.
        gateways_for_plan: keys of the declared gateways that list a plan, in order.
        gateways_by_address: names of the live gateways that have an address.
        plans: declared plans.
        gateways: declared gateways, and those that stand for pools, which their LyncIntegration declares.
        pools: declared pools by the name of their gateway.
        items: everything declared by key, also what has obstacles.
        rollout: servers and certificates beside what is wanted of them.
    """

    desired: DesiredOrganization
    snapshot: Snapshot
    ledger: Ledger
    now: datetime
    pass_started: datetime
    groups_of_gateway: Mapping[str, tuple[HuntGroupFact, ...]]
    groups_of_plan: Mapping[str, tuple[HuntGroupFact, ...]]
    gateways_for_plan: Mapping[str, tuple[str, ...]]
    gateways_by_address: Mapping[str, tuple[str, ...]]
    names_by_guid: Mapping[str, str]
    plans: Mapping[str, DesiredDialPlan]
    gateways: Mapping[str, DesiredGateway]
    pools: Mapping[str, Pool]
    items: Mapping[ObjectKey, DesiredResource]
    rollout: Rollout

    @classmethod
    def at(
        cls,
        desired: DesiredOrganization,
        snapshot: Snapshot,
        ledger: Ledger,
        now: datetime,
        pass_started: datetime,
    ) -> View:
        """Return the view with its indices."""
        snapshot = counted(snapshot, desired, ledger)
        groups = snapshot.hunt_groups.value if isinstance(snapshot.hunt_groups, Known) else ()
        pools = pools_of(desired, snapshot)
        of_pools = [pool.declared for pool in pools if pool.declared is not None]
        gateways = {name_key(one.name): one for one in (*of_pools, *desired.gateways) if not one.obstacles}
        return cls(
            desired,
            snapshot,
            ledger,
            now,
            pass_started,
            groups_of_gateway=grouped(groups, lambda group: name_key(group.gateway)),
            groups_of_plan=grouped(groups, lambda group: name_key(group.dial_plan)),
            gateways_for_plan=_gateways_for_plan(gateways.values()),
            gateways_by_address=_gateways_by_address(snapshot),
            names_by_guid=_names_by_guid(snapshot),
            plans={name_key(plan.name): plan for plan in desired.dial_plans if not plan.obstacles},
            gateways=gateways,
            pools={name_key(pool.gateway): pool for pool in pools},
            items={item.key: item for item in desired.resources},
            rollout=Rollout.at(desired, snapshot, ledger, now),
        )

    @property
    def elsewhere(self) -> str | None:
        """Return why nothing that is remembered holds here."""
        return elsewhere(self.ledger.entry(self.desired.key), self.snapshot)

    def dial_plan(self, name: str) -> Fact[DialPlanFact | None]:
        """Return a live plan by its name in Exchange."""
        return find(self.snapshot.dial_plans, name)

    def gateway(self, name: str) -> Fact[GatewayFact | None]:
        """Return a live gateway by its name in Exchange."""
        return find(self.snapshot.gateways, name)

    def plan_name(self, key: ObjectKey) -> str:
        """Return the name in Exchange of the plan that a resource stands for."""
        return next((plan.name for plan in self.plans.values() if plan.key == key), key.name)

    def replicates_until(self, owner: ObjectKey) -> datetime | None:
        """Return until when a new domain controller may not know yet what we wrote on the one before."""
        written, since = self.ledger.entry(owner).written_at, self.ledger.domain_controller_since
        if written is None or since is None or written > since:
            return None
        until = written + self.desired.spec.replication_grace
        return until if self.now < until else None


def _names_by_guid(snapshot: Snapshot) -> Mapping[str, str]:
    plans = {plan.guid: plan.name for plan in known_rows(snapshot.dial_plans)}
    return plans | {gateway.guid: gateway.name for gateway in known_rows(snapshot.gateways)}


def _gateways_for_plan(gateways: Iterable[DesiredGateway]) -> Mapping[str, tuple[str, ...]]:
    links = {
        (name_key(group.dial_plan), name_key(gateway.name))
        for gateway in gateways
        for group in gateway.hunt_groups
        if not gateway.deleting
    }
    by_plan = grouped(sorted(links), lambda link: link[0])
    return {plan: tuple(gateway for _, gateway in pairs) for plan, pairs in by_plan.items()}


def _gateways_by_address(snapshot: Snapshot) -> Mapping[str, tuple[str, ...]]:
    by_address = grouped(known_rows(snapshot.gateways), lambda gateway: canonical_address(gateway.address))
    return {address: tuple(gateway.name for gateway in rows) for address, rows in by_address.items()}
