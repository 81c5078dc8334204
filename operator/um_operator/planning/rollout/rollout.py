"""All servers in scope beside what is wanted of them: which revision, what each service shall serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from um_operator.api.meta import ObjectKey
from um_operator.desired.claims import services_claimed
from um_operator.desired.organization import DesiredOrganization, Obstacle
from um_operator.observed.certificates import RevisionFact, ServiceName
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.ledger import Ledger
from um_operator.observed.rollout import ServerEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.rollout.cases import in_scope, server_case, since
from um_operator.planning.rollout.certificate import CertificateCase, certificate_case
from um_operator.planning.rollout.counted import counted
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.targets import targets_of


@dataclass(frozen=True)
class Rollout:
    """What certificates and servers are to each other at one instant.

    Attributes:
        servers: by ``name_key`` of their FQDN, with everything that is wanted of them.
        certificates: those for which something can be done.
        claimed: why a UMCertificate has no right to services that another one has.
    """

    servers: Mapping[str, ServerCase] = field(default_factory=dict)
    certificates: Mapping[ObjectKey, CertificateCase] = field(default_factory=dict)
    claimed: Mapping[ObjectKey, Obstacle] = field(default_factory=dict)

    @classmethod
    def at(cls, desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger, now: datetime) -> Rollout:
        """Return the servers with what each of their services shall serve."""
        entries = ledger.entry(desired.key).servers
        if not desired.certificates and not any(entry.unfinished for entry in entries.values()):
            return cls()
        snapshot = counted(snapshot, desired, ledger)
        servers = {
            key: server_case(key, snapshot, entries.get(key, ServerEntry()), now)
            for key in in_scope(snapshot)
        }
        claimed = _claimed(desired, snapshot, ledger)
        certificates = _certificates(desired, snapshot, ledger, servers, claimed, now)
        for case in certificates.values():
            for key in case.servers:
                targets = {**servers[key].targets, **targets_of(case, servers[key], now)}
                in_order = {name: targets[name] for name in servers[key].services if name in targets}
                servers[key] = replace(servers[key], targets=in_order)
        return cls(servers, certificates, claimed)

    @cached_property
    def unavailable(self) -> Mapping[str, str]:
        """Return why servers (by FQDN) count against the budget, whoever is the cause (R11)."""
        return {server.fqdn: why for server in self.servers.values() if (why := server.unavailable)}

    @cached_property
    def queue(self) -> tuple[ServerCase, ...]:
        """Return the servers whose sequence may begin, as far as they are concerned."""
        return tuple(server for server in self.servers.values() if server.may_begin)

    def revision_serving(self, owner: ObjectKey, sha256: str) -> RevisionFact | None:
        """Return the revision of a UMCertificate that a certificate is."""
        case = self.certificates.get(owner)
        if case is None or isinstance(case.revisions, Unknown):
            return None
        return next((r for r in case.revisions.value if r.leaf is not None and r.leaf.sha256 == sha256), None)

    def of(self, key: ObjectKey) -> tuple[ServerCase, ...]:
        """Return the servers that a UMCertificate looks after, in the order of a rollout.

        Each with what this certificate wants of it, not what another one wants of its other service.
        """
        case = self.certificates.get(key)
        chosen = [self.servers[name].wanted_by(key) for name in case.servers] if case else []
        return tuple(sorted(chosen, key=rank))

    def unowned(self, key: str) -> tuple[ServiceName, ...]:
        """Return the services of a server (by ``name_key``) that no certificate looks after (any more)."""
        server = self.servers[key]
        owned = {
            name
            for case in self.certificates.values()
            if key in case.servers
            for name in case.services_on(server)
        }
        return tuple(name for name in server.services if name not in owned)


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


def _certificates(  # noqa: PLR0917 - what is declared, read, remembered, put together
    desired: DesiredOrganization,
    snapshot: Snapshot,
    ledger: Ledger,
    servers: Mapping[str, ServerCase],
    claimed: Mapping[ObjectKey, Obstacle],
    now: datetime,
) -> Mapping[ObjectKey, CertificateCase]:
    not_read = Unknown("NotRead", "revisions were not read", since(snapshot))
    names = [(key, server.fqdn) for key, server in servers.items() if desired.selects(server.fqdn)]
    return {
        item.key: certificate_case(
            item,
            ledger.entry(item.key).issuance,
            snapshot.revisions.get(item.key, not_read),
            snapshot.offers.get(item.key),
            names,
            now,
        )
        for item in desired.certificates
        if not (item.obstacles or item.deleting or item.key in claimed)
    }
