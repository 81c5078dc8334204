"""The estate's network on loopback: names, an own address for each host, and where each listens.

Peers know each other by name or address and by the ports of the field (5060, 5062 …). Each host has its own
address in 127.0.0.0/8, so a source address says who calls. The ports are mapped to free ones, so that
several estates live on one machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from ipaddress import IPv4Address, ip_address

from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.handshakes import HandshakeError

CONNECT_DEADLINE = 5.0
"""Real seconds: loopback answers at once or not at all."""


Secure = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Connection]]
"""Makes a connection of two streams, by a handshake; raises HandshakeError where it fails."""


class UnreachableError(Exception):
    """Nobody answers at that name and port."""


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
    """No TLS."""
    return Connection(reader, writer)


class Network:
    """DNS and the wires.

    Args:
        first: the address of the first host that is not given one.
    """

    def __init__(self, first: str = "127.0.16.1") -> None:
        self._next = int(IPv4Address(first))
        self._addresses: dict[str, str] = {}
        self._ports: dict[tuple[str, int], int] = {}

    def add(self, fqdn: str, address: str = "") -> str:
        """Give a host an address, or tell the one that it has."""
        known = self._addresses.get(fqdn.lower())
        if known and not address:
            return known
        self._addresses[fqdn.lower()] = address or self._allot()
        return self._addresses[fqdn.lower()]

    def resolve(self, host: str) -> str:
        """The address of a name; an address is its own.

        Raises:
            UnreachableError: DNS knows no such name.
        """
        try:
            return str(ip_address(host))
        except ValueError:
            pass
        try:
            return self._addresses[host.lower()]
        except KeyError:
            raise UnreachableError(f'DNS knows no "{host}"') from None

    def port(self, host: str, port: int) -> int:
        """The real port behind a listening host's port.

        Raises:
            UnreachableError: nobody listens there.
        """
        address = self.resolve(host)
        try:
            return self._ports[address, port]
        except KeyError:
            raise UnreachableError(f'nobody listens on "{host}:{port}"') from None

    def hears(self, host: str, port: int) -> bool:
        """Whether anybody listens there."""
        try:
            self.port(host, port)
        except UnreachableError:
            return False
        return True

    async def listen(
        self,
        fqdn: str,
        port: int,
        serve: Callable[[Connection], Awaitable[None]],
        secure: Secure = plain,
    ) -> Listener:
        """Listen on a host's address, on a free port that stands for the given one."""
        address = self.add(fqdn)
        connections: set[asyncio.StreamWriter] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.add(writer)
            try:
                connection = await secure(reader, writer)
                with closing(connection):
                    await serve(connection)
            except HandshakeError:
                pass
            finally:
                connections.discard(writer)
                writer.close()

        server = await asyncio.start_server(accept, address, 0)
        self._ports[address, port] = server.sockets[0].getsockname()[1]
        return Listener(server, connections, lambda: self._ports.pop((address, port), None))

    async def connect(self, source: str, host: str, port: int, secure: Secure = plain) -> Connection:
        """Connect from a host's own address.

        Raises:
            UnreachableError: DNS does not know the name, or nobody answers.
            HandshakeError: somebody answers, but there is no trust.
        """
        real = self.port(host, port)
        try:
            async with asyncio.timeout(CONNECT_DEADLINE):
                reader, writer = await asyncio.open_connection(
                    self.resolve(host), real, local_addr=(self.resolve(source), 0)
                )
        except OSError as error:
            raise UnreachableError(f'"{host}:{port}" does not answer: {error}') from error
        try:
            return await secure(reader, writer)
        except BaseException:
            writer.close()
            raise

    def _allot(self) -> str:
        taken = set(self._addresses.values())
        while (address := str(IPv4Address(self._next))) in taken or address.endswith((".0", ".255")):
            self._next += 1
        self._next += 1
        return address


class Listener:
    """An open port; closing it drops its connections, as a service's end does."""

    def __init__(
        self, server: asyncio.Server, connections: set[asyncio.StreamWriter], forget: Callable[[], object]
    ) -> None:
        self._server = server
        self._connections = connections
        self._forget = forget

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self._forget()
        self._server.close()
        for connection in tuple(self._connections):
            connection.close()
        await self._server.wait_closed()
