"""The way into an Exchange organisation, and the pass over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, get_args

from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.server_patterns import ServerPatterns
from um_operator.engine.choke import Choke
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Planner
from um_operator.engine.ports import Carrier, Clock, Estate, Events, Journal, Lease, Plans, Records, Secrets
from um_operator.engine.unconnected import UnconnectedEstate
from um_operator.exchange.carrier import ExchangeCarrier
from um_operator.exchange.estate import ExchangeEstate
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import Step
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
    estate: ExchangeEstate
    carrier: ExchangeCarrier

    @property
    def carriers(self) -> Mapping[type[Step], Carrier]:
        """Return exactly one carrier a step type."""
        return dict.fromkeys(get_args(Step), self.carrier)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection is made of; two that are equal need no other connection."""

    ways_in: tuple[Endpoint, ...]
    limits: Limits
    selection: ServerPatterns


async def settings_of(spec: ExchangeOrganizationSpec, secrets: Secrets) -> Settings:
    """Return what the connection of an organisation is made of, as its manifest and Secrets say.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
        PortError: Secrets cannot be read.
    """
    return Settings(
        ways_in=await exchange_endpoints(spec, secrets),
        limits=Limits(per_endpoint=spec.sessions.per_server, total=spec.sessions.total),
        selection=ServerPatterns(spec.servers.include, spec.servers.exclude),
    )


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock, observe: Observer = lambda *_: None
) -> AsyncIterator[Connection]:
    """Open the way into an organisation, and close every session in the end."""
    async with SessionPool(settings.ways_in, limits=settings.limits, observe=observe) as sessions:
        estate = ExchangeEstate(
            sessions,
            clock.now,
            selection=settings.selection,
            endpoints=tuple(way.host for way in settings.ways_in),
        )
        yield Connection(sessions, estate, ExchangeCarrier(sessions))


@asynccontextmanager
async def connected(
    spec: ExchangeOrganizationSpec, secrets: Secrets, clock: Clock
) -> AsyncIterator[Connection]:
    """Open the way into an organisation as its manifest says, and close every session in the end.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
    """
    async with opened(await settings_of(spec, secrets), clock) as connection:
        yield connection


async def exchange_endpoints(spec: ExchangeOrganizationSpec, secrets: Secrets) -> tuple[Endpoint, ...]:
    """Return the endpoints of Exchange with account and CA.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
    """
    account = await _account(spec, secrets)
    ca_pem = await _ca(spec, secrets)
    return tuple(endpoints.parse(url, account, ca_pem=ca_pem) for url in spec.exchange.endpoints)


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
