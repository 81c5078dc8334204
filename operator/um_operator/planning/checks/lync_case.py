"""A LyncIntegration beside what was read of Lync: what its checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration, DesiredPool
from um_operator.observed.fact import Known
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.lync import LyncFacts, PoolFact
from um_operator.observed.values import PropertyValue, name_key
from um_operator.planning.checks import fights
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import Finding, Weight
from um_operator.planning.pools import Pool
from um_operator.planning.rollout.lync_hosts import pool_fact
from um_operator.planning.steps import Step
from um_operator.planning.view import View

SUPPORTED: Final = frozenset({"Lync2013", "SkypeForBusiness2015"})
"""Versions that work with Exchange UM; 2010 and 2019 are read, and nothing is promised (field notes 6.6)."""


@dataclass(frozen=True, slots=True)
class LyncCase:
    """An integration; ``lync`` has what was read, each of its facts Known or Unknown."""

    item: DesiredLyncIntegration
    lync: LyncFacts
    view: View

    @property
    def entry(self) -> ObjectEntry:
        """Return what the ledger remembers."""
        return self.view.ledger.entry(self.item.key)

    @property
    def weight(self) -> Weight:
        """Return how a difference counts: drift once this generation was in force, and always in Observe."""
        if self.view.replicates_until(self.item.key) is not None:
            return "Pending"
        in_force = self.entry.applied_generation == self.item.generation
        return "Drift" if in_force or self.item.care.mode == "Observe" else "Pending"

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return its pools with their gateways, in order; none while gateways are not known."""
        return tuple(pool for pool in self.view.pools.values() if pool.item.key == self.item.key)

    def known_pools(self) -> Iterator[tuple[DesiredPool, PoolFact]]:
        """Yield its pools that the topology has."""
        for pool in self.item.pools:
            fact = pool_fact(pool.fqdn, self.view)
            if isinstance(fact, Known) and fact.value is not None:
                yield pool, fact.value

    def managed(self, path: str) -> bool:
        """Whether a path is ours to correct and to report."""
        ignored = self.item.ignore_drift
        return not (path in ignored or path.partition("[")[0] in ignored)

    def finding(self, weight: Weight, reason: str, message: str, path: str = "") -> Finding:
        """Return a finding about the integration."""
        return Finding(self.item.key, weight, reason, message, path)

    def person(self, reason: Reason, message: str, path: str = "") -> Verdict:
        """Return that somebody has to do something, which is seen once it is done."""
        return Verdict((self.finding("Pending", reason, message, path),))

    def unread(self, what: str, message: str) -> Verdict:
        """Return that nothing is decided of something, because it was not read (R1)."""
        return Verdict((self.finding("Unread", Reason.NOT_READ, f"{what}: {message}"),))

    def differs(
        self,
        reason: str,
        message: str,
        path: str,
        want: PropertyValue,
        have: PropertyValue,
        *steps: Step,
    ) -> Verdict:
        """Return a difference and the steps that put it right; none of a path that is fought over (R27)."""
        if not self.managed(path):
            return NOTHING
        found = Verdict((Finding(self.item.key, self.weight, reason, message, path, want, have),))
        if fights.fought(self.entry, self.item.requested_retry, path):
            return found + Verdict((fights.stopped(self.item.key, path),))
        return found + ask(*steps, paths={path})


def computers_of(case: LyncCase) -> Iterator[tuple[PoolFact, str]]:
    """Yield every computer (FQDN) of its pools that the topology has, with its pool."""
    for _, fact in case.known_pools():
        yield from ((fact, computer) for computer in fact.computers)


def same_name(one: str, other: str) -> bool:
    """Whether two names in Exchange or DNS are the same."""
    return name_key(one) == name_key(other)
