"""What servers show of themselves and of certificates, put together from everything that can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from um_operator.api.meta import ObjectKey
from um_operator.app.deliveries import Deliveries
from um_operator.app.issuing import Issuing
from um_operator.app.lync import ReadsLync
from um_operator.app.peers import Peers
from um_operator.app.trust import Authorities, Trusting
from um_operator.exchange.estate import ExchangeEstate
from um_operator.exchange.server_view import ServerView, ServerViews, Shown
from um_operator.exchange.servers import has_call_router, has_um_service
from um_operator.hosts.commands import WindowsService
from um_operator.hosts.estate import HostEstate
from um_operator.observed.certificates import HostStores
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.exchange import ServerFact
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import HostEvent, HostFacts, Listener, ServiceFact
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.scope import GatewayScope, LyncScope, Scope
from um_operator.planning.steps import SnapshotField
from um_operator.probing import listeners
from um_operator.probing.prober import Prober

T = TypeVar("T")

Delivered: TypeAlias = Mapping[ObjectKey, Fact[DeliveryFact]]
PROBE_DEADLINE: Final = 5.0
"""Seconds for one look at one port."""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs on a server, and its ports."""

    services: Mapping[str, Fact[ServiceFact]]
    listeners: Mapping[int, Fact[Listener]]


@dataclass(frozen=True, slots=True)
class Look:
    """What a server itself shows, and its ports."""

    running: Running
    stores: Fact[HostStores]
    events: Fact[tuple[HostEvent, ...]]
    rejected_calls: Fact[int | None]


@dataclass(frozen=True, slots=True)
class ServersEstate:
    """Reads an organisation; where certificates are declared or were, its servers and revisions as well."""

    exchange: ExchangeEstate
    views: ServerViews
    hosts: HostEstate
    prober: Prober
    issuing: Issuing
    peers: Peers
    authorities: Authorities
    trusting: Trusting
    deliveries: Deliveries
    lync: ReadsLync

    async def read(self, scope: Scope, previous: Snapshot | None, domain_controller: str | None) -> Snapshot:
        """Read what ``scope`` names and merge it into ``previous``. Never raises: what failed is Unknown."""
        snapshot = await self.exchange.read(scope, previous, domain_controller)
        if scope.certificates or scope.unfinished:
            snapshot = await self._with_all_servers(snapshot, scope, previous, domain_controller)
        lync = await self.lync.read(
            scope,
            previous.lync if previous is not None else None,
            self.exchange.reader_of(domain_controller),
            snapshot.organization,
        )
        return replace(snapshot, lync=lync, peers=await self.peers.read(scope, snapshot))

    async def _with_all_servers(
        self, snapshot: Snapshot, scope: Scope, previous: Snapshot | None, domain_controller: str | None
    ) -> Snapshot:
        """Read servers, revisions and CAs, as far as they are in scope."""
        if previous is not None:
            snapshot = replace(
                snapshot,
                certificates=previous.certificates,
                hosts=previous.hosts,
                revisions=previous.revisions,
                offers=previous.offers,
                bundles=previous.bundles,
                authorities=previous.authorities,
                deliveries=previous.deliveries,
            )
        servers = _in_scope(snapshot)
        asked = {k: v for k, v in servers.items() if scope.looks_at(k) or k not in snapshot.hosts}
        if previous is None or scope.names("hosts", "certificates"):
            reading = scope if previous is not None else Scope()
            snapshot = await self._with_servers(snapshot, servers, asked, domain_controller, reading)
        elif scope.names("availability"):
            known = {key: server for key, server in asked.items() if key in snapshot.hosts}
            snapshot = await self._with_availability(snapshot, known, domain_controller)
        if previous is None or scope.names("revisions"):
            names = [server.fqdn for server in servers.values()]
            snapshot = replace(
                snapshot,
                offers=await self.issuing.offers(scope.certificates),
                revisions=await self.issuing.read(scope.certificates, names),
                bundles=await self.authorities.bundles(scope.certificates),
            )
        if previous is None or scope.names("hosts"):
            declared: tuple[GatewayScope | LyncScope, ...] = (*scope.gateways, *scope.lync)
            self.trusting.remember(declared)
            snapshot = replace(snapshot, authorities=await self.authorities.of_peers(declared))
        deliveries = await self.deliveries.read(scope)
        await self.peers.again(_more_trusting(scope.gateways, snapshot.deliveries, deliveries))
        return replace(snapshot, deliveries=deliveries)

    async def choose_domain_controller(self, snapshot: Snapshot, current: str | None) -> str | None:
        """Return ``current`` while it answers, else another domain controller."""
        return await self.exchange.choose_domain_controller(snapshot, current)

    async def close(self) -> None:
        """Free every session, and end every look."""
        await self.peers.close()
        await self.deliveries.close()
        await self.exchange.close()

    async def _with_servers(
        self,
        snapshot: Snapshot,
        servers: Mapping[str, ServerFact],
        asked: Mapping[str, ServerFact],
        domain_controller: str | None,
        scope: Scope,
    ) -> Snapshot:
        """Read some of the servers; what is known of the others stays, of those that are gone nothing."""
        before = {
            key: ServerView(host.component, host.calls, host.um_service, host.call_router, stored)
            for key, host in snapshot.hosts.items()
            if (stored := snapshot.certificates.get(key)) is not None
        }
        reader = self.exchange.reader_of(domain_controller)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(
                self.views.read(
                    reader,
                    asked.values(),
                    before,
                    _shown(snapshot, scope),
                    with_certificates=scope.names("certificates"),
                )
            )
            looking = {
                key: group.create_task(self._look(server, snapshot, with_stores=scope.names("stores")))
                for key, server in asked.items()
            }
        views = reading.result()
        certificates = {key: fact for key, fact in snapshot.certificates.items() if key in servers}
        hosts = {key: host for key, host in snapshot.hosts.items() if key in servers}
        return replace(
            snapshot,
            certificates=certificates | {key: view.certificates for key, view in views.items()},
            hosts=hosts | {key: _joined(views[key], look.result()) for key, look in looking.items()},
        )

    async def _with_availability(
        self, snapshot: Snapshot, asked: Mapping[str, ServerFact], domain_controller: str | None
    ) -> Snapshot:
        """Read whether servers take calls; what else is known of them stays."""
        before = {key: snapshot.hosts[key].component for key in asked}
        reader = self.exchange.reader_of(domain_controller)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self.views.components(reader, asked.values(), before))
            looking = {
                key: group.create_task(self._running(server, snapshot)) for key, server in asked.items()
            }
        seen = {key: look.result() for key, look in looking.items()}
        hosts = {
            key: replace(
                snapshot.hosts[key],
                component=component,
                services=seen[key].services,
                listeners=seen[key].listeners,
            )
            for key, component in reading.result().items()
        }
        return replace(snapshot, hosts={**snapshot.hosts, **hosts})

    async def _look(self, server: ServerFact, snapshot: Snapshot, *, with_stores: bool) -> Look:
        """Look at a server; its stores hold still, and what rests on them says that it reads them."""
        before = snapshot.hosts.get(name_key(server.fqdn))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self._running(server, snapshot))
            stores = group.create_task(self._stores(server, before, again=with_stores))
            events = group.create_task(self.hosts.events(server.fqdn, before.events if before else None))
            rejected = group.create_task(self._rejected_calls(server, before))
        return Look(running.result(), stores.result(), events.result(), rejected.result())

    async def _running(self, server: ServerFact, snapshot: Snapshot) -> Running:
        """Look at a server's services, and from here at its ports."""
        before = snapshot.hosts.get(name_key(server.fqdn))
        wanted, ports = _services_and_ports(server, snapshot)
        async with asyncio.TaskGroup() as group:
            services = group.create_task(
                self.hosts.services(server.fqdn, wanted, before.services if before else {})
            )
            seen = group.create_task(
                listeners.listeners(
                    self.prober,
                    server.fqdn,
                    ports,
                    before.listeners if before else {},
                    deadline=PROBE_DEADLINE,
                )
            )
        return Running(services.result(), seen.result())

    async def _stores(self, server: ServerFact, before: HostFacts | None, *, again: bool) -> Fact[HostStores]:
        if before is not None and isinstance(before.stores, Known) and not again:
            return before.stores
        return await self.hosts.stores(server.fqdn, before.stores if before else None)

    async def _rejected_calls(self, server: ServerFact, before: HostFacts | None) -> Fact[int | None]:
        if not has_call_router(server):
            return Known(None, self.hosts.now())
        return await self.hosts.rejected_calls(server.fqdn, before.rejected_calls if before else None)


