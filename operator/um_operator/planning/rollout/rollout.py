"""All servers in scope beside what is wanted of them: which revision, what each service shall serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.desired.claims import services_claimed
from um_operator.desired.organization import DesiredCertificate, DesiredOrganization, Obstacle
from um_operator.observed.certificates import RevisionFact, ServiceName
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import HostFacts, Listener
from um_operator.observed.ledger import Ledger
from um_operator.observed.revision import Revision
from um_operator.observed.rollout import Rejection, ServerEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.renewal import WantedRevision, renewal_of, wanted_revision
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase, Settings
from um_operator.planning.rollout.target import Target
from um_operator.planning.steps.certificate import WINDOWS_SERVICES

UM_PORTS = (5062, 5063)
"""Of the UM service for plain SIP and for TLS; they cannot be changed (field notes 2.5)."""


@dataclass(frozen=True, slots=True)
class CertificateCase:
    """A UMCertificate, its wanted revision, and the servers that it looks after.

    Attributes:
        revisions: what was issued or asked for; a Known list is complete.
        wanted: which revision shall be in force.
        servers: by ``name_key`` of their FQDN, those selected.
    """

    item: DesiredCertificate
    revisions: Fact[tuple[RevisionFact, ...]]
    wanted: WantedRevision | None
    rejected: Mapping[str, Rejection]
    servers: tuple[str, ...]

    @property
    def current(self) -> tuple[RevisionFact, ...]:
        """Return what was asked for or issued of the wanted revision, for each server."""
        if isinstance(self.revisions, Unknown) or self.wanted is None:
            return ()
        return tuple(r for r in self.revisions.value if r.number == self.wanted.number)

    def name_of(self, fqdn: str, number: int) -> str:
        """Return how steps and messages name a revision: ``um/ex03.contoso.com/7``, shared ``um/7``."""
        return str(self.named(fqdn, number))

    def named(self, fqdn: str, number: int) -> Revision:
        """Return a revision for a server, the shared one where it is shared."""
        return Revision(self.item.name, number, None if self.item.spec.scope == "Shared" else fqdn.lower())

    def revision_of(self, server: str, number: int | None = None) -> RevisionFact | None:
        """Return a revision for a server (by ``name_key``), the wanted one if no number is given."""
        if isinstance(self.revisions, Unknown) or self.wanted is None:
            return None
        asked = self.wanted.number if number is None else number
        return next(
            (r for r in self.revisions.value if r.number == asked and r.server in (None, server)), None
        )


@dataclass(frozen=True, slots=True)
class Rollout:
    """What certificates and servers are to each other at one instant."""

    servers: Mapping[str, ServerCase] = field(default_factory=dict)
    certificates: Mapping[ObjectKey, CertificateCase] = field(default_factory=dict)
    claimed: Mapping[ObjectKey, Obstacle] = field(default_factory=dict)
    """Why a UMCertificate has no right to services that another one has."""

    @classmethod
    def at(cls, desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger, now: datetime) -> Rollout:
        """Return the servers with what each of their services shall serve."""
        if not desired.certificates:
            return cls()
        entries = ledger.entry(desired.key).servers
        servers = {
            key: _server(key, snapshot, entries.get(key, ServerEntry())) for key in _in_scope(snapshot)
        }
        claimed = _claimed(desired, snapshot, ledger)
        certificates = {
            item.key: _certificate(item, servers, snapshot, ledger, now)
            for item in desired.certificates
            if not item.obstacles and item.key not in claimed
        }
        for case in certificates.values():
            for key in case.servers:
                targets = dict(_targets(case, servers[key], now))
                servers[key] = replace(
                    servers[key], targets=targets, owner=case.item.key, proof=case.item.spec.proof
                )
        return cls(servers, certificates, claimed)

    def revision_serving(self, server: ServerCase, sha256: str) -> RevisionFact | None:
        """Return the revision of a server's UMCertificate that a certificate is."""
        case = self.certificates.get(server.owner) if server.owner else None
        if case is None or isinstance(case.revisions, Unknown):
            return None
        return next((r for r in case.revisions.value if r.leaf is not None and r.leaf.sha256 == sha256), None)

    def of(self, key: ObjectKey) -> tuple[ServerCase, ...]:
        """Return the servers that a UMCertificate looks after, in the order of a rollout."""
        case = self.certificates.get(key)
        chosen = [self.servers[name] for name in case.servers] if case else []
        return tuple(sorted(chosen, key=rank))


def rank(server: ServerCase) -> tuple[int, str]:
    """Put UM before call routers where roles are split, then go by name (field notes 5.3)."""
    tiers = {("UM",): 0, ("UM", "UMCallRouter"): 1, ("UMCallRouter",): 2}
    return tiers.get(tuple(server.services), 1), server.fqdn


def _claimed(
    desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger
) -> Mapping[ObjectKey, Obstacle]:
    """Return who claims a service of another one; nobody while it is not known which servers there are."""
    if not isinstance(snapshot.servers, Known):
        return {}
    services = {name: server.um_services for name, server in snapshot.servers.value.items()}
    in_force = [key for key, entry in ledger.objects.items() if entry.issuance is not None]
    return services_claimed(desired, services, in_force)


def _in_scope(snapshot: Snapshot) -> list[str]:
    return sorted({*snapshot.um_services, *snapshot.call_routers})


def _server(key: str, snapshot: Snapshot, entry: ServerEntry) -> ServerCase:
    rows = snapshot.servers.value if isinstance(snapshot.servers, Known) else {}
    row, host = rows.get(key), snapshot.hosts.get(key)
    not_read = Unknown("NotRead", f'"{key}" was not read', _since(snapshot))
    return ServerCase(
        fqdn=row.fqdn if row else key,
        services=dict(_services(key, snapshot, host, entry, not_read)),
        entry=entry,
        component=host.component if host else not_read,
        calls=host.calls if host else not_read,
        stored=snapshot.certificates.get(key, not_read),
        stores=host.stores if host else not_read,
        domain_controllers=row.domain_controllers if row else (),
    )


