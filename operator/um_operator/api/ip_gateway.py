"""UMIPGateway: a UM IP gateway and its hunt groups; a property left out is left alone (R2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from um_operator.api.durations import Between, Duration
from um_operator.api.gateway_trust import GatewayTrust
from um_operator.api.meta import ObjectKey, Resource
from um_operator.api.model import Immutable, ListOf, Model, at_most, computed, keyed_by, source
from um_operator.api.owned import ExchangeObjectSpec
from um_operator.api.status import UMIPGatewayStatus
from um_operator.api.strings import Address, Fqdn, KubernetesName, exchange_name
from um_operator.api.text import Text

GATEWAY_NAME_MAX = 64

GatewayName = Annotated[str, exchange_name(GATEWAY_NAME_MAX)]
GatewayPort = Annotated[int, Field(ge=0, le=65535), source("cmdlet page Set-UMIPGateway")]
PilotIdentifier = Annotated[str, Text(128, least=0)]


class DialPlanRef(Model):
    """One hunt group: calls of this gateway to this pilot number belong to this dial plan."""

    name: KubernetesName
    """metadata.name of the UMDialPlan, in the same namespace."""
    pilot_identifier: PilotIdentifier = ""
    """The pilot number; empty for calls to any number."""


class Probe(Model):
    """How the gateway's SIP port is tried."""

    method: Literal["Options", "TLS", "TCP", "None"] = "Options"
    """SIP OPTIONS over TLS or TCP, a TLS handshake, a TCP connection, or nothing. The first two let the
    operator see by a handshake whether the gateway trusts the servers' certificates; the others do not, and a
    dial plan of it is not secured without."""
    timeout: Annotated[Duration, Between("100ms", "60s")] = timedelta(seconds=5)
    """How long one try may take."""
    failure_threshold: Annotated[int, Field(ge=1, le=100)] = 3
    """After how many failed tries in a row the gateway counts as not answering; until then what it showed
    before does, and trust in a certificate no longer than two intervals of the organisation."""


class UMIPGatewayProperties(Model):
    """The settings that Set-UMIPGateway changes. Absent is not managed."""

    address: Address
    """IP address or FQDN; a secured dial plan needs an FQDN."""
    port: Annotated[
        GatewayPort | None, computed("5061 together with securing a linked plan, else not managed")
    ] = None
    """The SIP port. 5061 is written directly before a linked plan is secured, never earlier (R18)."""
    state: Literal["Enabled", "Disabled", "NoNewCalls"] | None = None
    """Whether the gateway takes calls (-Status); NoNewCalls lets calls in progress end."""
    ip_address_family: Literal["IPv4Only", "IPv6Only", "Any"] | None = None
    """Which addresses of the name are used."""
    outcalls_allowed: bool | None = None
    """Whether UM may place calls through the gateway, such as Play on Phone."""
    message_waiting_indicator_allowed: bool | None = None
    """Whether message lamps are switched through the gateway."""
    simulator: bool | None = None
    """Whether it is a simulator, not a gateway."""
    delayed_source_party_info_enabled: bool | None = None
    """Whether the caller's identity may arrive after the call began."""


class UMIPGatewaySpec(UMIPGatewayProperties, ExchangeObjectSpec):
    """What is wanted of a gateway."""

    name: Annotated[GatewayName | None, Immutable, computed("metadata.name")] = None
    """The gateway's name in Exchange, compared without case; an existing gateway of that name is adopted."""
    dial_plan_refs: Annotated[ListOf[DialPlanRef], keyed_by("name", "pilotIdentifier"), at_most(64)] = ()
    """The gateway's hunt groups, each told apart by plan and pilot. Their names in Exchange are derived."""
    unlisted_hunt_groups: Literal["Keep", "Remove"] = "Keep"
    """What happens to hunt groups of the gateway that are not listed: kept and shown, or removed."""
    media: Literal["RTP", "SRTP"] | None = None
    """Which media it can carry; a plan is set to Secured only when every linked gateway says SRTP (R18)."""
    call_routers: Annotated[ListOf[Fqdn], at_most(64)] | None = None
    """The call routers that the gateway knows, absent means all; some are always kept in service (R11)."""
    probe: Probe = Probe()
    """How the gateway's SIP port is tried."""
    trust: GatewayTrust | None = None
    """Whose certificates the gateway and the servers trust."""


class UMIPGateway(Resource):
    """A UM IP gateway."""

    kind: Literal["UMIPGateway"] = "UMIPGateway"
    """The kind."""
    spec: UMIPGatewaySpec
    """What is wanted."""
    status: UMIPGatewayStatus = Field(default=UMIPGatewayStatus(), exclude=True)
    """What is: written by the operator."""

    @property
    def key(self) -> ObjectKey:
        """Return the key by which the operator knows the resource."""
        return ObjectKey(self.kind, self.metadata.name)
