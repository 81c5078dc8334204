"""How many calls are in progress through a gateway that is being emptied.

Each UM service is asked, not -IPGateway: that looks up in the directory which servers to ask, and servers are
members of SipName plans only (field notes 2.1), and it fails while an entry of a dead machine is there. While
a worker process recycles only the new one is counted (cmdlet page Get-UMActiveCalls), so a count may be low.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from um_operator.api.reasons import Reason
from um_operator.exchange.reader import Reader, unknown
from um_operator.exchange.servers import SERVERS_AT_A_TIME, has_um_service
from um_operator.observed.exchange import GatewayFact, ServerFact
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.values import name_key
from um_operator.remoting.session import PSRow
from um_operator.remoting.values import NotUnderstoodError, text_of

T = TypeVar("T")


async def active_calls(
    reader: Reader,
    names: frozenset[str],
    servers: Fact[Mapping[str, ServerFact]],
    gateways: Fact[Mapping[str, Fact[GatewayFact]]],
    before: Mapping[str, Fact[int]],
) -> Mapping[str, Fact[int]]:
    """Count the calls of some gateways over the UM services of all servers in scope.

    Known only when every one of them answered. A call is counted unless it is plainly another gateway's.
    """
    if not names:
        return {}
    began = reader.now()
    answers = await _ask(reader, servers)

    def reading(name: str) -> Callable[[Reader], Awaitable[int]]:
        async def read(_: Reader) -> int:
            elsewhere = _others(name, _value(gateways))
            return sum(
                _gateway_of(call) not in elsewhere for answer in _value(answers) for call in _value(answer)
            )

        return read

    return {
        name_key(name): await reader.fact(before.get(name_key(name)), reading(name), began)
        for name in sorted(names)
    }


async def _ask(
    reader: Reader, servers: Fact[Mapping[str, ServerFact]]
) -> Fact[tuple[Fact[tuple[PSRow, ...]], ...]]:
    """Ask each UM service for its calls, some at a time."""
    at_a_time = asyncio.Semaphore(SERVERS_AT_A_TIME)

    async def ask(fqdn: str) -> Fact[tuple[PSRow, ...]]:
        async with at_a_time:
            return await reader.fact(None, lambda reader: reader.rows("Get-UMActiveCalls", Server=fqdn))

    if isinstance(servers, Unknown):
        return servers
    asked = [server.fqdn for server in servers.value.values() if has_um_service(server)]
    if not asked:
        return unknown(Reason.NOT_READ, "no server in scope runs a UM service", servers.read_at)
    return Known(tuple(await asyncio.gather(*map(ask, asked))), servers.read_at)


def _others(name: str, gateways: Mapping[str, Fact[GatewayFact]]) -> frozenset[str]:
    """Return the names and addresses of the other gateways that are not this one's as well."""
    shown = {key: {key, *_address(fact)} for key, fact in gateways.items()}
    own = shown.pop(name_key(name), set())
    return frozenset().union(*shown.values()) - own


def _address(gateway: Fact[GatewayFact]) -> tuple[str, ...]:
    return (name_key(gateway.value.address),) if isinstance(gateway, Known) else ()


def _gateway_of(call: PSRow) -> str:
    """Return how a call names its gateway; whether by name or address is not documented."""
    try:
        return name_key(text_of(call.properties.get("GatewayId")))
    except NotUnderstoodError:
        return ""


def _value(fact: Fact[T]) -> T:
    if isinstance(fact, Unknown):
        raise NotReadError(fact.reason, fact.message)
    return fact.value
