"""Facts about Lync Server and Skype for Business Server, and about what ties them to Unified Messaging.

Field notes 5.5, 5.6 and 6 have the sources. Names of pools and computers are FQDNs as they came; mappings are
keyed by ``name_key`` of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from um_operator.observed.certificates import CertificateFact, HostStores
from um_operator.observed.fact import Fact
from um_operator.observed.front_ends import FabricState, LyncServiceFact, PoolReadiness
from um_operator.observed.hosts import HostEvent, Listener
from um_operator.observed.values import name_key

PoolKind: TypeAlias = Literal["FrontEnd", "Director", "BranchAppliance", "Other"]
"""``BranchAppliance``: a survivable branch appliance or server."""
Edition: TypeAlias = Literal["Enterprise", "Standard"]
Product: TypeAlias = Literal["Lync2010", "Lync2013", "SkypeForBusiness2015", "SkypeForBusiness2019"]
MediaEncryption: TypeAlias = Literal["RequireEncryption", "SupportEncryption", "DoNotSupportEncryption"]
"""EncryptionLevel of Get-CsMediaConfiguration; Lync's default is the first."""

_STRICTEST_FIRST: Final[tuple[MediaEncryption, ...]] = (
    "RequireEncryption",
    "SupportEncryption",
    "DoNotSupportEncryption",
)
_PRODUCTS: Final[Mapping[int, Product]] = {
    4: "Lync2010",
    5: "Lync2013",
    6: "SkypeForBusiness2015",
    7: "SkypeForBusiness2019",
}


@dataclass(frozen=True, slots=True)
class PoolFact:
    """A pool of the topology (Get-CsPool, Get-CsComputer -Pool, Get-CsService -PoolFqdn).

    Attributes:
        fqdn: the pool's name, to which its UM IP gateway points.
        site: name of its site in the topology, without ``Site:``.
        computers: FQDNs in the order in which they first appeared when the pool was first started: the
            quorum of larger pools counts the first ones only (field notes 5.6).
        services: roles of its services, such as ``Registrar``, ``UserServer``, ``MediationServer``.
        backup_registrar: FQDN of the pool that serves its users while it is down, ``None``: there is none.
    """

    fqdn: str
    site: str
    computers: tuple[str, ...]
    services: frozenset[str]
    backup_registrar: str | None = None

    @property
    def kind(self) -> PoolKind:
        """What it is, by its roles: users live where UserServer is; a Director and a branch have none.

        A branch has a Mediation Server beside its registrar, a Director has not.
        """
        if "UserServer" in self.services:
            return "FrontEnd"
        if "Director" in self.services:
            return "Director"
        if "Registrar" in self.services:
            return "BranchAppliance" if "MediationServer" in self.services else "Director"
        return "Other"

    @property
    def edition(self) -> Edition:
        """A Standard Edition server is a pool of its own name."""
        own = [name_key(computer) for computer in self.computers] == [name_key(self.fqdn)]
        return "Standard" if own else "Enterprise"

    @property
    def has_mediation(self) -> bool:
        """Whether a Mediation Server is collocated, so that trunks to the telephone network end here."""
        return "MediationServer" in self.services


@dataclass(frozen=True, slots=True)
class ReplicaFact:
    """A computer's copy of the Central Management store (Get-CsManagementStoreReplicationStatus).

    Attributes:
        fqdn: the computer.
        up_to_date: whether it has every change.
        last_update: when the newest change that it knows of was made, ``None``: it does not show it.
        version: of the product on it as (major, minor, build, revision), empty: it does not show it.
    """

    fqdn: str
    up_to_date: bool
    last_update: datetime | None = None
    version: tuple[int, ...] = ()

    @property
    def product(self) -> Product | None:
        """Which product it runs, ``None``: unknown."""
        return _PRODUCTS.get(self.version[0]) if self.version else None


@dataclass(frozen=True, slots=True)
class MediaFact:
    """A media configuration (Get-CsMediaConfiguration).

    ``scope`` is its Identity, such as ``Global``, ``Site:Munich``,
    ``Service:MediationServer:lyncpool01.contoso.com``.
    """

    scope: str
    encryption: MediaEncryption


@dataclass(frozen=True, slots=True)
class ContactFact:
    """A contact object through which Lync reaches Unified Messaging (Get-CsExUmContact).

    Attributes:
        sip_address: with ``sip:``.
        registrar_pool: FQDN of the pool that it is homed on.
        number: its DisplayNumber, usually E.164 with ``+``.
        auto_attendant: whether it is one of an auto attendant; else it is for subscriber access.
        enabled: whether Lync takes calls for it; ``None``: it does not show it.
        display_name: as a person typed it.
    """

    sip_address: str
    registrar_pool: str
    number: str
    auto_attendant: bool
    enabled: bool | None = None
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class AutoAttendantFact:
    """A UM auto attendant (Get-UMAutoAttendant), of which each number needs a contact.

    ``dial_plan`` is the plan's name in Exchange.
    """

    name: str
    dial_plan: str
    pilot_identifiers: frozenset[str]
    enabled: bool


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """That a group may read a container of Exchange in the directory (List children, read properties).

    Attributes:
        group: without its domain, such as ``RTCUniversalServerAdmins``.
        container: its common name, such as ``UM DialPlan Container``.
    """

    group: str
    container: str


