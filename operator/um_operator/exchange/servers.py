"""The settings of each server in scope: UM service, call router, domain controllers.

Traps (field notes 1.5, 2.2): a null or unknown identity may show everything, so what comes back is checked
against what was asked for; Get-UMCallRouterSettings without -Server shows the call router of the server that
the session landed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from um_operator.api.reasons import Reason
from um_operator.exchange import rows
from um_operator.exchange.reader import Reader
from um_operator.observed.exchange import CallRouterFact, ServerFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, NotReadError
from um_operator.observed.values import name_key
from um_operator.remoting.session import PSRow

SERVERS_AT_A_TIME = 8


async def um_services(
    reader: Reader, known: Mapping[str, ServerFact], before: Mapping[str, Fact[UMServiceFact]]
) -> dict[str, Fact[UMServiceFact]]:
    """Read the UM service of each server in scope, by one list that names servers by short name."""
    began = reader.now()
    listed = await reader.fact(None, _um_services_by_short_name)

    def reading(server: ServerFact) -> Callable[[Reader], Awaitable[UMServiceFact]]:
        async def read(_: Reader) -> UMServiceFact:
            if not isinstance(listed, Known):
                raise NotReadError(listed.reason, listed.message)
            row = listed.value.get(rows.short_name(server.fqdn))
            if row is None:
                raise NotReadError(Reason.NOT_READ, f'Get-UMService does not show "{server.fqdn}"')
            return rows.um_service(row, server.fqdn)

        return read

    return {
        key: await reader.fact(before.get(key), reading(server), began)
        for key, server in known.items()
        if has_um_service(server)
    }


async def _um_services_by_short_name(reader: Reader) -> Mapping[str, PSRow]:
    return {name_key(rows.name(row)): row for row in await reader.rows("Get-UMService")}


async def call_routers(
    reader: Reader, known: Mapping[str, ServerFact], before: Mapping[str, Fact[CallRouterFact]]
) -> dict[str, Fact[CallRouterFact]]:
    """Read the call router of each server in scope, some servers at a time."""
    wanted = {key: server.fqdn for key, server in known.items() if has_call_router(server)}
    at_a_time = asyncio.Semaphore(SERVERS_AT_A_TIME)

    async def read(key: str, fqdn: str) -> Fact[CallRouterFact]:
        async with at_a_time:
            return await reader.fact(before.get(key), lambda reader: call_router(reader, fqdn))

    facts = await asyncio.gather(*(read(key, fqdn) for key, fqdn in wanted.items()))
    return dict(zip(wanted, facts, strict=True))


def has_um_service(server: ServerFact) -> bool:
    """Tell whether a server in scope runs MSExchangeUM."""
    return "UM" in server.um_services


def has_call_router(server: ServerFact) -> bool:
    """Tell whether a server in scope runs MSExchangeUMCR."""
    return "UMCallRouter" in server.um_services


async def um_service(reader: Reader, fqdn: str) -> UMServiceFact:
    """Read the UM service of one server.

    Raises:
        NotReadError: that server's settings are not what is shown.
    """
    row = await reader.one("Get-UMService", Identity=rows.short_name(fqdn))
    if name_key(rows.name(row)) != rows.short_name(fqdn) or not rows.is_of_server(row, fqdn):
        raise NotReadError(
            Reason.NOT_READ, f'asked for the UM service of "{fqdn}", Exchange showed another one'
        )
    return rows.um_service(row, fqdn)


async def call_router(reader: Reader, fqdn: str) -> CallRouterFact:
    """Read the call router of one server; raises as ``um_service`` does."""
    row = await reader.one("Get-UMCallRouterSettings", Server=fqdn)
    if not rows.is_of_server(row, fqdn):
        raise NotReadError(
            Reason.NOT_READ, f'asked for the call router of "{fqdn}", Exchange showed another one'
        )
    return rows.call_router(row, fqdn)


async def domain_controllers(reader: Reader, fqdn: str) -> tuple[str, ...]:
    """Return the domain controllers that a server works with now, in its order; asks the machine itself."""
    row = await replace(reader, domain_controller=None).one("Get-ExchangeServer", Identity=fqdn, Status=True)
    server = rows.server(row)
    if name_key(server.fqdn) != name_key(fqdn):
        raise NotReadError(Reason.NOT_READ, f'asked for the server "{fqdn}", Exchange showed "{server.fqdn}"')
    return server.domain_controllers
