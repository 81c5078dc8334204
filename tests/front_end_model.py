"""A pool of front ends as a value: services that stop and start, quorum, routing groups, upgrade domains.

It is written from the field notes, not from what the planner believes: 5.5 has services, 5.6 pools.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from um_operator.observed.fact import Known
from um_operator.observed.front_ends import (
    FabricState,
    LyncServiceFact,
    PoolReadiness,
    ReadinessState,
    RoutingGroup,
    UpgradeDomain,
)
from um_operator.observed.hosts import ServiceStatus
from um_operator.observed.lync import PoolFact, Product

POOL = "lyncpool01.contoso.com"
FIRST_START = datetime(2026, 11, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEEDED = {
    3: (2, 3),
    4: (2, 4),
    5: (3, 5),
    6: (3, 6),
    7: (4, 7),
    8: (4, 7),
    9: (4, 7),
    10: (5, 9),
    11: (5, 9),
    12: (5, 9),
}
"""Front ends: so many of the first so many have to run (field notes 5.6)."""


@dataclass(frozen=True)
class FrontEnd:
    """A front end: its service, one that depends on it, and one that does not.

    Attributes:
        service: RTCSRV.
        dependent: RTCASMCU, which stops with it and does not start with it.
        process: number of the process of RTCSRV.
        killed: whether it went down by itself, and nobody told it to.
        draining: whether it stops once its sessions have ended; until then it shows nothing of that.
    """

    service: ServiceStatus = "Running"
    dependent: ServiceStatus = "Running"
    process: int = 0
    killed: bool = False
    draining: bool = False

    @property
    def up(self) -> bool:
        """Whether it takes calls, and will."""
        return self.service == "Running" and not self.draining


@dataclass(frozen=True)
class Pool:
    """A pool at an instant."""

    front_ends: tuple[FrontEnd, ...]
    product: Product = "SkypeForBusiness2015"
    now: datetime = NOON

    @classmethod
    def of(cls, count: int, product: Product = "SkypeForBusiness2015") -> Pool:
        """Return a pool in which everything runs."""
        return cls((FrontEnd(),) * count, product)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the FQDNs of its front ends in the order of the topology."""
        return tuple(f"lyncfe{number + 1:02}.contoso.com" for number in range(len(self.front_ends)))

    @property
    def domains(self) -> tuple[tuple[int, ...], ...]:
        """Return which front ends have no replicas of the same users: three apart from one another."""
        count = len(self.front_ends)
        if count % 3:
            return tuple((number,) for number in range(count))
        return tuple(tuple(range(first, count, 3)) for first in range(3))

    def with_front_end(self, number: int, front_end: FrontEnd) -> Pool:
        """Return the pool with one front end changed."""
        return replace(
            self, front_ends=(*self.front_ends[:number], front_end, *self.front_ends[number + 1 :])
        )

    def later(self, more: timedelta) -> Pool:
        """Return the pool some time later."""
        return replace(self, now=self.now + more)

    def stop(self, number: int) -> Pool:
        """Tell a front end to stop RTCSRV gracefully, with what depends on it; nobody waits."""
        one = self.front_ends[number]
        return self.with_front_end(number, replace(one, draining=True)) if one.service == "Running" else self

    def half_stopped(self, number: int) -> Pool:
        """Refuse to stop RTCSRV once what depends on it, which is told first, has stopped."""
        return self.with_front_end(number, replace(self.front_ends[number], dependent="Stopped"))

    def start(self, number: int, services: tuple[str, ...]) -> Pool:
        """Tell services of a front end to start; what runs already stays, what depends on them is left.

        What depends on RTCSRV is refused as long as that does not run. One whose sessions end goes on.
        """
        one = replace(self.front_ends[number], draining=False)
        if "RTCSRV" in services and one.service == "Stopped":
            one = replace(one, service="StartPending", process=one.process + 1, killed=False)
        elif "RTCASMCU" in services and one.service == "Running" and one.dependent == "Stopped":
            one = replace(one, dependent="StartPending")
        return self.with_front_end(number, one)

    def settled(self, number: int) -> Pool:
        """Return the pool after what a front end was told has come about."""
        one = self.front_ends[number]
        if one.draining:
            stopped = replace(one, service="Stopped", dependent="Stopped", draining=False)
            return self.with_front_end(number, stopped)
        ends: dict[ServiceStatus, ServiceStatus] = {"StartPending": "Running"}
        return self.with_front_end(
            number,
            replace(
                one,
                service=ends.get(one.service, one.service),
                dependent=ends.get(one.dependent, one.dependent),
            ),
        )

    def died(self, number: int) -> Pool:
        """Return the pool after a front end went down by itself."""
        one = self.front_ends[number]
        return self.with_front_end(number, FrontEnd("Stopped", "Stopped", one.process, killed=True))

    def revived(self, number: int) -> Pool:
        """Return the pool after a person started such a front end, everything on it."""
        one = self.front_ends[number]
        return self.with_front_end(number, FrontEnd(process=one.process + 1))

    @property
    def margin(self) -> int:
        """Return how many more front ends may go before those that are left stop as well."""
        needed, voters = NEEDED[len(self.front_ends)]
        return sum(one.up for one in self.front_ends[:voters]) - needed

    @property
    def least_replicas(self) -> int:
        """Return on how many front ends that run the users are that are on the fewest."""
        count = len(self.front_ends)
        groups = ([(first + more) % count for more in range(3)] for first in range(count))
        return min(sum(self.front_ends[number].up for number in group) for group in groups)

    @property
    def topology(self) -> PoolFact:
        """Return it as Get-CsPool shows it."""
        roles = frozenset({"Registrar", "UserServer", "MediationServer"})
        return PoolFact(POOL, "Munich", self.names, roles, "lyncpool02.contoso.com")

    def services(self, number: int) -> dict[str, LyncServiceFact]:
        """Return the services of a front end as Get-CsWindowsService shows them."""
        one = self.front_ends[number]
        started_at = FIRST_START + timedelta(days=one.process) if one.service != "Stopped" else None
        return {
            "rtcsrv": LyncServiceFact("RTCSRV", one.service, started_at=started_at),
            "rtcasmcu": LyncServiceFact("RTCASMCU", one.dependent),
            "replica": LyncServiceFact("REPLICA", "Running"),
            "rtcclsagt": LyncServiceFact("RTCCLSAGT", "Stopped"),
        }

    @property
    def readiness(self) -> PoolReadiness:
        """Return what Get-CsPoolUpgradeReadinessState says: ready once everything runs."""
        active = sum(one.up for one in self.front_ends)
        whole = active == len(self.front_ends)
        domains = tuple(
            UpgradeDomain(
                f"UpgradeDomain{number + 1}", tuple(self.names[one] for one in members), ready=whole
            )
            for number, members in enumerate(self.domains)
        )
        state: ReadinessState = "Ready" if whole else "InsufficientActiveFrontEnds"
        return PoolReadiness(self.names[0], state, len(self.front_ends), active, domains)

    @property
    def fabric(self) -> FabricState:
        """Return what Get-CsPoolFabricState says: replicas on front ends that run."""
        count, names = len(self.front_ends), self.names
        groups = []
        for first in range(count):
            numbers = [(first + more) % count for more in range(3)]
            there = [names[number] for number in numbers if self.front_ends[number].up]
            groups.append(RoutingGroup(str(first), there[0] if there else None, tuple(there[1:])))
        return FabricState(tuple(groups))

    def known(self, value: object) -> Known[object]:
        """Return a fact that was just read."""
        return Known(value, self.now)
