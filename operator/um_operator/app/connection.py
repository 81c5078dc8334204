"""The way into an Exchange organisation: what reads it and its servers, and what writes there."""

from __future__ import annotations

import secrets as chance
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, get_args

from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.app.deliveries import Deliveries
from um_operator.app.guises import GuiseMaker
from um_operator.app.host_ways import host_sessions
from um_operator.app.importing import Importing
from um_operator.app.issuing import Issuing
from um_operator.app.listeners import ProtectedListeners
from um_operator.app.lync_connection import LyncConnection
from um_operator.app.lync_connection import opened as lync_opened
from um_operator.app.peers import Peers
from um_operator.app.servers import ServersEstate
from um_operator.app.settings import Settings, settings_of
from um_operator.app.trust import Authorities, Trusting
from um_operator.engine.ports import Carrier, Clock, SecretStore
from um_operator.exchange.carrier import ExchangeCarrier
from um_operator.exchange.certificate_carrier import CertificateCarrier
from um_operator.exchange.estate import ExchangeEstate
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.removal import Removal
from um_operator.exchange.server_keys import ServerKeys
from um_operator.exchange.server_view import ServerViews
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.hosts.carrier import HostsCarrier
from um_operator.hosts.estate import HostEstate
from um_operator.hosts.sessions import HostSessions
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.pki.certificates import read as read_certificates
from um_operator.planning.steps import (
    CertificateStep,
    DeliverTrust,
    ImportCertificate,
    InstallChain,
    RequestCertificate,
    RestartService,
    Step,
    TrustStep,
)
from um_operator.probing.prober import Prober
from um_operator.remoting.pool import Observer, SessionPool

token: Final = partial(chance.token_hex, 8)
"""What makes a look on the wire one of its own."""
GATEWAYS_AT_A_TIME: Final = 100
"""Looks at gateways at the same time: a hundred that do not answer hold up the others for one deadline."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open way into one Exchange organisation.

    Attributes:
        sessions: with Exchange.
        hosts: with each server's own WinRM.
        lync: the way into Lync.
        carriers: what writes: exactly one a step type.
    """

    sessions: SessionPool
    hosts: HostSessions
    lync: LyncConnection
    estate: ServersEstate
    carriers: Mapping[type[Step], Carrier]


@asynccontextmanager
async def opened(
    settings: Settings,
    clock: Clock,
    store: SecretStore,
    issuing: Issuing,
    observe: Observer = lambda *_: None,
) -> AsyncIterator[Connection]:
    """Open the way into an organisation, and close every session in the end."""
    hosts = host_sessions(settings.hosts, settings.hosts_account, settings.ca_pem, observe)
    async with SessionPool(settings.ways_in, limits=settings.limits, observe=observe) as sessions:
        estate = ExchangeEstate(
            sessions,
            clock.now,
            selection=settings.selection,
            endpoints=tuple(way.host for way in settings.ways_in),
        )
        issuing = issuing.reaching(ServerKeys(estate.reader_of(None), CertificateReader(fact_of)))
        prober = Prober(fact_of, clock.now, token)
        async with lync_opened(
            settings, clock, prober=prober, issuers=issuing, secrets=store, observe=observe
        ) as lync:
            authorities = Authorities(store, clock.now)
            way_in = _connection(
                sessions, hosts, lync, estate, clock, prober, authorities, issuing, _believed(settings)
            )
            try:
                yield way_in
            finally:
                await way_in.estate.peers.close()
                await way_in.estate.deliveries.close()
                await hosts.close()


@asynccontextmanager
async def connected(
    spec: ExchangeOrganizationSpec, store: SecretStore, clock: Clock
) -> AsyncIterator[Connection]:
    """Open the way into an organisation as its manifest says, and close every session in the end.

    Raises:
        ConnectionSettingsError: a Secret, a key in it or a CA is missing.
    """
    settings, issuing = await settings_of(spec, store), Issuing(store, clock.now)
    async with opened(settings, clock, store, issuing) as connection:
        yield connection


def _believed(settings: Settings) -> tuple[bytes, ...]:
    """Return the CAs that the organisation names, in DER; what cannot be read is told elsewhere."""
    try:
        return read_certificates((settings.ca_pem or "").encode())
    except UnreadableCertificateError:
        return ()


def _connection(  # noqa: PLR0917 - what concrete classes are made of, put together
    sessions: SessionPool,
    hosts: HostSessions,
    lync: LyncConnection,
    estate: ExchangeEstate,
    clock: Clock,
    prober: Prober,
    authorities: Authorities,
    issuing: Issuing,
    believed: tuple[bytes, ...],
) -> Connection:
    certificates, own = CertificateReader(fact_of), OwnView()
    # Gateways that do not answer take no turn from the servers.
    guises = GuiseMaker(issuing.identity, authorities.read, believed)
    gateways = Prober(fact_of, clock.now, token, at_a_time=GATEWAYS_AT_A_TIME)
    on_hosts = HostsCarrier(hosts, issuing)
    trusting = Trusting(authorities, issuing, on_hosts)
    # Nor do they take one from the listeners of a device that is being changed: a loss is seen at once.
    protected = ProtectedListeners(Prober(fact_of, clock.now, token))
    deliveries = Deliveries(authorities.secrets, protected, clock)
    servers = ServersEstate(
        estate,
        ServerViews(certificates, own),
        HostEstate(hosts, clock.now),
        prober,
        issuing,
        Peers(gateways, guises.guise, clock.now, chance.SystemRandom().random),
        authorities,
        trusting,
        deliveries,
        lync.reading,
    )
    removal = Removal(certificates, own)
    on_exchange = CertificateCarrier(sessions, estate.reader_of(None), own, removal, issuing)
    carriers: dict[type[Step], Carrier] = dict.fromkeys(get_args(Step), ExchangeCarrier(sessions))
    carriers |= dict.fromkeys(get_args(CertificateStep), on_exchange)
    carriers |= dict.fromkeys(get_args(TrustStep), trusting)
    carriers |= {RequestCertificate: issuing, InstallChain: on_hosts, RestartService: on_hosts}
    carriers |= {DeliverTrust: deliveries}
    carriers |= {ImportCertificate: Importing(on_hosts, on_exchange, issuing)}
    carriers |= lync.carriers
    return Connection(sessions, hosts, lync, servers, carriers)
