"""Pools of front ends at a moment: who runs, what more may go, what goes on there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PoolView:
    """One pool.

    Attributes:
        fqdn: its name.
        domains: upgrade domains, by the FQDNs of their front ends.
        running: front ends whose Front-End service runs.
        margin: how many more of those that count may fail before the pool stops.
        voters: front ends that count for the quorum.
        ready: whether it says that a front end may go; None where it does not say it.
        goes_by_domain: whether its release asks for a pause between upgrade domains.
        unsound: front ends without which a routing group has no primary or no secondary.
        lagging: front ends whose copy of the management store is behind.
        serves: whether users with voice mail are homed there: no Director, no appliance.
    """

    fqdn: str
    domains: tuple[tuple[str, ...], ...]
    running: frozenset[str]
    margin: int
    voters: frozenset[str]
    ready: bool | None = True
    goes_by_domain: bool = True
    unsound: frozenset[str] = frozenset()
    lagging: frozenset[str] = frozenset()
    serves: bool = True

    @property
    def members(self) -> tuple[str, ...]:
        """All front ends."""
        return tuple(one for domain in self.domains for one in domain)

    def domain_of(self, computer: str) -> frozenset[str]:
        """The front ends that may go together with one."""
        return frozenset(next((domain for domain in self.domains if computer in domain), (computer,)))


class Pools(Protocol):
    """What an onlooker sees of Lync. Computers and pools are FQDNs in lower case."""

    def of(self, computer: str) -> PoolView | None:
        """The pool of a computer; None for one that is none of Lync's."""

    def named(self, fqdn: str) -> PoolView | None:
        """The pool of that name."""

    def unready(self, computer: str) -> Mapping[str, datetime]:
        """The services of Lync on a computer that do not run, and since when."""

    def sessions(self, computer: str) -> int:
        """How many sessions it has."""


class NoPools:
    """An estate without Lync."""

    def of(self, _computer: str) -> PoolView | None:
        """There is none."""
        return None

    def named(self, _fqdn: str) -> PoolView | None:
        """There is none."""
        return None

    def unready(self, _computer: str) -> Mapping[str, datetime]:
        """There are none."""
        return {}

    def sessions(self, _computer: str) -> int:
        """There are none."""
        return 0


@dataclass
class Restart:
    """What we have begun on a front end.

    Attributes:
        began: when its first service was told to stop, or to take nothing new.
        touched: when we last stopped or started a service of it.
        stopped: when the Front-End service was stopped; None while it still ran.
    """

    began: datetime
    touched: dict[str, datetime] = field(default_factory=dict)
    stopped: datetime | None = None


@dataclass
class FrontEndMemory:
    """What is remembered of front ends.

    Attributes:
        restarts: what we have begun, by computer.
        started: when we last started one of a pool again, and which.
    """

    restarts: dict[str, Restart] = field(default_factory=dict)
    started: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def unfinished(self, pools: Pools) -> dict[str, set[str]]:
        """Computers with services that do not run since we stopped them; what fails later is others'."""
        found = {
            computer: {
                name
                for name, since in pools.unready(computer).items()
                if name in restart.touched and since <= restart.touched[name]
            }
            for computer, restart in self.restarts.items()
        }
        return {computer: names for computer, names in found.items() if names}