def _services(
    key: str, snapshot: Snapshot, host: HostFacts | None, entry: ServerEntry, not_read: Unknown
) -> Iterator[tuple[ServiceName, ServiceCase]]:
    um, router = snapshot.um_services.get(key), snapshot.call_routers.get(key)
    machine = _Machine(key, host, entry, not_read)
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
    not_read: Unknown

    def service(
        self,
        name: ServiceName,
        settings: Fact[UMServiceFact] | Fact[CallRouterFact],
        own_view: Fact[UMServiceFact | None] | Fact[CallRouterFact | None],
        ports: tuple[int, int] | None,
    ) -> ServiceCase:
        """Return a service of it; without ``ports`` it is not known where it listens."""
        services = self.host.services if self.host else {}
        tcp, tls = (self._listener(port) for port in ports) if ports else (self.not_read, self.not_read)
        return ServiceCase(
            self.key,
            name,
            own if isinstance(own := _settings(own_view, self.not_read), Known) else _settings(settings, own),
            own,
            services.get(WINDOWS_SERVICES[name], self.not_read),
            tcp,
            tls,
            bound=self.entry.bound.get(name),
            previous=self.entry.previous.get(name),
            restart=self.entry.restarts.get(name),
            drained=name == "UMCallRouter" and self.entry.hold is not None,
        )

    def _listener(self, port: int) -> Fact[Listener]:
        return self.host.listeners.get(port, self.not_read) if self.host else self.not_read


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


def _certificate(
    item: DesiredCertificate,
    servers: Mapping[str, ServerCase],
    snapshot: Snapshot,
    ledger: Ledger,
    now: datetime,
) -> CertificateCase:
    revisions = snapshot.revisions.get(
        item.key, Unknown("NotRead", "revisions were not read", _since(snapshot))
    )
    issuance = ledger.entry(item.key).issuance
    wanted = None
    if isinstance(revisions, Known):
        leaves = [
            revision.leaf
            for revision in revisions.value
            if issuance and revision.number == issuance.revision and revision.leaf
        ]
        wanted = wanted_revision(
            issuance, spec_hash(asked_of(item.spec)), item.requested_renew, leaves, renewal_of(item.spec), now
        )
    selected = tuple(key for key, case in servers.items() if item.servers.selects(case.fqdn))
    return CertificateCase(item, revisions, wanted, issuance.rejected if issuance else {}, selected)


def _targets(
    case: CertificateCase, server: ServerCase, now: datetime
) -> Iterator[tuple[ServiceName, Target]]:
    """Yield what each service of a server shall serve; nothing while it is not known which revision."""
    if case.wanted is None:
        return
    key = name_key(server.fqdn)
    rejection = case.rejected.get(key)
    forward = dict(_forward(case, server))
    failing = next(
        (s for name, s in server.services.items() if name in forward and s.failed(forward[name], now)), None
    )
    if rejection is not None and rejection.revision == case.wanted.number:
        yield from _back(forward, server, rejection.message, now)
    elif failing is not None:
        yield from _back(forward, server, f"{WINDOWS_SERVICES[failing.name]} did not serve it", now)
    else:
        yield from forward.items()


def _forward(case: CertificateCase, server: ServerCase) -> Iterator[tuple[ServiceName, Target]]:
    assert case.wanted is not None
    item, key = case.item, name_key(server.fqdn)
    number = _number_in_hand(case, server) or case.wanted.number
    revision = case.revision_of(key, number)
    leaf = revision.leaf if revision else None
    name = case.name_of(server.fqdn, number)
    for service in server.services:
        if service not in item.spec.services:
            continue
        if item.spec.startup_mode == "TCP":
            yield service, Target("TCP", None, None)
        else:
            yield service, Target(item.spec.startup_mode, name, leaf.thumbprint if leaf else None)


def _number_in_hand(case: CertificateCase, server: ServerCase) -> int | None:
    """Return the revision that a server was taken out of service for: that one is finished first (R13)."""
    if server.entry.hold is None or isinstance(case.revisions, Unknown):
        return None
    written = {bound.certificate for bound in server.entry.bound.values()}
    numbers = (revision.number for revision in case.revisions.value if revision.leaf is not None)
    return next((number for number in numbers if case.name_of(server.fqdn, number) in written), None)


def _back(
    forward: Mapping[ServiceName, Target], server: ServerCase, why: str, now: datetime
) -> Iterator[tuple[ServiceName, Target]]:
    """Yield the way back of each service: its former leaf while that can be used, else plain SIP (R17).

    A service that had a certificate which is of no use any more has no way back; it gets no target.
    """
    for name in forward:
        service = server.services[name]
        former = service.previous
        if former is None:
            # Nothing was written for this service yet, so there is nothing to take back.
            continue
        if former.thumbprint is None or former.startup_mode == "TCP":
            yield name, Target("TCP", None, None, takes_back=why)
        elif _usable(server, former.thumbprint, now):
            yield name, Target(former.startup_mode, former.thumbprint, former.thumbprint, takes_back=why)


def _usable(server: ServerCase, thumbprint: str, now: datetime) -> bool:
    if isinstance(server.stored, Unknown):
        return False
    return any(
        row.certificate.thumbprint == thumbprint and row.certificate.valid_at(now)
        for row in server.stored.value
    )


def _since(snapshot: Snapshot) -> datetime:
    servers = snapshot.servers
    return servers.since if isinstance(servers, Unknown) else servers.read_at
