"""What the operator writes back. Besides what people read, the ledger: what can't be observed again.

Lists are bounded; the counts beside them are of all. Field names follow the examples of the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.condition import ConditionStatus, Message, ReasonWord, StatusModel
from um_operator.api.front_end_ledger import (
    MAX_POOL_ENTRIES,
    MAX_STOPPED_ENTRIES,
    IntegratedEntry,
    StoppedEntry,
)
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import KindName
from um_operator.api.model import Atomic, ListOf, at_most, keyed_by
from um_operator.api.object_status import (
    CommonStatus,
    Count,
    ExchangeObjectStatus,
    GivenUp,
    Name,
    NextWindow,
    Text,
    Word,
)
from um_operator.api.server_ledger import MAX_ENTRIES, ServerEntry
from um_operator.api.strings import Instant, PlanDigest

MAX_SERVERS = 64
MAX_GATEWAYS = 64
MAX_HUNT_GROUPS = 128
MAX_FINDINGS = 16

PlanWaitsFor: TypeAlias = Literal["Nothing", "Approval", "Window", "Budget", "Trust"]


class LinkedGateway(StatusModel):
    """A gateway that a dial plan is linked to."""

    kind: Literal["UMIPGateway", "LyncIntegration", "Undeclared"]
    """Which resource stands for it; LyncIntegration: it is the gateway of a pool."""
    name: Name
    """metadata.name of the UMIPGateway, else the gateway's name in Exchange."""
    ready: ConditionStatus
    """Whether it is ready for what the plan wants."""
    reason: ReasonWord
    """Why it is, or is not."""


class ServerReport(StatusModel):
    """What a server had told of failing calls when a plan was secured (ledger, R16)."""

    name: Name
    """Its FQDN in lower case."""
    event: Count | None = None
    """The record id of the newest telling event in its log before."""
    usual: Count | None = None
    """How many calls its call router rejected before, in a time as long as the soak."""
    event_then: Count | None = None
    """The record id of the newest telling event when every server had read that the plan is secured."""
    rejected_then: Count | None = None
    """How many calls its call router had rejected then."""


class BeforeSecure(StatusModel):
    """What stood before a plan was secured, for the way back (ledger, R18)."""

    voip_security: Word
    """The plan's VoIPSecurity."""
    ports: Annotated[dict[str, int], Field(max_length=200)] = Field(default={})
    """The ports of its gateways that were changed with it, by their name in Exchange."""
    tries: Count = 0
    """How often a part of it was written and did not come about."""
    seen_at: Instant | None = None
    """When it was first read again after every server must have read it: the soak counts from then (R16)."""
    verified: bool = False
    """Whether calls were seen to work since."""
    reports: Annotated[ListOf[ServerReport], keyed_by("name"), at_most(MAX_ENTRIES)] = ()
    """What servers had told of failing calls, until it is verified."""


class UMDialPlanStatus(ExchangeObjectStatus):
    """What a dial plan is in Exchange."""

    uri_type: Word | None = None
    """How users are named in calls."""
    voip_security: Word | None = None
    """The VoIPSecurity that Exchange has."""
    gateway_count: Count | None = None
    """How many gateways are linked to the plan."""
    secured_gateway_count: Count | None = None
    """How many of them are ready for mutual TLS."""
    gateways: Annotated[ListOf[LinkedGateway], keyed_by("kind", "name"), at_most(MAX_GATEWAYS)] = ()
    """Linked gateways, those not ready first."""
    secured_at: Instant | None = None
    """When the plan was secured."""
    before_secure: BeforeSecure | None = None
    """What stood before the plan was secured (ledger)."""
    not_secured: GivenUp | None = None
    """Why securing the plan was given up (ledger)."""


class HuntGroup(StatusModel):
    """A hunt group of a gateway."""

    name: Name
    """Its name in Exchange."""
    dial_plan: Name
    """The dial plan's name in Exchange."""
    pilot_identifier: Name = ""
    """The pilot number."""
    origin: Literal["Declared", "Unlisted"]
    """Whether the resource lists it."""


class Draining(StatusModel):
    """A gateway that takes no new calls, because the operator empties it (ledger, R3)."""

    since: Instant
    """Since when."""
    state_before: Word
    """The state that comes back if the deletion is given up (R13)."""


class ProbeFinding(StatusModel):
    """Something that a look at the gateway's SIP port found."""

    reason: ReasonWord
    """What it is."""
    severity: Literal["Error", "Warning", "Info"]
    """Whether calls over mutual TLS fail by it, or it is only better otherwise."""
    message: Message = ""
    """The same for a person."""


class GatewayProbe(StatusModel):
    """What the gateway's SIP port showed last."""

    result: Literal["OK", "Failed", "Unknown"]
    """Whether it answered as it should."""
    reason: ReasonWord
    """What it did."""
    tls_version: Word | None = None
    """The TLS version."""
    cipher_suite: Word | None = None
    """The cipher suite."""
    subject: Text | None = None
    """The subject of its certificate."""
    issuer: Text | None = None
    """The issuer of its certificate."""
    not_after: Instant | None = None
    """The end of its certificate."""
    requests_client_certificate: bool | None = None
    """Whether it asks for a client certificate."""
    server: Text | None = None
    """What it calls itself."""
    findings: Annotated[ListOf[ProbeFinding], Atomic, at_most(MAX_FINDINGS)] = ()
    """What else it showed, the worst first."""