def _in_scope(snapshot: Snapshot) -> Mapping[str, ServerFact]:
    """Return the servers that have a UM service or a call router."""
    rows = snapshot.servers.value if isinstance(snapshot.servers, Known) else {}
    return {key: row for key, row in rows.items() if has_um_service(row) or has_call_router(row)}


def _shown(snapshot: Snapshot, scope: Scope) -> Shown:
    """Return the settings of servers that were read in this pass, which is what ``scope`` says."""

    def read(field: SnapshotField, facts: Mapping[str, Fact[T]]) -> Mapping[str, Fact[T]]:
        return {key: fact for key, fact in facts.items() if scope.names(field) and scope.looks_at(key)}

    return Shown(read("um_services", snapshot.um_services), read("call_routers", snapshot.call_routers))


def _more_trusting(gateways: Iterable[GatewayScope], before: Delivered, after: Delivered) -> frozenset[str]:
    """Return the gateways (``name_key``) whose devices have CAs that they did not have before."""
    return frozenset(
        name_key(one.name) for one in gateways if _held(after.get(one.key)) - _held(before.get(one.key))
    )


def _held(fact: Fact[DeliveryFact] | None) -> frozenset[str]:
    return fact.value.held if isinstance(fact, Known) else frozenset()


def _services_and_ports(
    server: ServerFact, snapshot: Snapshot
) -> tuple[list[WindowsService], list[listeners.Port]]:
    services: list[WindowsService] = []
    ports: list[listeners.Port] = []
    if has_um_service(server):
        services.append("MSExchangeUM")
        ports += listeners.UM_SERVICE
    if has_call_router(server):
        services.append("MSExchangeUMCR")
        router = snapshot.call_routers.get(name_key(server.fqdn))
        ports += listeners.of_call_router(router.value) if isinstance(router, Known) else ()
    return services, ports


def _joined(view: ServerView, look: Look) -> HostFacts:
    return HostFacts(
        services=look.running.services,
        component=view.component,
        calls=view.calls,
        listeners=look.running.listeners,
        um_service=view.um_service,
        call_router=view.call_router,
        stores=look.stores,
        events=look.events,
        rejected_calls=look.rejected_calls,
    )
