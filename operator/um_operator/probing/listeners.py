"""The listeners of a server that runs Unified Messaging: two of its UM service, two of its call router."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from um_operator.observed.exchange import CallRouterFact
from um_operator.observed.fact import Fact, Unknown
from um_operator.observed.hosts import Listener
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober


@dataclass(frozen=True, slots=True)
class Port:
    """A port and whether TLS is meant for it."""

    number: int
    tls: bool


UM_SERVICE: Final = (Port(5062, tls=False), Port(5063, tls=True))
"""Those of MSExchangeUM, which cannot be changed (field notes, exchange-lync 2.5)."""


def of_call_router(router: CallRouterFact) -> tuple[Port, Port]:
    """Return those of a call router, as they were read from its settings."""
    return Port(router.tcp_port, tls=False), Port(router.tls_port, tls=True)


async def listeners(
    prober: Prober,
    host: str,
    ports: Iterable[Port],
    before: Mapping[int, Fact[Listener]],
    *,
    identity: ClientIdentity | None = None,
    deadline: float,
) -> Mapping[int, Fact[Listener]]:
    """Look at a server's ports at the same time; what stays unknown was so since it became so.

    Args:
        prober: what looks.
        host: the server's FQDN.
        ports: those that its services may have.
        before: what was known of each port.
        identity: who we are; the server's own certificate shows how its peers are met.
        deadline: seconds for each.
    """

    async def look(port: Port) -> Fact[Listener]:
        if port.tls:
            fact = await prober.tls(host, port.number, identity=identity, deadline=deadline)
        else:
            fact = await prober.plain(host, port.number, deadline=deadline)
        earlier = before.get(port.number)
        if isinstance(fact, Unknown) and isinstance(earlier, Unknown):
            return replace(fact, since=earlier.since)
        return fact

    wanted = {port.number: port for port in ports}
    facts = await asyncio.gather(*map(look, wanted.values()))
    return dict(zip(wanted, facts, strict=True))