class GatewayTrustStatus(StatusModel):
    """Whether the gateway trusts the UM certificates."""

    state: Literal["Trusted", "Untrusted", "Unknown"]
    """Whether it does."""
    shown_by: Literal["Wire", "Delivery", "Attested"] | None = None
    """How that is known."""
    ca_sha256: Annotated[ListOf[Word], at_most(16), Field(alias="caSHA256")] = ()
    """The CAs that it trusts."""


class UMIPGatewayStatus(ExchangeObjectStatus):
    """What a gateway is in Exchange and on the wire."""

    address: Name | None = None
    """The address that Exchange has."""
    port: Count | None = None
    """The port that Exchange has."""
    state: Word | None = None
    """Enabled, Disabled or NoNewCalls, as Exchange has it."""
    dial_plans: Text | None = None
    """Names in Exchange of the dial plans that it is linked to, joined for the column."""
    hunt_groups: Annotated[ListOf[HuntGroup], keyed_by("name", "dialPlan"), at_most(MAX_HUNT_GROUPS)] = ()
    """The gateway's hunt groups."""
    draining: Draining | None = None
    """That the operator empties it before it is removed (ledger)."""
    not_delivered: GivenUp | None = None
    """Why nothing is brought to its device any more (ledger)."""
    probe: GatewayProbe | None = None
    """What its SIP port showed last."""
    trust: GatewayTrustStatus | None = None
    """Whether it trusts the UM certificates."""


class PlanStatus(StatusModel):
    """The plan of the organisation."""

    digest: PlanDigest | None = None
    """Its digest, while it is stored for approval."""
    step_count: Count = 0
    """How many steps it has."""
    interrupting_step_count: Count = 0
    """How many of them interrupt calls."""
    sentences: Annotated[ListOf[Text], Atomic, at_most(20)] = ()
    """The first steps in words."""
    waiting_for: PlanWaitsFor = "Nothing"
    """What it waits for."""


class AppliedPlan(StatusModel):
    """A plan that was carried out."""

    digest: PlanDigest
    """Its digest."""
    finished_at: Instant
    """When its last step was done."""


class ServerStatus(StatusModel):
    """A server of the organisation."""

    name: Name
    """Its FQDN."""
    readable: ConditionStatus
    """Whether it can be read."""
    in_service: ConditionStatus = "Unknown"
    """Whether it takes calls."""
    roles: Annotated[ListOf[Word], at_most(8)] = ()
    """Its Exchange roles."""
    site: Name | None = None
    """Its Active Directory site."""
    version: Word | None = None
    """Its version: major, minor, build, revision."""
    reason: ReasonWord | None = None
    """Why it cannot be read."""
    message: Message | None = None
    """The same for a person."""


class ExchangeOrganizationStatus(CommonStatus):
    """What an organisation is, and the one plan for it."""

    endpoint: Text | None = None
    """The endpoint that is used."""
    domain_controller: Name | None = None
    """The domain controller that everything is read from and written to (ledger)."""
    domain_controller_since: Instant | None = None
    """Since when (ledger)."""
    organization_dn: Annotated[Text | None, Field(alias="organizationDN")] = None
    """The organisation's distinguished name, read before the first write."""
    organization_guid: Annotated[Word | None, Field(alias="organizationGUID")] = None
    """The organisation's GUID, as it was first read: nothing is done in another one (ledger)."""
    server_count: Count | None = None
    """How many servers are in scope."""
    readable_server_count: Count | None = None
    """How many of them can be read."""
    servers: Annotated[ListOf[ServerStatus], keyed_by("name"), at_most(MAX_SERVERS)] = ()
    """Servers in scope, those with a problem first."""
    server_entries: Annotated[ListOf[ServerEntry], keyed_by("name"), at_most(MAX_ENTRIES)] = ()
    """What was done to servers (ledger)."""
    stopped_entries: Annotated[ListOf[StoppedEntry], keyed_by("computer"), at_most(MAX_STOPPED_ENTRIES)] = ()
    """Front ends of Lync whose services the operator stopped (ledger)."""
    integrated_entries: Annotated[ListOf[IntegratedEntry], keyed_by("pool"), at_most(MAX_POOL_ENTRIES)] = ()
    """What the front ends of each Lync pool know of Unified Messaging (ledger)."""
    plan: PlanStatus | None = None
    """The plan as of the last pass."""
    last_applied_plan: AppliedPlan | None = None
    """The last plan that was carried out."""
    next_window: NextWindow | None = None
    """The next maintenance window."""


Status: TypeAlias = (
    ExchangeOrganizationStatus
    | LyncIntegrationStatus
    | UMCertificateStatus
    | UMDialPlanStatus
    | UMIPGatewayStatus
)
"""The status of any resource."""

STATUSES: Final[Mapping[KindName, type[Status]]] = {
    "ExchangeOrganization": ExchangeOrganizationStatus,
    "LyncIntegration": LyncIntegrationStatus,
    "UMCertificate": UMCertificateStatus,
    "UMDialPlan": UMDialPlanStatus,
    "UMIPGateway": UMIPGatewayStatus,
}
"""The model of each kind's status."""
