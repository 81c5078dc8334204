"""What a deployment of Lync consists of, as a test or a preset says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum


class Release(Enum):
    """A release of the server: ``Version`` in Get-CsService (common knowledge), and its build."""

    LYNC2013 = (6, "5.0.8308")
    SFB2015 = (7, "6.0.9319")
    SFB2019 = (8, "7.0.2046")

    @property
    def version(self) -> int:
        """What Get-CsService shows."""
        return self.value[0]

    @property
    def build(self) -> str:
        """Major, minor and build, as Get-CsManagementStoreReplicationStatus shows them."""
        return self.value[1]

    @property
    def goes_by_domain(self) -> bool:
        """Whether front ends go by upgrade domain, with twenty minutes between (field notes 5.6)."""
        return self is Release.LYNC2013

    @property
    def tells_readiness_by(self) -> str:
        """The cmdlet that says, on a front end, whether its pool can lose one (their cmdlet pages)."""
        return "Get-CsUpgradeDomainInfo" if self is Release.SFB2019 else "Get-CsPoolUpgradeReadinessState"


class Edition(StrEnum):
    """What a pool is for."""

    STANDARD = "Standard"
    ENTERPRISE = "Enterprise"
    DIRECTOR = "Director"
    BRANCH_APPLIANCE = "SurvivableBranchAppliance"


class Encryption(StrEnum):
    """EncryptionLevel of a media configuration (cmdlet page Set-CsMediaConfiguration)."""

    REQUIRED = "RequireEncryption"
    SUPPORTED = "SupportEncryption"
    NONE = "DoNotSupportEncryption"


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """One pool.

    Attributes:
        fqdn: of the pool; of a Standard Edition server its own.
        site: name of the Lync site that it is in; also of the Active Directory site.
        edition: what it is for.
        computers: FQDNs, in the order in which they appeared when the pool was first started (field notes
            5.6); only the pool's own where it has one.
        users: how many are homed there.
        backup: FQDN of the pool that takes its users over; empty without one.
        mediation: whether its computers are Mediation Servers, too.
        domains: upgrade domains, by the positions of their computers; one computer each when empty.
    """

    fqdn: str
    site: str
    edition: Edition = Edition.ENTERPRISE
    release: Release = Release.LYNC2013
    computers: tuple[str, ...] = ()
    users: int = 0
    backup: str = ""
    mediation: bool = True
    domains: tuple[tuple[int, ...], ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """The computers, in lower case."""
        return tuple(name.lower() for name in self.computers or (self.fqdn,))


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """A contact that OcsUmUtil has made since long.

    Attributes:
        name: display name.
        sip_address: with ``sip:``.
        pool: FQDN of its registrar pool.
        number: in E.164.
        dial_plan: name of the UM dial plan that it leads to.
        attendant: whether it is one of an auto attendant; of subscriber access otherwise.
    """

    name: str
    sip_address: str
    pool: str
    number: str
    dial_plan: str
    attendant: bool = False


@dataclass(frozen=True, slots=True)
class LyncSpec:
    """Everything that a deployment has at the beginning.

    Attributes:
        sip_domain: of its users.
        authority: name of the CA that issued the front ends' certificates.
        trusts_exchange: whether front ends and Exchange servers trust each other's CAs since long.
        encryption: of the global media configuration.
        encryption_of: of a site's or a service's, by identity (``Site:Berlin``), where it has its own.
        other_pools: pools that are no registrars: databases and gateways, with their service's role.
        replication: how long the management store takes to reach a computer.
        integrated: whether ExchUcUtil has run and every front end was started since.
    """

    pools: tuple[PoolSpec, ...]
    sip_domain: str = "contoso.com"
    authority: str = "Contoso Lync CA"
    trusts_exchange: bool = False
    encryption: Encryption = Encryption.REQUIRED
    encryption_of: tuple[tuple[str, Encryption], ...] = ()
    other_pools: tuple[tuple[str, str, str], ...] = ()
    contacts: tuple[ContactSpec, ...] = ()
    replication: timedelta = field(default=timedelta(minutes=2))
    integrated: bool = False
