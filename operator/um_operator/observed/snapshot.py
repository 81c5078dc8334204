"""The immutable snapshot: everything read of one organisation, each fact with the time it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import CertificateFact, RevisionFact, StoredCertificate
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.exchange import (
    CallRouterFact,
    DialPlanFact,
    GatewayFact,
    HuntGroupFact,
    MailboxPolicyFact,
    OrganizationFact,
    ServerFact,
    UMServiceFact,
)
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import HostFacts
from um_operator.observed.lync import LyncFacts
from um_operator.observed.peers import PeerKey, PeerLook


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One organisation as last read.

    Lists of the organisation are one fact each: absent from a Known list means absent. A row that could
    not be understood is an Unknown entry, so that one odd object does not hide the others. Mappings are
    keyed by ``name_key`` of the name in Exchange, or of the server's FQDN. ``active_calls`` (by gateway)
    is read only while a gateway is being emptied. ``certificates`` (by server) and ``hosts`` are read where a
    UMCertificate is declared, ``revisions`` by its key, ``peers`` once one is issued. By its key as well are
    ``offers``: what the Secret holds from which its certificate comes (issuer ``secret``), and ``bundles``:
    SHA-256 of what its ConfigMap holds, whom peers are told to trust. ``authorities`` is what ``trust.caRef``
    holds, by UMIPGateway; by it as well are ``deliveries``: what the devices have to which CAs are brought.
    ``lync`` is read where a LyncIntegration is declared, else it is ``None``. ``endpoint`` is the URL that
    answered last.
    """

    organization: Fact[OrganizationFact]
    servers: Fact[Mapping[str, ServerFact]]
    dial_plans: Fact[Mapping[str, Fact[DialPlanFact]]]
    gateways: Fact[Mapping[str, Fact[GatewayFact]]]
    hunt_groups: Fact[tuple[HuntGroupFact, ...]]
    mailbox_policies: Fact[tuple[MailboxPolicyFact, ...]]
    um_services: Mapping[str, Fact[UMServiceFact]] = field(default_factory=dict)
    call_routers: Mapping[str, Fact[CallRouterFact]] = field(default_factory=dict)
    active_calls: Mapping[str, Fact[int]] = field(default_factory=dict)
    certificates: Mapping[str, Fact[tuple[StoredCertificate, ...]]] = field(default_factory=dict)
    hosts: Mapping[str, HostFacts] = field(default_factory=dict)
    revisions: Mapping[ObjectKey, Fact[tuple[RevisionFact, ...]]] = field(default_factory=dict)
    offers: Mapping[ObjectKey, Fact[CertificateFact]] = field(default_factory=dict)
    peers: Mapping[PeerKey, Fact[PeerLook]] = field(default_factory=dict)
    bundles: Mapping[ObjectKey, Fact[frozenset[str]]] = field(default_factory=dict)
    authorities: Mapping[ObjectKey, Fact[tuple[CertificateFact, ...]]] = field(default_factory=dict)
    deliveries: Mapping[ObjectKey, Fact[DeliveryFact]] = field(default_factory=dict)
    lync: LyncFacts | None = None
    endpoint: str | None = None

    @classmethod
    def unread(cls, reason: str, message: str, since: datetime) -> Self:
        """Return the snapshot of an organisation of which nothing is known."""
        nothing = Unknown(reason, message, since)
        return cls(nothing, nothing, nothing, nothing, nothing, nothing)

    @property
    def organization_lists(self) -> tuple[Fact[Any], ...]:
        """Return what is read of the organisation as a whole, the organisation itself first."""
        return (
            self.organization,
            self.servers,
            self.dial_plans,
            self.gateways,
            self.hunt_groups,
            self.mailbox_policies,
        )

    def gateways_of(self, dial_plan: str) -> tuple[HuntGroupFact, ...]:
        """Return the hunt groups that link gateways to a plan (by name in Exchange), none if unread."""
        if not isinstance(self.hunt_groups, Known):
            return ()
        wanted = dial_plan.casefold()
        return tuple(group for group in self.hunt_groups.value if group.dial_plan.casefold() == wanted)
