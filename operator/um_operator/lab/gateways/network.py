"""The estate's network on loopback: names, an own address for each host, and where each listens.

Peers know each other by name or address and by the ports of the field (5060, 5062 …). Each host has its own
address in 127.0.0.0/8, so a source address says who calls. Each port of a host is mapped to one that stays
the same while the estate lives, open or closed, so that several estates live on one machine and whoever comes
from outside finds his way.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from ipaddress import IPv4Address, ip_address
from itertools import cycle

from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.handshakes import HandshakeError

CONNECT_DEADLINE = 5.0
"""Real seconds: loopback answers at once or not at all."""


Secure = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Connection]]
"""Makes a connection of two streams, by a handshake; raises HandshakeError where it fails."""


_PIECE = 65_536
_FIRST, _BLOCK, _BLOCKS = 10_240, 340, 64
_CANDIDATES = cycle(_FIRST + os.getpid() % _BLOCKS * _BLOCK + n for n in range(_BLOCK))
"""Each process tries ports of its own first: a closed one is not held."""
_FIRST_ADDRESS = f"127.{16 + os.getpid() // _BLOCK % 200}.16.1"
"""Processes that have the same ports have other addresses."""


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

    def __init__(self, first: str = _FIRST_ADDRESS) -> None:
        self._next = int(IPv4Address(first))
        self._addresses: dict[str, str] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._ports: dict[tuple[str, int], int] = {}
        self._open: set[tuple[str, int]] = set()

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

    def gather(self, name: str, hosts: tuple[str, ...]) -> None:
        """Say which hosts answer to a name beside their own, such as a pool's."""
        self.add(name)
        self._members[name.lower()] = hosts

    def addresses(self, host: str) -> frozenset[str]:
        """Every address that a name may call from: its own, and those of the hosts behind it.

        Raises:
            UnreachableError: DNS knows no such name.
        """
        members = self._members.get(host.lower(), ())
        return frozenset((self.resolve(host), *(self.resolve(member) for member in members)))

    def port(self, host: str, port: int) -> int:
        """The real port behind a listening host's port.

        Raises:
            UnreachableError: nobody listens there.
        """
        address = self.resolve(host)
        if (address, port) not in self._open:
            raise UnreachableError(f'nobody listens on "{host}:{port}"')
        return self._ports[address, port]

    def hears(self, host: str, port: int) -> bool:
        """Whether anybody listens there."""
        try:
            self.port(host, port)
        except UnreachableError:
            return False
        return True

    def reserve(self, fqdn: str, *ports: int) -> None:
        """Say where ports of a host will be, whether anybody listens there or not."""
        address = self.add(fqdn)
        for port in ports:
            if (address, port) not in self._ports:
                self._ports[address, port] = _free_port(address)

    def place(self, fqdn: str, port: int) -> tuple[str, int]:
        """Where somebody listens who brings his own server: address, and the port that stands for it."""
        self.reserve(fqdn, port)
        address = self.add(fqdn)
        self._open.add((address, port))
        return address, self._ports[address, port]

    def lend(self, fqdn: str, port: int, address: str, real: int) -> None:
        """Let a program that is none of the lab listen for a host, on an address and port of its own."""
        self.add(fqdn, address)
        self._ports[address, port] = real
        self._open.add((address, port))

    def mapping(self) -> Iterator[tuple[str, int, str, int]]:
        """Name, port, address and real port of everything that was reserved."""
        for name, own in self._addresses.items():
            for (address, port), real in self._ports.items():
                if address == own:
                    yield name, port, address, real

    async def listen(
        self,
        fqdn: str,
        port: int,
        serve: Callable[[Connection], Awaitable[None]],
        secure: Secure = plain,
    ) -> Listener:
        """Listen on a host's address, on the port that stands for the given one."""
        self.reserve(fqdn, port)
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

        server = await asyncio.start_server(accept, address, self._ports[address, port])
        self._open.add((address, port))
        return Listener(server, connections, lambda: self._open.discard((address, port)))

    async def spread(self, name: str, port: int, takes: Callable[[str], bool]) -> Listener:
        """Hand connections to a name on to one of its hosts, as DNS with several addresses does in the end.

        As long as none of them listens a connection is closed at once.

        Args:
            name: which hosts were gathered behind.
            port: of the name and of each host.
            takes: whether a host takes anything new; who tries one address after the other ends there.
        """
        self.reserve(name, port)
        address = self.add(name)
        writers: set[asyncio.StreamWriter] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.add(writer)
            try:
                listening = [one for one in self._members[name.lower()] if self.hears(one, port)]
                host = next((one for one in listening if takes(one)), next(iter(listening), None))
                if host is not None:
                    await _relay(reader, writer, self.resolve(host), self.port(host, port))
            except OSError:
                pass
            finally:
                writers.discard(writer)
                writer.close()

        server = await asyncio.start_server(accept, address, self._ports[address, port])
        self._open.add((address, port))
        return Listener(server, writers, lambda: self._open.discard((address, port)))

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


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int) -> None:
    """Carry bytes both ways until either side hangs up."""
    there, back = await asyncio.open_connection(address, port)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(_PIECE):
            target.write(data)

    ways = [asyncio.ensure_future(carry(reader, back)), asyncio.ensure_future(carry(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        back.close()


def _free_port(address: str) -> int:
    """A port that is free there, below those that the kernel gives to connections (32768 and up)."""
    while True:
        port = next(_CANDIDATES)
        with socket.socket() as trial:
            try:
                trial.bind((address, port))
            except OSError:
                continue
        return port


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
