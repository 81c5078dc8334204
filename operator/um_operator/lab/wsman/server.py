"""A simulated Windows server's remoting: listeners that share one service, its shells and its counters."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from um_operator.lab.clock import Clock

from .accounts import Accounts
from .auth import Authenticator, Method, Policy
from .connection import Connection
from .counters import Counters
from .http import reset
from .interference import Interference
from .service import CommandEndpoint, Endpoint, Quotas, Service


@dataclass(frozen=True)
class ListenerTLS:
    """What an HTTPS listener shows: a context with the chain, and the leaf in DER for channel bindings."""

    context: ssl.SSLContext
    leaf: bytes


class WSManServer:
    """One server of the estate. ``name`` is its FQDN: it names shells, faults and service principals."""

    def __init__(
        self,
        name: str,
        endpoints: Sequence[Endpoint],
        accounts: Accounts,
        *,
        clock: Clock | None = None,
        quotas: Quotas | None = None,
        interference: Interference | None = None,
        commands: CommandEndpoint | None = None,
    ) -> None:
        self._accounts = accounts
        self._interference = interference
        self._service = Service(name, endpoints, clock or Clock(), quotas or Quotas(), commands=commands)
        self._listeners: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def name(self) -> str:
        """Its FQDN."""
        return self._service.server

    @property
    def counters(self) -> Counters:
        """What this server counted since it was made."""
        return self._service.counters

    @property
    def service(self) -> Service:
        """The shells behind the listeners, for tests that change them by hand."""
        return self._service

    async def listen(
        self, address: str, port: int, *, tls: ListenerTLS | None = None, policy: Policy | None = None
    ) -> int:
        """Listen on an address of 127.0.0.0/8; return the port, chosen by the system when 0 was asked.

        Raises:
            OSError: the address or port cannot be had.
        """
        accepted = policy or default_policy(self._service.server, secure=tls is not None)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(reader, writer, accepted, tls)

        listener = await asyncio.start_server(
            connected, address, port, ssl=tls.context if tls else None, limit=1 << 20
        )
        self._listeners.append(listener)
        bound: int = listener.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close the listeners, reset the connections, end the shells: the server is down."""
        for listener in self._listeners:
            listener.close()
        for task, writer in list(self._connections.items()):
            reset(writer)
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._listeners.clear()
        self._service.close()

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        policy: Policy,
        tls: ListenerTLS | None,
    ) -> None:
        self.counters.connections += 1
        if self._interference is not None and not self._interference.accepts(self._service.server):
            reset(writer)
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        channel: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        client = channel.getpeercert(binary_form=True) if channel else None
        auth = Authenticator(policy, self._accounts, tls.leaf if tls else None, client)
        connection = Connection(self._service, auth, reader, writer, self._interference, tls is not None)
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await connection.serve()
        finally:
            del self._connections[task]
            writer.close()


def default_policy(server: str, *, secure: bool) -> Policy:
    """Return what Exchange's and WinRM's listeners accept unless told otherwise."""
    short = server.partition(".")[0]
    principals = frozenset(
        f"{service}/{host}".lower() for service in ("http", "host", "wsman") for host in (server, short)
    )
    methods = {Method.NEGOTIATE, Method.KERBEROS}
    if secure:
        methods |= {Method.BASIC, Method.CERTIFICATE}
    return Policy(frozenset(methods), principals)
