"""Settings of a server as it sees them itself: through a domain controller that it works with (R9).

Mode and binding are attributes of the directory. A service reads them when it starts, from its own domain
controller; what another one shows may not have arrived there yet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from um_operator.api.reasons import Reason
from um_operator.exchange import servers
from um_operator.exchange.reader import Reader
from um_operator.observed.exchange import CallRouterFact, ServerFact, UMServiceFact
from um_operator.observed.fact import Fact, Known, NotReadError
from um_operator.observed.values import name_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OwnView:
    """Reads through each server's own domain controller, which is asked for once and again when it fails."""

    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def domain_controllers(self, reader: Reader, fqdn: str) -> tuple[str, ...]:
        """Return those that a server works with, its first choice first, those that failed lately last.

        Raises:
            NotReadError: it names none.
        """
        key = name_key(fqdn)
        known = self._known.get(key, ())
        if not known or all(name in reader.unavailable for name in known):
            known = await servers.domain_controllers(reader, fqdn)
            if not known:
                raise NotReadError(Reason.NOT_READ, f'"{fqdn}" names no domain controller that it works with')
            self._known[key] = known
        return tuple(sorted(known, key=lambda name: name in reader.unavailable))

    async def um_service(
        self, reader: Reader, server: ServerFact, shown: Fact[UMServiceFact] | None = None
    ) -> UMServiceFact | None:
        """Read the settings of MSExchangeUM, ``None`` if the server has none.

        ``shown``: what ``reader`` itself has just shown; where that goes by the same domain controller nobody
        is asked twice.
        """
        if not servers.has_um_service(server):
            return None
        return await self._read(reader, server, shown, servers.um_service)

    async def call_router(
        self, reader: Reader, server: ServerFact, shown: Fact[CallRouterFact] | None = None
    ) -> CallRouterFact | None:
        """Read the settings of MSExchangeUMCR, ``None`` if the server has none; ``shown`` likewise."""
        if not servers.has_call_router(server):
            return None
        return await self._read(reader, server, shown, servers.call_router)

    async def _read(
        self,
        reader: Reader,
        server: ServerFact,
        shown: Fact[T] | None,
        read: Callable[[Reader, str], Awaitable[T]],
    ) -> T:
        own = await self._through(reader, server.fqdn)
        if isinstance(shown, Known) and _same_view(own, reader):
            return shown.value
        return await read(own, server.fqdn)

    async def _through(self, reader: Reader, fqdn: str) -> Reader:
        controllers = await self.domain_controllers(reader, fqdn)
        reader.unavailable.discard(controllers[0])
        return replace(reader, domain_controller=controllers[0])


def _same_view(one: Reader, other: Reader) -> bool:
    """Whether two readers go by the same domain controller."""
    return name_key(one.domain_controller or "") == name_key(other.domain_controller or "")
