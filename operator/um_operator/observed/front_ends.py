"""Facts about front ends of a pool: their Windows services, how ready the pool is to lose one.

Field notes 5.5 and 5.6 have the sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from um_operator.observed.hosts import ServiceStatus
from um_operator.observed.values import name_key

FRONT_END_SERVICE: Final = "RTCSRV"
"""The Windows service of a front end: it finds Unified Messaging when it starts (field notes 6.1)."""

ReadinessState: TypeAlias = Literal["Ready", "Busy", "InsufficientActiveFrontEnds", "Other"]
"""PoolUpgradeState; ``Other``: a word that is not documented, which permits nothing."""


@dataclass(frozen=True, slots=True)
class LyncServiceFact:
    """A Windows service of Lync (Get-CsWindowsService).

    Attributes:
        name: such as ``RTCSRV``.
        status: as Windows has it.
        roles: of the topology that it belongs to (RoleName).
        activity: ActivityLevel, for a person; empty: it shows none.
        started_at: when its process began; ``None``: it has none, or it was not asked (only RTCSRV is).
    """

    name: str
    status: ServiceStatus
    roles: frozenset[str] = frozenset()
    activity: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpgradeDomain:
    """Front ends that may go down together, and whether they may now."""

    name: str
    front_ends: tuple[str, ...]
    ready: bool


@dataclass(frozen=True, slots=True)
class PoolReadiness:
    """Whether a pool can lose an upgrade domain now.

    From Get-CsPoolUpgradeReadinessState, in Skype for Business Server 2019 Get-CsUpgradeDomainInfo; either
    runs only on a front end of the pool (their cmdlet pages).

    Attributes:
        told_by: FQDN of the front end that was asked.
        state: of the pool.
        total: front ends that the pool has.
        active: those that run.
        domains: its upgrade domains, in the order shown.
    """

    told_by: str
    state: ReadinessState
    total: int
    active: int
    domains: tuple[UpgradeDomain, ...]

    def domain_of(self, computer: str) -> UpgradeDomain | None:
        """Return the upgrade domain of a front end (FQDN), ``None`` if it is in none."""
        wanted = name_key(computer)
        return next(
            (one for one in self.domains if wanted in {name_key(name) for name in one.front_ends}), None
        )


@dataclass(frozen=True, slots=True)
class RoutingGroup:
    """Users that have their replicas together: one primary and two secondaries, where all is well.

    Attributes:
        identifier: as the fabric names it.
        primary: FQDN of the front end that serves them, ``None``: there is none.
        secondaries: FQDNs of those that would take over.
    """

    identifier: str
    primary: str | None
    secondaries: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it has a primary and at least one secondary (R23)."""
        return self.primary is not None and bool(self.secondaries)

    def sound_without(self, computers: frozenset[str]) -> bool:
        """Whether it still has a primary and a secondary when some front ends (``name_key``) are down.

        A secondary becomes primary when the primary goes.
        """
        replicas = {name_key(one) for one in (self.primary, *self.secondaries) if one is not None}
        return len(replicas - computers) > 1


@dataclass(frozen=True, slots=True)
class FabricState:
    """Routing groups of a pool (Get-CsPoolFabricState), which come as text.

    ``complete``: whether every line was understood; if not, nothing may follow from the groups.
    """

    groups: tuple[RoutingGroup, ...]
    complete: bool = True
