"""A pure model of one server: what its services run with, and what is written for their next start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any

from um_operator.observed.certificates import (
    CertificateFact,
    ServiceName,
)
from um_operator.observed.exchange import StartupMode
from um_operator.observed.hosts import (
    HostEvent,
)
from um_operator.planning.steps import (
    ActivateServer,
    DrainServer,
)

YEAR = timedelta(days=365)
CALL_ROUTER: ServiceName = "UMCallRouter"
PORTS: Mapping[ServiceName, tuple[int, int]] = {"UM": (5062, 5063), "UMCallRouter": (5060, 5061)}


def leaf(name: str, server: str, begins: datetime, life: timedelta = YEAR, **other: Any) -> CertificateFact:
    """Return a certificate whose thumbprint follows from its name."""
    facts: dict[str, Any] = {
        "thumbprint": sha1(name.encode(), usedforsecurity=False).hexdigest().upper(),
        "sha256": sha256(name.encode()).hexdigest(),
        "subject": f"CN={server}",
        "common_name": server,
        "dns_names": (server,),
        "issuer": "CN=Contoso CA",
        "serial_number": "1",
        "not_before": begins,
        "not_after": begins + life,
        "key_algorithm": "RSA",
        "key_size": 2048,
        "public_key_sha256": sha256(f"key of {name}".encode()).hexdigest(),
        "signature_hash": "sha256",
        "self_issued": False,
        "extended_key_usages": frozenset({"serverAuth", "clientAuth"}),
        "is_ca": False,
    }
    return CertificateFact(**{**facts, **other})


def authority(name: str, begins: datetime) -> CertificateFact:
    """Return a root."""
    ca = f"CN={name}"
    return leaf(name, name, begins, 10 * YEAR, subject=ca, issuer=ca, self_issued=True, is_ca=True)


@dataclass(frozen=True)
class Process:
    """A service's process: since when it runs, and with what it was started."""

    start: datetime
    mode: StartupMode
    thumbprint: str | None


@dataclass(frozen=True)
class Machine:
    """One server, in the directory and on itself.

    Attributes:
        mode: of each service, as written.
        bound: to each service, as written.
        site: mode and binding as the domain controllers of its own site have them, where those lag behind;
            a service starts with these (R9).
        elsewhere: mode and binding as the organisation's domain controller has them, where that one lags.
        lags: whether what is written does not arrive there for now.
        calls: in progress on its UM service; ``None``: they cannot be counted.
        status: of its answers to OPTIONS.
        stopping: services that were told to stop and still run.
        warming: services that run and do not listen yet.
        down: nobody answers.
        unreadable: the state of its component cannot be read.
        stores_unread: what it trusts cannot be read.
        own_view_unread: what its own site has cannot be read.
        says_valid: it calls the certificates in its store valid.
        events: what it reports of calls that failed.
        rejected_calls: by its call router since it was started.
        blocked: its ports cannot be reached.
        refuses: thumbprints with which a service does not start.
        looked_at: when it was last looked at, ``None``: just now.
        starts: how often a service was told to start.
    """

    fqdn: str
    services: tuple[ServiceName, ...] = ("UM", "UMCallRouter")
    mode: Mapping[ServiceName, StartupMode] = field(default_factory=dict)
    bound: Mapping[ServiceName, str | None] = field(default_factory=dict)
    processes: Mapping[ServiceName, Process | None] = field(default_factory=dict)
    store: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    requests: Mapping[str, str] = field(default_factory=dict)
    calls: int | None = 0
    status: int = 200
    site: Mapping[ServiceName, tuple[StartupMode, str | None]] = field(default_factory=dict)
    elsewhere: Mapping[ServiceName, tuple[StartupMode, str | None]] = field(default_factory=dict)
    lags: bool = False
    stopping: frozenset[ServiceName] = frozenset()
    warming: frozenset[ServiceName] = frozenset()
    down: bool = False
    blocked: bool = False
    events: tuple[HostEvent, ...] = ()
    rejected_calls: int = 0
    unreadable: bool = False
    stores_unread: bool = False
    own_view_unread: bool = False
    says_valid: bool = False
    refuses: frozenset[str] = frozenset()
    looked_at: datetime | None = None
    starts: int = 0

    @classmethod
    def fresh(
        cls, fqdn: str, now: datetime, services: tuple[ServiceName, ...] = ("UM", "UMCallRouter")
    ) -> Machine:
        """Return a server as set-up leaves it: plain SIP, nothing bound."""
        since = now - timedelta(days=30)
        return cls(
            fqdn,
            services,
            mode=dict.fromkeys(services, "TCP"),
            bound=dict.fromkeys(services),
            processes={name: Process(since, "TCP", None) for name in services},
        )

    def started(self, name: ServiceName, now: datetime) -> Machine:
        """Return the server after a service was started, or failed to."""
        mode, bound = self.arrived(name)
        runs = mode == "TCP" or (bound is not None and bound in self.store and bound not in self.refuses)
        process = Process(now, mode, None if mode == "TCP" else bound) if runs else None
        return replace(self, processes={**self.processes, name: process}, starts=self.starts + 1)

    def arrived(self, name: ServiceName) -> tuple[StartupMode, str | None]:
        """Return mode and binding as the server's own site has them."""
        return self.site.get(name, (self.mode[name], self.bound[name]))

    def shown(self, name: ServiceName) -> tuple[StartupMode, str | None]:
        """Return mode and binding as the organisation's domain controller has them."""
        return self.elsewhere.get(name, (self.mode[name], self.bound[name]))

    def written(self, name: ServiceName, mode: StartupMode, bound: str | None) -> Machine:
        """Return the server after mode and binding were written on a domain controller."""
        site = {**self.site, name: self.arrived(name)} if self.lags else {}
        return replace(self, mode={**self.mode, name: mode}, bound={**self.bound, name: bound}, site=site)

    def replicated(self) -> Machine:
        """Return the server once its own site has what was written."""
        return replace(self, site={}, lags=False)

    def rebooted(self, now: datetime) -> Machine:
        """Return the server after anyone restarted it."""
        machine = replace(self, calls=0)
        for name in self.services:
            machine = machine.started(name, now)
        return machine

    def serves(self, name: ServiceName) -> str | None:
        """Return the thumbprint of what a service shows."""
        process = self.processes[name]
        return process.thumbprint if process else None


def asked(step: DrainServer | ActivateServer, machine: Machine) -> Machine:
    """Return the server after its component was asked for another state; one without has nothing to ask."""
    others = {name: state for name, state in machine.requests.items() if name != step.requester}
    if isinstance(step, DrainServer) and step.component is not None:
        others[step.requester] = "Draining"
    return replace(machine, requests=others)
