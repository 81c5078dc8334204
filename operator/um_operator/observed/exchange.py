"""Facts about an Exchange organisation, as its cmdlets show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from um_operator.observed.certificates import ServiceName
from um_operator.observed.values import PropertyValue

StartupMode: TypeAlias = Literal["TCP", "TLS", "Dual"]
VoIPSecurity: TypeAlias = Literal["Unsecured", "SIPSecured", "Secured"]
GatewayState: TypeAlias = Literal["Enabled", "Disabled", "NoNewCalls"]


@dataclass(frozen=True, slots=True)
class OrganizationFact:
    """The organisation behind the endpoint (Get-OrganizationConfig)."""

    distinguished_name: str
    guid: str


@dataclass(frozen=True, slots=True)
class ServerFact:
    """An Exchange server (Get-ExchangeServer). ``version`` is (major, minor, build, revision)."""

    fqdn: str
    site: str
    version: tuple[int, ...]
    roles: frozenset[str]
    domain_controllers: tuple[str, ...] = ()

    @property
    def runs_um(self) -> bool:
        """Whether it is of a version and role in scope: Exchange 2013 or 2016, Mailbox or Client Access.

        Exchange 2010 keeps its own UM, 2019 has none (field notes 10), an Edge server never had one.
        """
        major, minor = self.version[0], self.version[1]
        return (major, minor) in {(15, 0), (15, 1)} and bool(self.roles & {"Mailbox", "ClientAccess"})

    @property
    def um_services(self) -> frozenset[ServiceName]:
        """The UM services that it runs, none where it is not in scope (field notes 0).

        The UM service is on every Mailbox server; the call router in 2013 on Client Access servers, in 2016
        on every Mailbox server.
        """
        router: str = "ClientAccess" if self.version[:2] == (15, 0) else "Mailbox"
        role_of: dict[ServiceName, str] = {"UM": "Mailbox", "UMCallRouter": router}
        return frozenset(name for name, role in role_of.items() if self.runs_um and role in self.roles)


@dataclass(frozen=True, slots=True)
class Binding:
    """Which certificate a service is configured to use (UMCertificateThumbprint).

    Attributes:
        thumbprint: 40 upper-case hex digits, ``None``: no certificate.
        shown: whether the server shows the property at all (field notes 2.3); if not, nothing is known.
    """

    thumbprint: str | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class UMServiceFact:
    """Settings of MSExchangeUM on a server (Get-UMService)."""

    server: str
    startup_mode: StartupMode
    dial_plans: frozenset[str]
    binding: Binding = Binding()


@dataclass(frozen=True, slots=True)
class CallRouterFact:
    """Settings of MSExchangeUMCR on a server (Get-UMCallRouterSettings)."""

    server: str
    startup_mode: StartupMode
    tcp_port: int
    tls_port: int
    dial_plans: frozenset[str]
    binding: Binding = Binding()


@dataclass(frozen=True, slots=True)
class DialPlanFact:
    """A UM dial plan (Get-UMDialPlan). ``properties`` by the API's field name, in canonical form.

    ``uri_type`` is the API's word (TelephoneExtension, SipName, E164); uriType,
    numberOfDigitsInExtension and voipSecurity stand in ``properties`` too.
    """

    name: str
    guid: str
    uri_type: str
    digits: int
    voip_security: VoIPSecurity
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayFact:
    """A UM IP gateway (Get-UMIPGateway). ``properties`` by the API's field name, those beside it too."""

    name: str
    guid: str
    address: str
    port: int
    state: GatewayState
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HuntGroupFact:
    """A UM hunt group (Get-UMHuntGroup): the link of a gateway and a dial plan, both by name in Exchange."""

    name: str
    gateway: str
    dial_plan: str
    pilot_identifier: str


@dataclass(frozen=True, slots=True)
class MailboxPolicyFact:
    """A UM mailbox policy (Get-UMMailboxPolicy) and the plan that it belongs to."""

    name: str
    dial_plan: str
