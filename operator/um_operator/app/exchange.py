"""The way into an Exchange organisation, and the pass over it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, get_args

from um_operator.api.connection import Hosts
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.server_patterns import ServerPatterns
from um_operator.app.importing import Importing
from um_operator.app.issuing import Issuing
from um_operator.app.servers import ServersEstate
from um_operator.engine.choke import Choke
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Planner
from um_operator.engine.ports import (
    Carrier,
    Clock,
    Estate,
    Events,
    Journal,
    Lease,
    Plans,
    Records,
    Secrets,
    SecretStore,
)
from um_operator.engine.unconnected import UnconnectedEstate
from um_operator.exchange.carrier import ExchangeCarrier
from um_operator.exchange.certificate_carrier import CertificateCarrier
from um_operator.exchange.estate import ExchangeEstate
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.removal import Removal
from um_operator.exchange.server_view import ServerViews
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.hosts.carrier import HostsCarrier
from um_operator.hosts.estate import HostEstate
from um_operator.hosts.sessions import A_HOST, HostSessions, endpoint_of
from um_operator.observed.der import fact_of
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import (
    CertificateStep,
    ImportCertificate,
    InstallChain,
    RequestCertificate,
    RestartService,
    Step,
)
from um_operator.probing.prober import Prober
from um_operator.remoting import endpoint as endpoints
from um_operator.remoting.credentials import Authentication, CredentialsError, Method, authentication
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.pool import Observer, SessionPool
from um_operator.remoting.server_sessions import Limits


class ConnectionSettingsError(Exception):
    """What an ExchangeOrganization says of its connection can't be used; one line says what is missing."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open way into one Exchange organisation: the sessions, and what reads and writes through them."""

    sessions: SessionPool
    estate: ServersEstate
    carriers: Mapping[type[Step], Carrier]
    """Exactly one a step type."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection is made of; two that are equal need no other connection."""

    ways_in: tuple[Endpoint, ...]
    limits: Limits
    selection: ServerPatterns
    hosts: Hosts
    account: Authentication
    ca_pem: str | None


async def settings_of(spec: ExchangeOrganizationSpec, secrets: Secrets) -> Settings:
    """Return what the connection of an organisation is made of, as its manifest and Secrets say.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
        PortError: Secrets cannot be read.
    """
    account, ca_pem = await _account(spec, secrets), await _ca(spec, secrets)
    return Settings(
        ways_in=tuple(endpoints.parse(url, account, ca_pem=ca_pem) for url in spec.exchange.endpoints),
        limits=Limits(per_endpoint=spec.sessions.per_server, total=spec.sessions.total),
        selection=ServerPatterns(spec.servers.include, spec.servers.exclude),
        hosts=spec.exchange.hosts,
        account=account,
        ca_pem=ca_pem,
    )


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock, issuing: Issuing, observe: Observer = lambda *_: None
) -> AsyncIterator[Connection]:
    """Open the way into an organisation, and close every session in the end."""
    hosts = HostSessions(
        lambda host: endpoint_of(host, settings.hosts, settings.account, settings.ca_pem),
        lambda way: SessionPool((way,), limits=A_HOST, observe=observe),
    )
    async with SessionPool(settings.ways_in, limits=settings.limits, observe=observe) as sessions:
        estate = ExchangeEstate(
            sessions,
            clock.now,
            selection=settings.selection,
            endpoints=tuple(way.host for way in settings.ways_in),
        )
        try:
            yield _connection(sessions, hosts, estate, clock, issuing)
        finally:
            await hosts.close()


def _connection(
    sessions: SessionPool, hosts: HostSessions, estate: ExchangeEstate, clock: Clock, issuing: Issuing
) -> Connection:
    certificates, own = CertificateReader(fact_of), OwnView()
    on_exchange = CertificateCarrier(
        sessions, estate.reader_of(None), own, Removal(certificates, own), issuing
    )
    on_hosts = HostsCarrier(hosts, issuing)
    plans_and_gateways = ExchangeCarrier(sessions)
    carriers: dict[type[Step], Carrier] = dict.fromkeys(get_args(Step), plans_and_gateways)
    carriers |= dict.fromkeys(get_args(CertificateStep), on_exchange)
    carriers |= {RequestCertificate: issuing, InstallChain: on_hosts, RestartService: on_hosts}
    carriers |= {ImportCertificate: Importing(on_hosts, on_exchange, issuing)}
    servers = ServersEstate(
        estate,
        ServerViews(certificates, own),
        HostEstate(hosts, clock.now),
        Prober(fact_of, clock.now, lambda: secrets.token_hex(8)),
        issuing,
    )
    return Connection(sessions, servers, carriers)


@asynccontextmanager
async def connected(
    spec: ExchangeOrganizationSpec, store: SecretStore, clock: Clock
) -> AsyncIterator[Connection]:
    """Open the way into an organisation as its manifest says, and close every session in the end.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
    """
    async with opened(await settings_of(spec, store), clock, Issuing(store, clock.now)) as connection:
        yield connection


class WayIn(Protocol):
    """What a pass needs of a connection."""

    @property
    def estate(self) -> Estate:
        """Return what reads."""

    @property
    def carriers(self) -> Mapping[type[Step], Carrier]:
        """Return what writes: exactly one carrier a step type, none where nothing can be read."""


@dataclass(frozen=True, slots=True)
class NoConnection:
    """A way into an organisation that cannot be asked: it reads nothing and writes nothing."""

    estate: UnconnectedEstate

    @property
    def carriers(self) -> Mapping[type[Step], Carrier]:
        """Return none: from what is unknown follows no step (R1)."""
        return {}


def one_pass(
    connection: WayIn,
    *,
    records: Records,
    journal: Journal,
    events: Events,
    lease: Lease,
    clock: Clock,
    plans: Plans,
    identities: Identities,
    planner: Planner = make_plan,
) -> OnePass:
    """Return the pass of an organisation over an open connection."""
    choke = Choke(connection.carriers, records, journal, lease, clock)
    return OnePass(connection.estate, choke, records, events, clock, plans, identities, planner)


async def _account(spec: ExchangeOrganizationSpec, secrets: Secrets) -> Authentication:
    declared = spec.exchange.authentication
    if declared is None:
        raise ConnectionSettingsError("spec.exchange.authentication: is missing")
    name = declared.secret_ref.name
    data = await secrets.secret(name)
    if data is None:
        raise ConnectionSettingsError(
            f'spec.exchange.authentication.secretRef: there is no Secret "{name}"; create it, or name another'
        )
    try:
        return authentication(Method(declared.method), data, kerberos_service=declared.kerberos_service)
    except CredentialsError as error:
        raise ConnectionSettingsError(f'Secret "{name}": {error}') from None


async def _ca(spec: ExchangeOrganizationSpec, secrets: Secrets) -> str | None:
    reference = spec.tls.ca_ref
    if reference is None:
        return None
    read = secrets.secret if reference.kind == "Secret" else secrets.config_map
    data = await read(reference.name)
    value = data.get(reference.key) if data else None
    if value is None:
        raise ConnectionSettingsError(
            f'spec.tls.caRef: {reference.kind} "{reference.name}" with key "{reference.key}" is missing'
        )
    return value.decode("ascii", "replace")
