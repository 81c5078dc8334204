"""The configuration partition of the forest: one copy a domain controller, and the lag between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.exchange.objects import Change, DirectoryObject, Kind, Stamp
from um_operator.lab.exchange.replica import Replica


@dataclass(frozen=True, slots=True)
class Site:
    """An Active Directory site and the FQDNs of its domain controllers; the first is the preferred one."""

    name: str
    domain_controllers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replication:
    """How long a write takes to another domain controller: at least half of this, drawn for each pair."""

    within_site: timedelta = timedelta(seconds=15)
    between_sites: timedelta = timedelta(minutes=3)


class Directory:
    """All copies of the directory, and the only way to write.

    A write is seen at once on the domain controller that took it and later on each other one.
    """

    def __init__(
        self,
        clock: Clock,
        sites: Sequence[Site],
        *,
        domain: str = "contoso.com",
        replication: Replication | None = None,
        seed: int = 0,
    ) -> None:
        self.domain = domain
        self.sites = tuple(sites)
        self._clock = clock
        self._began = clock.now()
        self._random = chance(seed, "directory")
        self._sequence = 0
        self._site_of = {dc.lower(): site for site in sites for dc in site.domain_controllers}
        self._copies = {dc: Replica() for dc in self._site_of}
        self._followers: dict[str, list[Replica]] = {dc: [] for dc in self._site_of}
        self._down: set[str] = set()
        self._lag = {
            (source, target): self._draw(replication or Replication(), source, target)
            for source in self._copies
            for target in self._copies
        }

    @property
    def domain_controllers(self) -> tuple[str, ...]:
        """Every domain controller's FQDN, in lower case."""
        return tuple(self._copies)

    def has(self, domain_controller: str) -> bool:
        """Whether there is a domain controller of that name."""
        return domain_controller.lower() in self._copies

    def answers(self, domain_controller: str) -> bool:
        """Whether there is such a domain controller and it is up."""
        return self.has(domain_controller) and domain_controller.lower() not in self._down

    def take_down(self, domain_controller: str) -> None:
        """Have a domain controller answer nobody; what is written elsewhere reaches it all the same."""
        self._down.add(domain_controller.lower())

    def bring_up(self, domain_controller: str) -> None:
        """End that."""
        self._down.discard(domain_controller.lower())

    def site(self, name: str) -> Site:
        """The site of that name."""
        return next(site for site in self.sites if site.name == name)

    def copy(self, domain_controller: str) -> Replica:
        """What a domain controller knows now."""
        replica = self._copies[domain_controller.lower()]
        if replica.is_behind:
            replica.catch_up(self._clock.now())
        return replica

    def follow(self, domain_controller: str) -> Replica:
        """A copy of one's own that gets what that domain controller gets, caught up by its owner alone.

        Call it before the first write: what was written earlier is not in it.
        """
        follower = Replica()
        self._followers[domain_controller.lower()].append(follower)
        return follower

    def create(
        self, domain_controller: str, kind: Kind, attributes: Mapping[str, Any], *, everywhere: bool = False
    ) -> DirectoryObject:
        """Make an object.

        Args:
            domain_controller: the one that takes the write.
            kind: the class of the object.
            attributes: its attributes, ``Name`` among them.
            everywhere: for what exists since the directory began: known to whoever reads it since.
        """
        guid = UUID(int=self._random.getrandbits(128), version=4)
        self._write(domain_controller, Change(guid, self._stamp(), attributes, created=kind), everywhere)
        return self._known(domain_controller, guid)

    def modify(
        self, domain_controller: str, guid: UUID, attributes: Mapping[str, Any], *, everywhere: bool = False
    ) -> DirectoryObject:
        """Change attributes of an object that the domain controller has; ``everywhere`` as of a new one."""
        self._write(domain_controller, Change(guid, self._stamp(), attributes), everywhere)
        return self._known(domain_controller, guid)

    def remove(self, domain_controller: str, guid: UUID) -> None:
        """Remove an object."""
        self._write(domain_controller, Change(guid, self._stamp(), {}, removed=True))

    def replicate_now(self) -> None:
        """End all lag of what was written so far."""
        now = self._clock.now()
        for domain_controller, replica in self._copies.items():
            for copy in (replica, *self._followers[domain_controller]):
                copy.hurry(now)

    def delay(self, source: str, target: str, lag: timedelta) -> None:
        """Set the lag of later writes from one domain controller to another."""
        self._lag[source.lower(), target.lower()] = lag

    def _draw(self, replication: Replication, source: str, target: str) -> timedelta:
        if source == target:
            return timedelta(0)
        near = self._site_of[source] is self._site_of[target]
        longest = replication.within_site if near else replication.between_sites
        return longest * self._random.uniform(0.5, 1.0)

    def _stamp(self) -> Stamp:
        self._sequence += 1
        return Stamp(self._clock.now(), self._sequence)

    def _write(self, source: str, change: Change, everywhere: bool = False) -> None:
        source = source.lower()
        now = self._clock.now()
        for target, replica in self._copies.items():
            arrival = self._began if everywhere else now + self._lag[source, target]
            for copy in (replica, *self._followers[target]):
                copy.deliver(change, arrival)

    def _known(self, domain_controller: str, guid: UUID) -> DirectoryObject:
        found = self.copy(domain_controller).get(guid)
        assert found is not None
        return found
