"""What Exchange shows of single servers while certificates are brought to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from um_operator.exchange import components, servers
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.observed.certificates import StoredCertificate
from um_operator.observed.exchange import CallRouterFact, ServerFact, UMServiceFact
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import ComponentFact
from um_operator.observed.values import name_key

T = TypeVar("T")

Component: TypeAlias = Fact[ComponentFact | None]
"""Of a server's call router; ``None``: it has none of its own."""


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server.

    Attributes:
        component: see Component.
        calls: in progress on its UM service; while a worker recycles only the new one is counted.
        um_service: settings as the server sees them itself (R9); ``None``: it has none.
        call_router: likewise.
        certificates: in its machine store.
    """

    component: Component
    calls: Fact[int]
    um_service: Fact[UMServiceFact | None]
    call_router: Fact[CallRouterFact | None]
    certificates: Fact[tuple[StoredCertificate, ...]]


@dataclass(frozen=True, slots=True)
class Shown:
    """Settings as the organisation's domain controller has just shown them, by server."""

    um_services: Mapping[str, Fact[UMServiceFact]] = field(default_factory=dict)
    call_routers: Mapping[str, Fact[CallRouterFact]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerViews:
    """Reads servers, some at a time; up to six commands each.

    Attributes:
        certificates: reads machine stores.
        own: reads settings as each server sees them.
    """

    certificates: CertificateReader
    own: OwnView

    async def read(
        self,
        reader: Reader,
        wanted: Iterable[ServerFact],
        before: Mapping[str, ServerView],
        shown: Shown = Shown(),
        *,
        with_certificates: bool = True,
    ) -> Mapping[str, ServerView]:
        """Read servers, by ``name_key`` of their FQDN. Never raises: what failed is Unknown.

        Args:
            reader: asks the organisation.
            wanted: the servers.
            before: what was read earlier.
            shown: settings that ``reader`` has read in this pass already.
            with_certificates: whether stores are read that were read earlier: they hold still, and what rests
                on them says that it reads them.
        """

        async def one(server: ServerFact) -> ServerView:
            earlier = before.get(name_key(server.fqdn))
            stored = earlier.certificates if earlier and not with_certificates else None
            return await self._read(reader, server, earlier, shown, stored)

        return await _each(wanted, one)

    async def components(
        self, reader: Reader, wanted: Iterable[ServerFact], before: Mapping[str, Component]
    ) -> Mapping[str, Component]:
        """Read no more than the component states of servers, by ``name_key`` of their FQDN; never raises."""

        async def one(server: ServerFact) -> Component:
            earlier = before.get(name_key(server.fqdn))
            return await reader.fact(earlier, lambda reader: components.component(reader, server.fqdn))

        return await _each(wanted, one)

    async def _read(
        self,
        reader: Reader,
        server: ServerFact,
        before: ServerView | None,
        shown: Shown,
        stored: Fact[tuple[StoredCertificate, ...]] | None,
    ) -> ServerView:
        key = name_key(server.fqdn)

        async def fact(
            earlier: Callable[[ServerView], Fact[T]], read: Callable[[Reader], Awaitable[T]]
        ) -> Fact[T]:
            return await reader.fact(earlier(before) if before is not None else None, read)

        async def calls(reader: Reader) -> int:
            if not servers.has_um_service(server):
                return 0
            return len(await reader.rows("Get-UMActiveCalls", Server=server.fqdn))

        async def component(reader: Reader) -> ComponentFact | None:
            return await components.component(reader, server.fqdn)

        return ServerView(
            component=await fact(lambda view: view.component, component),
            calls=await fact(lambda view: view.calls, calls),
            um_service=await fact(
                lambda view: view.um_service,
                lambda reader: self.own.um_service(reader, server, shown.um_services.get(key)),
            ),
            call_router=await fact(
                lambda view: view.call_router,
                lambda reader: self.own.call_router(reader, server, shown.call_routers.get(key)),
            ),
            certificates=stored
            if isinstance(stored, Known)
            else await fact(
                lambda view: view.certificates,
                lambda reader: self.certificates.store(reader, server.fqdn),
            ),
        )


async def _each(wanted: Iterable[ServerFact], read: Callable[[ServerFact], Awaitable[T]]) -> Mapping[str, T]:
    """Read servers, some at a time, by ``name_key`` of their FQDN."""
    at_a_time = asyncio.Semaphore(servers.SERVERS_AT_A_TIME)

    async def one(server: ServerFact) -> T:
        async with at_a_time:
            return await read(server)

    chosen = {name_key(server.fqdn): server for server in wanted}
    return dict(zip(chosen, await asyncio.gather(*map(one, chosen.values())), strict=True))
