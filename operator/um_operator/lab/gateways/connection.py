"""One TCP connection that carries SIP."""

from __future__ import annotations

import asyncio

from um_operator.lab.gateways.sip import Message, encode, read

ANSWER_DEADLINE = 10.0
"""Real seconds for the next message of a transaction; loopback needs milliseconds."""


class Connection:
    """Sends and receives whole messages. One connection carries one dialog."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.peer: str = writer.get_extra_info("peername")[0]
        self.local: str = writer.get_extra_info("sockname")[0]

    def send(self, message: Message) -> None:
        """Write a message; one for a peer that has gone is lost, as on any wire."""
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def receive(self) -> Message | None:
        """The next message, however long it takes; None when the peer has hung up.

        Raises:
            SipError: what came is no SIP.
        """
        return await read(self._reader)

    async def answer(self) -> Message | None:
        """The next message of a transaction.

        Raises:
            TimeoutError: none came in time.
            SipError: what came is no SIP.
        """
        async with asyncio.timeout(ANSWER_DEADLINE):
            return await self.receive()

    def close(self) -> None:
        """Hang up, whatever is under way."""
        self._writer.close()
