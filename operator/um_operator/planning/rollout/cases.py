"""Servers and their services, put together from what was read and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from um_operator.observed.certificates import ServiceName, StoredCertificate
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import HostFacts, Listener, ServiceFact
from um_operator.observed.rollout import Bound, ServerEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.rollout.comparison import Settings
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.steps.certificate import WINDOWS_SERVICES

UM_PORTS = (5062, 5063)
"""Of the UM service for plain SIP and for TLS; they cannot be changed (field notes 2.5)."""


def in_scope(snapshot: Snapshot) -> list[str]:
    """Return the servers that count, by ``name_key`` of their FQDN."""
    return sorted({*snapshot.um_services, *snapshot.call_routers})


def server_case(key: str, snapshot: Snapshot, entry: ServerEntry, now: datetime) -> ServerCase:
    """Return a server as it was read and as it is remembered; nothing is wanted of it yet."""
    rows = snapshot.servers.value if isinstance(snapshot.servers, Known) else {}
    row, host = rows.get(key), snapshot.hosts.get(key)
    not_read = Unknown("NotRead", f'"{key}" was not read', since(snapshot))
    stored = snapshot.certificates.get(key, not_read)
    machine = _Machine(key, host, entry, stored, not_read, now)
    return ServerCase(
        fqdn=row.fqdn if row else key,
        services=dict(_services(machine, snapshot)),
        entry=entry,
        component=host.component if host else not_read,
        calls=host.calls if host else not_read,
        stored=stored,
        stores=host.stores if host else not_read,
        events=host.events if host else not_read,
        rejected_calls=host.rejected_calls if host else not_read,
        domain_controllers=row.domain_controllers if row else (),
    )


def _services(machine: _Machine, snapshot: Snapshot) -> Iterator[tuple[ServiceName, ServiceCase]]:
    um, router = snapshot.um_services.get(machine.key), snapshot.call_routers.get(machine.key)
    host, not_read = machine.host, machine.not_read
    if um is not None:
        yield "UM", machine.service("UM", um, host.um_service if host else not_read, UM_PORTS)
    if router is not None:
        ports = (router.value.tcp_port, router.value.tls_port) if isinstance(router, Known) else None
        own_view = host.call_router if host else not_read
        yield "UMCallRouter", machine.service("UMCallRouter", router, own_view, ports)


@dataclass(frozen=True, slots=True)
class _Machine:
    """What a server shows of itself, and what is remembered of it."""

    key: str
    host: HostFacts | None
    entry: ServerEntry
    stored: Fact[tuple[StoredCertificate, ...]]
    not_read: Unknown
    now: datetime

    def service(
        self,
        name: ServiceName,
        settings: Fact[UMServiceFact] | Fact[CallRouterFact],
        own_view: Fact[UMServiceFact | None] | Fact[CallRouterFact | None],
        ports: tuple[int, int] | None,
    ) -> ServiceCase:
        """Return a service of it; without ``ports`` it is not known where it listens."""
        services = self.host.services if self.host else {}
        process = services.get(WINDOWS_SERVICES[name], self.not_read)
        shown, bound = _settings(own_view, self.not_read), self.entry.bound.get(name)
        tcp, tls = (self._listener(port) for port in ports) if ports else (self.not_read, self.not_read)
        return ServiceCase(
            self.key,
            name,
            _settings(settings, self.not_read),
            shown,
            process,
            tcp,
            tls,
            bound=bound,
            previous=self.entry.previous.get(name),
            restart=self.entry.restarts.get(name),
            drained=name == "UMCallRouter" and self.entry.hold is not None,
            former=self.entry.former.get(name),
            ended=self._ended(shown, bound) if _is_stopped(process) else None,
        )

    def _ended(self, settings: Fact[Settings], bound: Bound | None) -> str | None:
        """Return which certificate has ended that a service would start with, so that it does not start.

        So a server comes back that was away for long. A certificate that is missing somebody took away.
        """
        if isinstance(settings, Unknown) or isinstance(self.stored, Unknown) or settings.value.mode == "TCP":
            return None
        binding = settings.value.binding
        thumbprint = binding.thumbprint if binding.shown else (bound.thumbprint if bound else None)
        leaves = (row.certificate for row in self.stored.value)
        has_ended = any(leaf.thumbprint == thumbprint and self.now >= leaf.not_after for leaf in leaves)
        return thumbprint if has_ended else None

    def _listener(self, port: int) -> Fact[Listener]:
        return self.host.listeners.get(port, self.not_read) if self.host else self.not_read


def _is_stopped(process: Fact[ServiceFact]) -> bool:
    return isinstance(process, Known) and process.value.status == "Stopped"


def _settings(
    fact: Fact[UMServiceFact]
    | Fact[CallRouterFact]
    | Fact[UMServiceFact | None]
    | Fact[CallRouterFact | None],
    not_read: Unknown,
) -> Fact[Settings]:
    if isinstance(fact, Unknown):
        return fact
    if fact.value is None:
        return not_read
    return Known(Settings(fact.value.startup_mode, fact.value.binding), fact.read_at)


def since(snapshot: Snapshot) -> datetime:
    """Return when the servers were read, or since when they could not be."""
    servers = snapshot.servers
    return servers.since if isinstance(servers, Unknown) else servers.read_at
