"""A machine that runs Exchange: what its UM services know of the directory, and the calls they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.exchange.directory import Directory
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.hosts.host import Host

POLL = timedelta(minutes=10)
"""How often a UM service reads plans, gateways and hunt groups again (field notes 3.6)."""


@dataclass
class UMServer:
    """One machine of the organisation.

    Attributes:
        host: the machine itself: certificates, services, component states.
        site: name of its Active Directory site.
        domain_controllers: those of its site, the one it uses first.
        runs_cmdlets: whether sessions of the organisation's remote PowerShell may land there.
    """

    host: Host
    site: str
    domain_controllers: tuple[str, ...]
    directory: Directory
    clock: Clock
    runs_cmdlets: bool = True
    seed: int = 0
    _memory: Replica = field(init=False)

    def __post_init__(self) -> None:
        self._memory = self.directory.follow(self.domain_controllers[0])
        self._began = self.clock.now()
        self._phase = POLL * chance(self.seed, f"poll {self.fqdn}").random()

    @property
    def fqdn(self) -> str:
        """Its name."""
        return self.host.fqdn

    @property
    def up(self) -> bool:
        """Whether the machine answers at all."""
        return self.host.up

    @property
    def last_poll(self) -> datetime:
        """When the services last read their configuration."""
        since_first = self.clock.now() - self._began - self._phase
        if since_first < timedelta(0):
            return self._began
        return self._began + self._phase + since_first // POLL * POLL

    @property
    def configuration(self) -> Replica:
        """What the services of this server go by now: the directory as it was at the last poll."""
        self._memory.catch_up(self.last_poll)
        return self._memory

    def read_configuration(self) -> None:
        """Read the configuration now, as a service does when it starts."""
        self._memory.catch_up(self.clock.now())
