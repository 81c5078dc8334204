"""The deployment at work: pools, their front ends, and what the management store holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from um_operator.lab.clock import Clock
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import Host
from um_operator.lab.journal import Journal
from um_operator.lab.lync.contacts import Contacts
from um_operator.lab.lync.fabric import RoutingGroup
from um_operator.lab.lync.media import MediaConfigurations
from um_operator.lab.lync.membership import Membership
from um_operator.lab.lync.services import Services
from um_operator.lab.lync.sessions import Sessions
from um_operator.lab.lync.spec import Edition, PoolSpec
from um_operator.lab.lync.store import ManagementStore
from um_operator.lab.variants import Variants

_ROLES: Final[Mapping[Edition, tuple[str, ...]]] = {
    Edition.STANDARD: ("Registrar", "UserServer", "ConferencingServer", "ApplicationServer", "WebServer"),
    Edition.ENTERPRISE: ("Registrar", "UserServer", "ConferencingServer", "ApplicationServer", "WebServer"),
    Edition.DIRECTOR: ("Director", "WebServer"),
    Edition.BRANCH_APPLIANCE: ("Registrar",),
}
"""Roles of a pool's services, by its edition; a branch appliance has no user services of its own."""
UpgradeState: TypeAlias = Literal["Ready", "Busy", "InsufficientActiveFrontEnds"]
MEDIATION: Final = "MediationServer"


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of Get-CsService: a role in a pool."""

    role: str
    pool: str
    site: str
    version: int

    @property
    def identity(self) -> str:
        """As Get-CsService and Get-CsPool name it."""
        return f"{self.role}:{self.pool}"


@dataclass
class FrontEnd:
    """One computer of a pool.

    Attributes:
        host: the machine.
        pool: FQDN of its pool.
        certificate: thumbprint of the certificate for Default in its store.
        sessions: what goes on there.
        services: how they are stopped and started.
    """

    host: Host
    pool: str
    certificate: str
    sessions: Sessions
    services: Services

    @property
    def fqdn(self) -> str:
        """Its name."""
        return self.host.fqdn


@dataclass
class Pool:
    """One pool of registrars or directors.

    Attributes:
        spec: what the topology says of it.
        front_ends: in the order in which they first appeared.
        membership: which of them run together.
        domains: its upgrade domains, by the FQDNs of their front ends.
        groups: its routing groups.
    """

    spec: PoolSpec
    front_ends: tuple[FrontEnd, ...]
    membership: Membership
    domains: tuple[tuple[str, ...], ...]
    groups: tuple[RoutingGroup, ...]

    @property
    def state(self) -> UpgradeState:
        """PoolUpgradeState: whether an upgrade domain may be taken down (field notes 5.6)."""
        largest = max(len(domain) for domain in self.domains)
        if self.membership.margin < largest:
            return "InsufficientActiveFrontEnds"
        return "Busy" if self.membership.is_busy else "Ready"

    def is_sound_without(self, gone: Collection[str]) -> bool:
        """Whether each routing group has a primary and a secondary without some front ends."""
        having = self.membership.having.difference(gone)
        return all(group.is_sound(having) for group in self.groups)

    @property
    def fqdn(self) -> str:
        """Its name, in lower case."""
        return self.spec.fqdn.lower()

    @property
    def services(self) -> tuple[Service, ...]:
        """What Get-CsService shows of it."""
        roles = (*_ROLES[self.spec.edition], *((MEDIATION,) if self.spec.mediation else ()))
        version = self.spec.release.version
        return tuple(Service(role, self.fqdn, self.spec.site, version) for role in roles)

    @property
    def has_shell(self) -> bool:
        """Whether its computers have the web service of remote PowerShell: an appliance does not."""
        return self.spec.edition is not Edition.BRANCH_APPLIANCE


@dataclass(frozen=True, slots=True)
class OtherPool:
    """A pool without users: a database, a gateway to the telephone network."""

    fqdn: str
    service: Service


@dataclass
class Deployment:
    """Lync in one forest.

    Attributes:
        authority: who issued the front ends' certificates.
        pools: by FQDN in lower case, in the order of the topology.
        others: pools that are neither registrars nor directors.
        media: the media configurations.
        contacts: the Exchange UM contacts.
        store: the Central Management store and its replicas.
        seed: of everything that is drawn.
    """

    clock: Clock
    journal: Journal
    variants: Variants
    sip_domain: str
    authority: CertificateAuthority
    media: MediaConfigurations
    contacts: Contacts
    store: ManagementStore
    pools: dict[str, Pool] = field(default_factory=dict)
    others: tuple[OtherPool, ...] = ()
    seed: int = 0

    @property
    def front_ends(self) -> Iterator[FrontEnd]:
        """Every computer that is a front end, a Director or an appliance."""
        return (front_end for pool in self.pools.values() for front_end in pool.front_ends)

    @property
    def services(self) -> Iterator[Service]:
        """Every service of the topology."""
        yield from (service for pool in self.pools.values() for service in pool.services)
        yield from (other.service for other in self.others)

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the Lync sites, in the order of the topology."""
        return tuple(dict.fromkeys(service.site for service in self.services))

    def front_end(self, fqdn: str) -> FrontEnd | None:
        """The computer of that name, if it is one of ours."""
        return next((one for one in self.front_ends if one.fqdn == fqdn.lower()), None)

    def computer_of(self, name: str) -> FrontEnd | None:
        """Where a session lands that was opened at a computer, or at a pool: one of its that is up."""
        if (pool := self.pools.get(name.lower())) is None:
            return self.front_end(name)
        return next((one for one in pool.front_ends if one.host.up), None)
