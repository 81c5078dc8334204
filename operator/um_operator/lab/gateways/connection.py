"""One connection that carries SIP, over TCP or TLS."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from cryptography import x509

from um_operator.lab.gateways.sip import Message, encode, read

ANSWER_DEADLINE = 10.0
"""Real seconds for the next message of a transaction; loopback needs milliseconds."""

Transport = Literal["tcp", "tls"]


class Writer(Protocol):
    """Where bytes go; an asyncio.StreamWriter is one."""

    def write(self, data: bytes) -> None:
        """Send."""

    def close(self) -> None:
        """Hang up."""

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""

    def get_extra_info(self, name: str) -> Any:
        """What the wire below says of itself."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: source address, and over TLS the certificate that he showed."""

    address: str
    certificate: x509.Certificate | None = None

    @property
    def transport(self) -> Transport:
        """What he speaks."""
        return "tls" if self.certificate else "tcp"


class Connection:
    """Sends and receives whole messages. One connection carries one dialog."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: Writer, *, certificate: x509.Certificate | None = None
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.peer = Peer(writer.get_extra_info("peername")[0], certificate)
        self.local: str = writer.get_extra_info("sockname")[0]

    @property
    def transport(self) -> Transport:
        """What is spoken here."""
        return self.peer.transport

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
