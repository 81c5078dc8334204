"""Where the estate's remoting is really to be found: ports of names, on loopback."""

from __future__ import annotations

import contextlib
import socket
from contextlib import AsyncExitStack

from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.tls import Authority

LOOPBACK = "127.0.0.1"
HTTP, HTTPS = 80, 443
WINRM_HTTP, WINRM_HTTPS = 5985, 5986


class Ports:
    """Has servers listen, and holds ports on which nobody answers.

    Attributes:
        connect_to: where everything really is: ``HOST:PORT:ADDRESS:PORT``, curl's --connect-to.

    Args:
        authority: who signs the HTTPS listeners' certificates.
        connect_to: filled as ports are taken.
        running: ends what listens.
    """

    def __init__(self, authority: Authority, connect_to: list[str], running: AsyncExitStack) -> None:
        self.connect_to = connect_to
        self._authority = authority
        self._running = running

    async def listen(self, server: WSManServer, plain: int, secure: int) -> None:
        """Have a server listen on two ports, over HTTP and over HTTPS."""
        self._running.push_async_callback(server.stop)
        self._map(server.name, plain, await server.listen(LOOPBACK, 0))
        await self._secure(server, secure)

    async def listen_securely(self, server: WSManServer, port: int) -> None:
        """Have a server listen over HTTPS alone."""
        self._running.push_async_callback(server.stop)
        await self._secure(server, port)

    def hold(self, fqdn: str, *ports: int) -> None:
        """Keep ports of a name closed."""
        for port in ports:
            closed = self._running.enter_context(contextlib.closing(socket.socket()))
            closed.bind((LOOPBACK, 0))
            self._map(fqdn, port, closed.getsockname()[1])

    async def _secure(self, server: WSManServer, port: int) -> None:
        tls = self._authority.listener([server.name, server.name.partition(".")[0]])
        self._map(server.name, port, await server.listen(LOOPBACK, 0, tls=tls))

    def _map(self, fqdn: str, port: int, real_port: int) -> None:
        self.connect_to.append(f"{fqdn}:{port}:{LOOPBACK}:{real_port}")
