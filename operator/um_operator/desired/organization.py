"""One organisation as it is wanted: everything of it, references resolved, care decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from um_operator.api.annotations import Hold, Rollback
from um_operator.api.certificate import UMCertificateSpec
from um_operator.api.gateway_trust import GatewayTrust
from um_operator.api.ip_gateway import Probe
from um_operator.api.lync_integration import LyncIntegrationSpec
from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.reasons import Reason
from um_operator.api.select import Invalid
from um_operator.api.server_patterns import ServerPatterns
from um_operator.api.strings import DeletionPolicy, Mode
from um_operator.api.values import PropertyValue

VoIPSecurity: TypeAlias = Literal["Unsecured", "SIPSecured", "Secured"]
URIType: TypeAlias = Literal["TelephoneExtension", "SipName", "E164"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing is done for a resource, or for a part of it.

    ``stalled``: it will not go away by itself, only when somebody changes a resource.
    """

    reason: Reason
    message: str
    stalled: bool


@dataclass(frozen=True, slots=True)
class Care:
    """How careful to be with a resource: the more careful of what it and its organisation say.

    ``holds`` are those of both; whether one is in force depends on the instant.
    """

    mode: Mode
    suspended: bool
    holds: tuple[Hold, ...] = ()

    def hold_at(self, now: datetime) -> Hold | None:
        """Return a hold that is in force at an instant, the one that lasts longest."""
        active = [hold for hold in self.holds if hold.active(now)]
        endless = next((hold for hold in active if hold.until is None), None)
        return endless or max(active, key=lambda hold: hold.until or now, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredResource:
    """What every resource of an organisation wants.

    Attributes:
        deleting: whether the resource is being deleted.
        requested_reconcile: the value of the annotation reconcile-requested-at.
        requested_retry: the value of the annotation retry-requested-at.
        obstacles: why nothing is done for it.
    """

    key: ObjectKey
    generation: int
    care: Care
    deleting: bool
    requested_reconcile: str | None = None
    requested_retry: str | None = None
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def blocked(self) -> Obstacle | None:
        """Return what keeps everything from being done for it, the one that needs a person first."""
        return min(self.obstacles, key=lambda obstacle: not obstacle.stalled, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredObject(DesiredResource):
    """What is wanted of one object in Exchange.

    Attributes:
        name: its name in Exchange.
        properties: what is declared, by the API's field name, in canonical form; absent is not managed.
        ignore_drift: paths whose drift is neither corrected nor reported.
    """

    name: str
    deletion_policy: DeletionPolicy
    properties: Mapping[str, PropertyValue]
    ignore_drift: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredDialPlan(DesiredObject):
    """What is wanted of a dial plan. ``uri_type`` is ``None`` where it is left to Exchange or not managed."""

    voip_security: VoIPSecurity
    digits: int
    uri_type: URIType | None
    generate_mailbox_policy: bool | None


@dataclass(frozen=True, slots=True)
class DesiredHuntGroup:
    """A hunt group: the link of a gateway and a dial plan, by their names in Exchange, with its own name.

    Its identity is gateway, plan and pilot; the name is what it gets when it is made.
    """

    gateway: str
    dial_plan: str
    pilot_identifier: str
    name: str
    dial_plan_key: ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredGateway(DesiredObject):
    """What is wanted of a gateway.

    Attributes:
        address: canonical: lower case, no dot at the end.
        hunt_groups: those whose plan is found.
        unresolved: why others of ``dialPlanRefs`` are not; they stop nothing else of the gateway.
        trust: whose certificates it shows and trusts, as far as a person says so.
        probe: how its port may be tried.
        call_routers: FQDNs of those that it sends calls to; empty: all.
        remove_unlisted: whether hunt groups that nobody listed are removed. False while ``unresolved``
            is not empty: one of them may be meant.
    """

    address: str
    port: int | None
    state: Literal["Enabled", "Disabled", "NoNewCalls"] | None
    media: Literal["RTP", "SRTP"] | None
    hunt_groups: tuple[DesiredHuntGroup, ...] = ()
    unresolved: tuple[Obstacle, ...] = ()
    trust: GatewayTrust | None = None
    probe: Probe = field(default_factory=Probe)
    call_routers: tuple[str, ...] = ()
    remove_unlisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredCertificate(DesiredResource):
    """Which certificate the UM services of which servers serve.

    Attributes:
        created_at: when the resource was made: of two claims to a service the older one wins.
        servers: which servers it selects, of those that the organisation counts.
        requested_renew: the value of the annotation renew-requested-at.
        requested_rollback: what the annotation rollback-requested-at says.
    """

    spec: UMCertificateSpec
    created_at: datetime | None
    servers: ServerPatterns
    requested_renew: str | None = None
    requested_rollback: Rollback | None = None

    @property
    def name(self) -> str:
        """Return metadata.name, with which the names of its Secrets and revisions begin."""
        return self.key.name


@dataclass(frozen=True, slots=True)
class DesiredPool:
    """A Lync pool that is to work with Unified Messaging.

    Attributes:
        fqdn: canonical: lower case, no dot at the end.
        port: of its front ends, which is that of its UM IP gateway.
        gateway: the UMIPGateway that is declared for its address and owns that gateway and its hunt groups;
            ``None``: the integration does.
    """

    fqdn: str
    port: int
    gateway: ObjectKey | None = None


@dataclass(frozen=True, slots=True)
class IntegratedPlan:
    """A dial plan of a LyncIntegration.

    Attributes:
        name: its name in Exchange.
        outbound_gateway: canonical address of the one gateway through which it places calls (R20).
    """

    key: ObjectKey
    name: str
    outbound_gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredLyncIntegration(DesiredResource):
    """How Unified Messaging and Lync are to work together.

    Attributes:
        created_at: when the resource was made: of two claims the older one wins.
        pools: in the order of the manifest, which is that of their restart.
        dial_plans: those that are found, by name in Exchange.
        unresolved: why others of ``dialPlanRefs`` are not; they stop nothing else.
        ignore_drift: paths whose drift is neither corrected nor reported.
    """

    spec: LyncIntegrationSpec
    created_at: datetime | None
    pools: tuple[DesiredPool, ...]
    dial_plans: tuple[IntegratedPlan, ...] = ()
    unresolved: tuple[Obstacle, ...] = ()
    ignore_drift: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return metadata.name."""
        return self.key.name


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredOrganization:
    """What is wanted of one Exchange organisation.

    Attributes:
        spec: how to reach it, when it may be interrupted, how gently.
        dial_plans: by name in Exchange; those with obstacles too.
        gateways: by name in Exchange; those with obstacles too.
        certificates: by name; those with obstacles too.
        lync_integrations: by name; those with obstacles too.
        invalid: resources of the organisation that cannot be used: nothing is done for them.
        obstacles: why nothing can be done for the organisation at all.
        uids: what tells it and its valid resources from others that had or will have their names.
        interrupting_from: before that instant nothing that interrupts calls begins, because what a
            predecessor of this process sent last may still be under way; ``None``: at any time.
    """

    key: ObjectKey
    generation: int
    spec: ExchangeOrganizationSpec
    care: Care
    namespace: str = ""
    created_at: datetime | None = None
    deleting: bool = False
    dial_plans: tuple[DesiredDialPlan, ...] = ()
    gateways: tuple[DesiredGateway, ...] = ()
    certificates: tuple[DesiredCertificate, ...] = ()
    lync_integrations: tuple[DesiredLyncIntegration, ...] = ()
    invalid: tuple[Invalid, ...] = ()
    requested_reconcile: str | None = None
    requested_retry: str | None = None
    obstacles: tuple[Obstacle, ...] = ()
    uids: Mapping[ObjectKey, str | None] = field(default_factory=dict)
    interrupting_from: datetime | None = None

    @property
    def itself(self) -> DesiredResource:
        """Return the organisation as the one who asks for what no other resource asks for any more."""
        return DesiredResource(
            key=self.key, generation=self.generation, care=self.care, deleting=self.deleting
        )

    def selects(self, fqdn: str) -> bool:
        """Tell whether a server counts, by what is declared of the organisation."""
        return ServerPatterns(self.spec.servers.include, self.spec.servers.exclude).selects(fqdn)

    @property
    def objects(self) -> tuple[DesiredObject, ...]:
        """Return dial plans and gateways."""
        return (*self.dial_plans, *self.gateways)

    @property
    def resources(self) -> tuple[DesiredResource, ...]:
        """Return everything that belongs to the organisation."""
        return (*self.objects, *self.certificates, *self.lync_integrations)

    @property
    def stalled(self) -> Obstacle | None:
        """Return the obstacle that only a change of a resource takes away, if there is one."""
        return next((obstacle for obstacle in self.obstacles if obstacle.stalled), None)

    @property
    def interval(self) -> timedelta:
        """Return the time between two full passes."""
        return self.spec.interval
