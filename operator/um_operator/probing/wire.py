"""A TCP connection of a probe: bytes out, bytes in, nothing kept when it is over."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from um_operator.api.reasons import Reason
from um_operator.probing.failures import ProbeError, RefusedError

_CHUNK = 65_536
_RESOLVERS = ThreadPoolExecutor(32, "resolver")
"""Threads in which names are resolved: those of a DNS that does not answer hold up nothing else."""


class Stream(Protocol):
    """What carries SIP: a TCP connection, or TLS on one."""

    @property
    def local(self) -> str:
        """Return our own address and port, as a Via header has them."""

    def send(self, data: bytes) -> None:
        """Send bytes; those for a peer that has gone are lost."""

    async def receive(self) -> bytes:
        """Return what came next; nothing once the peer has hung up."""


class Wire:
    """A TCP connection. Whoever waits on it has the deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def local(self) -> str:
        """Return our own address and port."""
        address, port = self._writer.get_extra_info("sockname")[:2]
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def send(self, data: bytes) -> None:
        """Send bytes; those for a peer that has gone are lost."""
        self._writer.write(data)

    async def receive(self) -> bytes:
        """Return what came next; nothing once the peer has hung up, however it did."""
        try:
            return await self._reader.read(_CHUNK)
        except ConnectionError:
            return b""


@asynccontextmanager
async def connected(host: str, port: int, end: float) -> AsyncIterator[Wire]:
    """Connect to the first address of a name that answers, and drop the connection in the end.

    Names pass through ``socket.getaddrinfo``, where the process maps them (--connect-to).

    Args:
        host: name or address.
        port: its port.
        end: when to give up connecting, in the event loop's time.

    Raises:
        RefusedError: every address refuses.
        ProbeError: the name has none, or one cannot be reached in time.
    """
    try:
        async with asyncio.timeout_at(end):
            reader, writer = await _open(host, port)
    except TimeoutError:
        raise _unreachable(host, port, "no connection in time") from None
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def _open(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    failed: list[OSError] = []
    for family, address in await _addresses(host, port):
        try:
            return await asyncio.open_connection(address[0], address[1], family=family)
        except OSError as error:
            failed.append(error)
    if all(isinstance(error, ConnectionRefusedError) for error in failed):
        raise RefusedError
    other = next(error for error in failed if not isinstance(error, ConnectionRefusedError))
    raise _unreachable(host, port, _said(other)) from other


async def _addresses(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, Any]]:
    try:
        loop, ask = asyncio.get_running_loop(), partial(socket.getaddrinfo, type=socket.SOCK_STREAM)
        found = await loop.run_in_executor(_RESOLVERS, ask, host, port)
    except (socket.gaierror, UnicodeError) as error:  # the latter: a label that no DNS name can have
        raise ProbeError(Reason.NAME_NOT_RESOLVED, f'"{host}" does not resolve') from error
    return [(entry[0], entry[4]) for entry in found]


def _unreachable(host: str, port: int, why: str) -> ProbeError:
    return ProbeError(Reason.UNREACHABLE, f'"{host}" cannot be reached on port {port}: {why}')


def _said(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__
