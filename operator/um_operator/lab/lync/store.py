"""The Central Management store: what is published reaches the replica of each computer later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.hosts.host import Host

REPORTS = timedelta(minutes=5)
"""How often a replica says how it is (common knowledge)."""


@dataclass
class Replica:
    """One computer's copy.

    Attributes:
        host: the computer; while it is down nothing arrives.
        lag: how long a publication takes to it.
        got: when the publication that it has was made.
    """

    host: Host
    lag: timedelta
    got: datetime

    @property
    def fqdn(self) -> str:
        """Of the computer."""
        return self.host.fqdn


class ManagementStore:
    """What was published when, and who has it.

    Args:
        clock: the estate's.
        lag: how long a publication takes at most; at least half of it, drawn for each computer.
        seed: of what is drawn.
    """

    def __init__(self, clock: Clock, lag: timedelta, seed: int = 0) -> None:
        self._clock = clock
        self._lag = lag
        self._random = chance(seed, "management store")
        self._replicas: dict[str, Replica] = {}
        self.published = clock.now() - timedelta(days=3)

    def add(self, hosts: Iterable[Host]) -> None:
        """Have replicas on machines; they have everything that was published so far."""
        for host in hosts:
            lag = self._lag * self._random.uniform(0.5, 1.0)
            self._replicas[host.fqdn] = Replica(host, lag, self.published)

    def publish(self) -> None:
        """Something of the topology or of a policy was changed."""
        self.published = self._clock.now()

    def delay(self, fqdn: str, lag: timedelta) -> None:
        """Set how long publications take to a computer from now on."""
        self._replicas[fqdn.lower()].lag = lag

    def replicate_now(self) -> None:
        """Invoke-CsManagementStoreReplication, and no waiting for it."""
        for replica in self._replicas.values():
            replica.got = self.published

    @property
    def replicas(self) -> tuple[Replica, ...]:
        """Every computer's copy, as it is now."""
        for replica in self._replicas.values():
            arrived = self._clock.now() - self.published >= replica.lag
            if replica.host.up and arrived:
                replica.got = self.published
        return tuple(self._replicas.values())

    def is_up_to_date(self, replica: Replica) -> bool:
        """Whether a copy has what was published last."""
        return replica.got >= self.published
