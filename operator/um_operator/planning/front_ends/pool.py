"""One pool beside what its front ends are to find: who still has to be restarted, together with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.front_ends import FRONT_END_SERVICE, FabricState, LyncServiceFact, PoolReadiness
from um_operator.observed.hosts import HostEvent
from um_operator.observed.lync import PoolFact, Product
from um_operator.observed.restarts import Integrated, Stopped
from um_operator.observed.values import name_key
from um_operator.planning.quorum import FEWEST, Quorum, quorum_of

Policy: TypeAlias = Literal["OnApproval", "Automatic", "Never"]
Strategy: TypeAlias = Literal["Auto", "UpgradeDomain", "Server"]
Services: TypeAlias = Mapping[str, LyncServiceFact]
"""Windows services of Lync on a front end, by name in lower case."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a pool.

    Attributes:
        owner: the LyncIntegration.
        policy: who restarts front ends (frontEndRestart.policy).
        strategy: which of them go down together.
        drain_timeout: how long their sessions may take to end.
        dial_plans: names in Exchange of the plans that they are to find, in order.
        chain: what UM's certificates are trusted by, as SHA-256; empty: none is known.
    """

    owner: ObjectKey
    policy: Policy = "OnApproval"
    strategy: Strategy = "Auto"
    drain_timeout: timedelta = timedelta(hours=1)
    dial_plans: tuple[str, ...] = ()
    chain: str = ""


@dataclass(frozen=True)
class PoolCase:
    """A declared pool of the topology.

    Attributes:
        product: which version it is, ``None``: unknown.
        services: by ``name_key`` of each of its front ends.
        replicated: whether each of them has every change of the Central Management store, likewise.
        stopped: those of its front ends that we told to stop, likewise.
        integrated: what is remembered of it, ``None``: it was never judged.
        events: telling ones of each front end that shows them, the oldest first, likewise.
    """

    wish: Wish
    fact: PoolFact
    product: Product | None
    services: Mapping[str, Fact[Services]]
    replicated: Fact[Mapping[str, bool]]
    users_homed: Fact[int]
    readiness: Fact[PoolReadiness | None]
    fabric: Fact[FabricState | None]
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    integrated: Integrated | None = None
    events: Mapping[str, tuple[HostEvent, ...]] = field(default_factory=dict)

    @property
    def computers(self) -> tuple[str, ...]:
        """Return the FQDNs of its front ends in the order of the topology."""
        return self.fact.computers

    @cached_property
    def quorum(self) -> Quorum | None:
        """Return how many of them must run, ``None``: no source says it."""
        return quorum_of(len(self.computers), self.product) if self.product else None

    @cached_property
    def running(self) -> frozenset[str]:
        """Return which front ends (``name_key``) are known to run, and were not told to stop."""
        return frozenset(key for key in map(name_key, self.computers) if self._runs(key))

    @property
    def begins_anew(self) -> bool:
        """Whether something is to be found that was not when the front ends were last restarted."""
        known = self.integrated
        if known is None or known.since is None:
            return True
        return not set(self.wish.dial_plans) <= set(known.dial_plans) or self.wish.chain != known.chain

    @property
    def owing(self) -> tuple[str, ...]:
        """Return the FQDNs of the front ends that have to be restarted; none before that was ever judged."""
        known = self.integrated
        if known is None:
            return ()
        done = set[str]()
        if not self.begins_anew:
            done = {key for key, one in known.front_ends.items() if one.restarted_at is not None}
        return tuple(one for one in self.computers if name_key(one) not in done)

    @property
    def cause(self) -> str:
        """Return why front ends have to be restarted, in words that do not change; empty if none has."""
        known = self.integrated
        if known is None or not self.owing:
            return ""
        if known.since is None:
            return "first integration of this pool"
        new = [f'"{plan}"' for plan in self.wish.dial_plans if plan not in known.dial_plans]
        if new:
            return f"dial plan {', '.join(new)} is new"
        if self.wish.chain != known.chain:
            return "the certificates of UM have another chain"
        return "not every front end was started since it was integrated"

    @property
    def left_to_a_person(self) -> str:
        """Return why its front ends are not restarted by the operator at all; empty if they may be."""
        if self.wish.policy == "Never":
            return 'frontEndRestart.policy is "Never"'
        if self.fact.kind != "FrontEnd":
            return "it is no pool of front ends"
        if len(self.computers) < FEWEST:
            count = "1 front end" if len(self.computers) == 1 else f"{len(self.computers)} front ends"
            return f"it has {count}, and goes down with it"
        if self.quorum is None:
            return "it is not known how many of its front ends must run"
        return ""

    @property
    def by_upgrade_domain(self) -> bool:
        """Whether an upgrade domain goes down at a time, not a server (field notes 5.6)."""
        if self.wish.strategy == "Auto":
            return self.product == "Lync2013"
        return self.wish.strategy == "UpgradeDomain"

    def batch_of(self, computer: str) -> tuple[str, ...] | None:
        """Return the FQDNs of those that go down with a front end, itself among them; ``None``: not known."""
        if not self.by_upgrade_domain:
            return (computer,)
        readiness = self.readiness
        if isinstance(readiness, Unknown) or readiness.value is None:
            return None
        domain = readiness.value.domain_of(computer)
        if domain is None:
            return None
        together = {name_key(one) for one in domain.front_ends}
        return tuple(one for one in self.computers if name_key(one) in together)

    def leaves_exactly_quorum(self, batch: tuple[str, ...]) -> bool:
        """Whether one more failure stops the pool while these are down, all others of it running (R23)."""
        down = set(map(name_key, batch))
        left = {key for key in map(name_key, self.computers) if key not in down}
        return self.quorum is not None and self.quorum.margin(self.computers, left) <= 0

    def front_end_service(self, computer: str) -> LyncServiceFact | None:
        """Return the Front-End service of a front end, ``None``: it is not known, or there is none."""
        services = self.services.get(name_key(computer))
        return services.value.get(name_key(FRONT_END_SERVICE)) if isinstance(services, Known) else None

    def missing(self, computer: str) -> tuple[str, ...]:
        """Return what does not run yet of what we stopped; of a front end that is not read, everything."""
        remembered = self.stopped[name_key(computer)].services
        services = self.services.get(name_key(computer))
        if not isinstance(services, Known):
            return remembered
        return tuple(name for name in remembered if not _is_up(name, services.value))

    def has_stopped(self, computer: str) -> bool:
        """Whether the process that was told to stop is known to be gone; another one may run by now."""
        stopped, service = self.stopped[name_key(computer)], self.front_end_service(computer)
        if service is None:
            return False
        if service.status == "Running" and service.started_at and stopped.process_start:
            return service.started_at != stopped.process_start
        return service.status in {"Stopped", "StartPending"}

    def takes_back(self, computer: str) -> bool:
        """Whether a front end whose sessions end is to go on: another one went down by itself (R23).

        It is told so once. Whether that takes back a graceful stop is not documented; if not, it is started
        as soon as it has stopped.
        """
        stopped, service = self.stopped[name_key(computer)], self.front_end_service(computer)
        if service is None or service.status != "Running" or self.has_stopped(computer):
            return False
        if stopped.refused or stopped.started_at is not None or stopped.taken_back_at is not None:
            return False
        return any(self._is_down(key) for key in map(name_key, self.computers) if key not in self.stopped)

    def due(self, computer: str) -> tuple[str, ...]:
        """Return what is to be started next of what we stopped: the Front-End service, then all others.

        What depends on it cannot start before it runs. Where nothing is read, or where it was told and does
        not come, all are told at once: one service that stays down keeps none of the others down (R13).
        """
        if self.takes_back(computer):
            return self.stopped[name_key(computer)].services
        missing = self.missing(computer)
        first = tuple(name for name in missing if name_key(name) == name_key(FRONT_END_SERVICE))
        stopped, read = self.stopped[name_key(computer)], self.services.get(name_key(computer))
        was_told = first and first[0] in stopped.starting
        return first if first and not was_told and isinstance(read, Known) else missing

    def unread(self) -> Iterator[Unknown]:
        """Yield what is not known of it, without which nothing may be stopped (R1)."""
        facts = (*self.services.values(), self.replicated, self.readiness, self.fabric)
        yield from (fact for fact in facts if isinstance(fact, Unknown))

    def _is_down(self, key: str) -> bool:
        """Whether a front end is known not to run."""
        services, service = self.services.get(key), self.front_end_service(key)
        return isinstance(services, Known) and (service is None or service.status != "Running")

    def _runs(self, key: str) -> bool:
        service = self.front_end_service(key)
        return service is not None and service.status == "Running" and key not in self.stopped


def _is_up(name: str, services: Services) -> bool:
    """Whether a service runs; one that exists no more cannot be started."""
    service = services.get(name_key(name))
    return service is None or service.status == "Running"
