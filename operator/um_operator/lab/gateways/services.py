"""UM's services on one server: what they listen on, and why they do not start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from um_operator.lab.exchange.active_calls import ActiveCalls
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.admission import overfull_plan, word
from um_operator.lab.gateways.answering import Desk, serve
from um_operator.lab.gateways.desks import (
    UM_SERVICE_PORT,
    WORKER_PORTS,
    CallRouterDesk,
    Entrance,
    RedirectingDesk,
    WorkerDesk,
    settings_of,
)
from um_operator.lab.gateways.network import Listener, Network
from um_operator.lab.gateways.tasks import end
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import NotStartedError, WindowsService


class _Listening:
    """A program with ports. It loads startup mode, ports and binding when its process starts (lab L3).

    Everything else it takes from the server's configuration as it is at each call.
    """

    kind: Kind

    def __init__(self, server: UMServer, network: Network) -> None:
        self._server = server
        self._network = network
        self._listeners: list[Listener] = []
        self._settings: DirectoryObject | None = None

    def load(self) -> None:
        """Read mode, ports and binding from the site's directory.

        Raises:
            NotStartedError: with these it can't start.
        """
        self._server.read_configuration()
        self._settings = settings_of(self._server, self.kind)
        if self._settings is None:
            raise NotStartedError("the directory has no settings of this service")
        mode = word(self._settings, "UMStartupMode")
        if mode != "TCP" and not self._settings["UMCertificateThumbprint"]:
            raise NotStartedError(f"startup mode {mode} without a certificate")

    async def close(self, why: str) -> None:  # noqa: ARG002 - of a Program
        """Close the ports and drop their connections."""
        for listener in self._listeners:
            await listener.close()
        self._listeners.clear()

    async def _listen(self, port: int, desk: Desk) -> None:
        fqdn = self._server.fqdn
        self._listeners.append(await self._network.listen(fqdn, port, partial(serve, desk=desk, host=fqdn)))


class UMProgram(_Listening):
    """The UM service with its worker process.

    Args:
        talk: what the service does by itself, until it is cancelled.
    """

    kind = Kind.UM_SERVICE

    def __init__(
        self,
        server: UMServer,
        network: Network,
        active_calls: ActiveCalls,
        talk: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(server, network)
        self._active_calls = active_calls
        self._talk = talk
        self._talking: asyncio.Task[None] | None = None
        self._worker_port = WORKER_PORTS[0]

    def load(self) -> None:
        """Read the settings; with too many gateways in a plan it can't start (field notes 4.1)."""
        super().load()
        if plan := overfull_plan(self._server.configuration):
            raise NotStartedError(f'dial plan "{plan}" has more than 200 gateways')

    async def open(self, warm_at: datetime) -> None:
        """Listen, probe the gateways, place calls."""
        entrance = Entrance(self._server, self._network, warm_at)
        onward = RedirectingDesk(
            entrance, lambda _entrance, _call: f"{self._server.fqdn}:{self._worker_port}"
        )
        await self._listen(UM_SERVICE_PORT, onward)
        for port in WORKER_PORTS:
            await self._listen(port, WorkerDesk(entrance, self._active_calls))
        self._talking = asyncio.ensure_future(self._talk())

    async def close(self, why: str) -> None:
        """Cut the calls in progress and close the ports."""
        self._active_calls.cut(why, server=self._server.fqdn)
        await super().close(why)
        talking, self._talking = self._talking, None
        if talking is not None:
            await end([talking])

    def recycle_worker(self) -> None:
        """Have another worker process take the calls to come, on the other port (field notes 2.5, 5.2)."""
        self._active_calls.leave_behind(self._server.fqdn)
        self._worker_port = next(port for port in WORKER_PORTS if port != self._worker_port)


class CallRouterProgram(_Listening):
    """The call router."""

    kind = Kind.CALL_ROUTER

    async def open(self, warm_at: datetime) -> None:
        """Listen; the count of rejected calls begins anew with each process."""
        assert self._settings is not None
        self._server.host.rejected_calls = 0
        desk = CallRouterDesk(Entrance(self._server, self._network, warm_at))
        await self._listen(self._settings["SipTcpListeningPort"], desk)


class UMServices:
    """The UM service and the call router of one server, as far as it has them, installed on its host.

    Attributes:
        um: the UM service's program; None without that role.
    """

    def __init__(
        self,
        server: UMServer,
        network: Network,
        active_calls: ActiveCalls,
        talk: Callable[[], Awaitable[None]],
    ) -> None:
        self.server = server
        self.um: UMProgram | None = None
        network.add(server.fqdn)
        if settings_of(server, Kind.UM_SERVICE):
            self.um = UMProgram(server, network, active_calls, talk)
            server.host.install(UM, self.um)
        if settings_of(server, Kind.CALL_ROUTER):
            server.host.install(UM_CALL_ROUTER, CallRouterProgram(server, network))

    @property
    def services(self) -> tuple[WindowsService, ...]:
        """What is installed."""
        return tuple(self.server.host.services.values())

    def recycle_worker(self) -> None:
        """Have another worker process take the calls to come."""
        if self.um is not None:
            self.um.recycle_worker()
