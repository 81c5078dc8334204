"""TLS for everybody of an estate; what a side has is asked at each handshake, so what a store gets counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from um_operator.lab.clock import Clock
from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.identities import Demand, Identity
from um_operator.lab.gateways.network import Secure

if TYPE_CHECKING:
    from um_operator.lab.gateways.tls import Engine

Have = Callable[[], Identity]


class Wires:
    """Makes handshakes, by the estate's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def server(self, have: Have, demand: Demand | None = None) -> Secure:
        """How a listener accepts."""

        async def secure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
            return await self._engine.accept(reader, writer, have(), demand)

        return secure

    def client(self, host: str, have: Have, demand: Demand | None = None) -> Secure:
        """How a caller connects to a host."""

        async def secure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
            return await self._engine.connect(reader, writer, have(), host, demand)

        return secure

    @cached_property
    def _engine(self) -> Engine:
        from um_operator.lab.gateways.tls import Engine  # noqa: PLC0415 - 0.2 s that TCP need not pay

        return Engine(self._clock)
