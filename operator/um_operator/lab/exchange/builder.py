"""From a description of an estate to its organisation: objects that exist since long, everywhere alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from um_operator.lab.clock import Clock
from um_operator.lab.exchange import dial_plan_properties, ip_gateways, properties, um_settings
from um_operator.lab.exchange.certificates.services import AT_SET_UP
from um_operator.lab.exchange.directory import Directory, Replication, Site
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.exchange.servers import Release, Roles
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.components import UM_CALL_ROUTER, UNIFIED_MESSAGING, State
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Journal
from um_operator.lab.variants import CallRouterComponent, Variants


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """A server of the estate; ``alive`` is false for an entry whose machine is gone.

    ``held``: component, requester and state of what somebody has said of its components. ``jea``: whether its
    host has the session configuration and the module of deploy/jea.
    """

    name: str
    site: str | None
    release: Release = Release.E2016
    roles: tuple[str, ...] = ("Mailbox",)
    alive: bool = True
    sip_tls_port: int = 5061
    held: tuple[tuple[str, str, State], ...] = ()
    jea: bool = True


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A dial plan: its name, and the properties that differ from a new one's.

    ``joined``: whether every server that can is a member of it, with both services.
    """

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    attendants: tuple[str, ...] = ()
    joined: bool = False


@dataclass(frozen=True, slots=True)
class GatewaySpec:
    """A gateway and its hunt groups, ``(name, plan, pilot identifier)`` each."""

    name: str
    address: str
    hunt_groups: tuple[tuple[str, str, str], ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailboxSpec:
    """A UM-enabled mailbox: the server that it is homed on, its plan and extension."""

    name: str
    server: str
    plan: str
    extension: str


@dataclass(frozen=True, slots=True)
class Secured:
    """An organisation whose servers have had certificates since long.

    Attributes:
        authority: name of the CA that issued them; devices trust it, and the servers trust the devices'.
        mode: startup mode of every service.
        lifetime: of the leaves, which are some weeks old.
    """

    authority: str = "Contoso Enterprise CA"
    mode: str = "Dual"
    lifetime: timedelta = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class OrganizationSpec:
    """Everything that an organisation has at the beginning.

    Where it is not ``secured``, its servers are as set-up leaves them: TCP, nothing bound to a UM service.
    """

    name: str
    domain: str
    sites: tuple[Site, ...]
    servers: tuple[ServerSpec, ...]
    plans: tuple[PlanSpec, ...] = ()
    gateways: tuple[GatewaySpec, ...] = ()
    mailboxes: tuple[MailboxSpec, ...] = ()
    accounts: tuple[Account, ...] = ()
    replication: Replication = field(default_factory=Replication)
    secured: Secured | None = None


def build(
    spec: OrganizationSpec,
    *,
    clock: Clock,
    journal: Journal,
    variants: Variants | None = None,
    times: ServiceTimes | None = None,
    seed: int = 0,
) -> Organization:
    """Make the organisation of a description; ``times`` is what its services take."""
    directory = Directory(clock, spec.sites, domain=spec.domain, replication=spec.replication, seed=seed)
    organization = Organization(directory, clock, journal, variants or Variants(), seed=seed)
    for server in spec.servers:
        if server.site is not None:
            host = Host(
                _fqdn(spec, server),
                clock=clock,
                journal=journal,
                component=_component(server, organization.variants),
                times=times,
                up=server.alive,
                seed=seed,
            )
            for component, requester, state in server.held:
                host.components.set(component, requester, state)
            for factory in host.stores.my:
                organization.bindings.enable(host.fqdn, factory.thumbprint, AT_SET_UP)
            organization.um_servers[host.fqdn] = UMServer(
                host=host,
                site=server.site,
                domain_controllers=directory.site(server.site).domain_controllers,
                directory=directory,
                clock=clock,
                runs_cmdlets=server.release in (Release.E2013, Release.E2016),
                seed=seed,
            )
    if spec.secured is not None:
        organization.authority = CertificateAuthority(spec.secured.authority, clock.now())
    _Filler(spec, organization).fill()
    return organization


def _fqdn(spec: OrganizationSpec, server: ServerSpec) -> str:
    return f"{server.name.lower()}.{spec.domain}"


def _component(server: ServerSpec, variants: Variants) -> str:
    old_name = variants.call_router_component is CallRouterComponent.UNIFIED_MESSAGING
    return UNIFIED_MESSAGING if old_name and server.release is Release.E2013 else UM_CALL_ROUTER


class _Filler:
    """Writes the objects of a description into every copy of the directory."""

    def __init__(self, spec: OrganizationSpec, organization: Organization) -> None:
        self._spec = spec
        self._organization = organization
        self._directory = organization.directory
        self._made: dict[tuple[Kind, str], DirectoryObject] = {}

    def fill(self) -> None:
        """Make everything, what is referred to first."""
        self._make(Kind.ORGANIZATION, self._spec.name)
        for server in self._spec.servers:
            self._server(server)
        for plan in self._spec.plans:
            self._plan(plan)
        for gateway in self._spec.gateways:
            self._gateway(gateway)
        for mailbox in self._spec.mailboxes:
            self._make(
                Kind.MAILBOX,
                mailbox.name,
                Server=self._guid(Kind.SERVER, mailbox.server),
                UMDialPlan=self._guid(Kind.DIAL_PLAN, mailbox.plan),
                UMMailboxPolicy=self._guid(Kind.MAILBOX_POLICY, f"{mailbox.plan} Default Policy"),
                Extension=mailbox.extension,
            )

    def _server(self, server: ServerSpec) -> None:
        legacy = f"/o={self._spec.name}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Configuration"
        made = self._make(
            Kind.SERVER,
            server.name,
            Fqdn=_fqdn(self._spec, server),
            Site=server.site,
            Release=server.release,
            Roles=server.roles,
            ExchangeLegacyDN=f"{legacy}/cn=Servers/cn={server.name}",
        )
        below = {"Parent": made.guid, "DialPlans": ()}
        roles = Roles(server.release, server.roles)
        security = self._security(server, roles)
        if roles.um_service:
            self._make(
                Kind.UM_SERVICE,
                server.name,
                **properties.defaults(um_settings.SERVICE_PROPERTIES) | security,
                **below,
            )
        if roles.call_router:
            settings = properties.defaults(um_settings.ROUTER_PROPERTIES)
            settings["SipTlsListeningPort"] = server.sip_tls_port
            self._make(Kind.CALL_ROUTER, server.name, **settings | security, **below)

    def _security(self, server: ServerSpec, roles: Roles) -> dict[str, Any]:
        """Startup mode and binding, and what belongs to them in the machine's stores."""
        authority, secured = self._organization.authority, self._spec.secured
        current = server.release in (Release.E2013, Release.E2016)
        if authority is None or secured is None or not current or not (roles.um_service or roles.call_router):
            return {"UMCertificateThumbprint": None}
        fqdn = _fqdn(self._spec, server)
        stores = self._organization.host(fqdn).stores
        leaf = authority.issue(fqdn, lifetime=secured.lifetime)
        stores.my.add(leaf)
        stores.root.trust(authority.root)
        if authority.intermediate is not None:
            stores.ca.trust(authority.intermediate)
        return {
            "UMStartupMode": um_settings.STARTUP_MODE(secured.mode),
            "UMCertificateThumbprint": leaf.thumbprint,
        }

    def _plan(self, plan: PlanSpec) -> None:
        attributes = properties.defaults(dial_plan_properties.PROPERTIES) | {
            "CountryOrRegionCode": "49",
            "NumberOfDigitsInExtension": 4,
            "PhoneContext": f"{plan.name}.{self._spec.domain}",
        }
        made = self._make(Kind.DIAL_PLAN, plan.name, **attributes | dict(plan.properties))
        self._make(Kind.MAILBOX_POLICY, f"{plan.name} Default Policy", UMDialPlan=made.guid, IsDefault=True)
        if plan.joined:
            self._join(made)
        for attendant in plan.attendants:
            self._make(Kind.AUTO_ATTENDANT, attendant, UMDialPlan=made.guid)

    def _join(self, plan: DirectoryObject) -> None:
        anywhere = self._directory.domain_controllers[0]
        current = {
            self._made[Kind.SERVER, server.name].guid
            for server in self._spec.servers
            if server.release in (Release.E2013, Release.E2016) and server.site is not None
        }
        for kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER):
            for settings in tuple(self._directory.copy(anywhere).all(kind)):
                if settings["Parent"] in current:
                    members = (*(settings["DialPlans"] or ()), plan.guid)
                    self._directory.modify(anywhere, settings.guid, {"DialPlans": members}, everywhere=True)

    def _gateway(self, gateway: GatewaySpec) -> None:
        attributes = properties.defaults(ip_gateways.PROPERTIES) | {"Address": gateway.address}
        made = self._make(Kind.IP_GATEWAY, gateway.name, **attributes | dict(gateway.properties))
        for name, plan, pilot in gateway.hunt_groups:
            self._make(
                Kind.HUNT_GROUP,
                name,
                Parent=made.guid,
                UMDialPlan=self._guid(Kind.DIAL_PLAN, plan),
                PilotIdentifier=pilot,
            )

    def _make(self, kind: Kind, name: str, **attributes: Any) -> DirectoryObject:
        anywhere = self._directory.domain_controllers[0]
        made = self._directory.create(anywhere, kind, {"Name": name, **attributes}, everywhere=True)
        self._made[kind, name] = made
        return made

    def _guid(self, kind: Kind, name: str) -> Any:
        return self._made[kind, name].guid