@dataclass(frozen=True, slots=True)
class PermissionsFact:
    """What of ExchUcUtil.ps1 is seen in the directory: who may read Exchange's UM containers.

    Attributes:
        read_by: the way that showed it, for a person: a cmdlet and where it ran.
        missing: what Lync needs and has not got; empty: all was granted.
    """

    read_by: str
    missing: frozenset[Grant] = frozenset()

    @property
    def granted(self) -> bool:
        """Whether Lync may read all that it needs."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class AssignedCertificate:
    """A certificate that a Lync computer uses (Get-CsCertificate).

    Attributes:
        use: such as ``Default``, ``WebServicesInternal``; servers speak SIP with ``Default``.
        thumbprint: 40 upper-case hex digits.
        certificate: what its bytes show, as they were seen on the wire; ``None``: it was not seen there.
        subject: as Windows writes it; so is ``issuer``.
        dns_names: of the SAN, in lower case.
        not_before: of its dates, ``None``: it does not show it.
        not_after: likewise.
    """

    use: str
    thumbprint: str
    certificate: CertificateFact | None = None
    subject: str = ""
    issuer: str = ""
    dns_names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class FrontEndFacts:
    """What one computer of a declared pool shows.

    Attributes:
        services: Windows services of Lync by name in lower case, all of them; a service that is not in a
            Known mapping does not exist (Get-CsWindowsService -ComputerName).
        certificates: those in use (from the computer itself).
        stores: what it trusts (from the computer itself).
        events: the telling ones, the oldest first (R16: 44009).
        listener: what port 5061 was seen to be.
    """

    services: Fact[Mapping[str, LyncServiceFact]]
    certificates: Fact[tuple[AssignedCertificate, ...]]
    stores: Fact[HostStores]
    events: Fact[tuple[HostEvent, ...]]
    listener: Fact[Listener]


@dataclass(frozen=True, slots=True)
class PoolState:
    """What a declared pool shows beside the topology.

    Attributes:
        users_homed: how many users live on it.
        readiness: of its upgrade domains, as one of its front ends tells; ``None``: it has none (a Standard
            Edition server), or its product has no such thing (Lync Server 2010).
        fabric: its routing groups; ``None``: a Standard Edition server has none.
    """

    users_homed: Fact[int]
    readiness: Fact[PoolReadiness | None]
    fabric: Fact[FabricState | None]


@dataclass(frozen=True, slots=True)
class LyncFacts:
    """Lync as last read; there is one while a LyncIntegration is declared.

    Lists are one fact each: absent from a Known list means absent. ``pools`` has every pool of the topology;
    ``pool_states`` those that are declared, ``front_ends`` their computers.
    ``endpoint`` is the URL that answered last.
    """

    pools: Fact[Mapping[str, PoolFact]]
    replicas: Fact[Mapping[str, ReplicaFact]]
    media: Fact[tuple[MediaFact, ...]]
    contacts: Fact[tuple[ContactFact, ...]]
    auto_attendants: Fact[tuple[AutoAttendantFact, ...]]
    permissions: Fact[PermissionsFact]
    pool_states: Mapping[str, PoolState] = field(default_factory=dict)
    front_ends: Mapping[str, FrontEndFacts] = field(default_factory=dict)
    endpoint: str | None = None


def media_encryption(pool: PoolFact, configurations: Iterable[MediaFact]) -> MediaEncryption | None:
    """Return what a pool demands of media: by its services, else its site, else for all.

    Of several services of the pool the strictest counts. ``None``: no configuration applies, which a
    complete list does not leave so, for there is always a global one.
    """
    by_scope: dict[str, set[MediaEncryption]] = {}
    for one in configurations:
        by_scope.setdefault(_place(one.scope), set()).add(one.encryption)
    for place in (f"service:{name_key(pool.fqdn)}", f"site:{pool.site.casefold()}", "global"):
        found = by_scope.get(place)
        if found:
            return next(level for level in _STRICTEST_FIRST if level in found)
    return None


def _place(scope: str) -> str:
    """Return a scope, that of a service without its role: ``service:lyncpool01.contoso.com``."""
    kind, _, rest = scope.casefold().partition(":")
    return f"service:{name_key(rest.rpartition(':')[2])}" if kind == "service" else scope.casefold()
