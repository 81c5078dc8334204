"""UM's services on one server: what they listen on, and why they do not start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from um_operator.lab.exchange.active_calls import ActiveCalls
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.admission import Admitted, overfull_plan, word
from um_operator.lab.gateways.answering import Desk, serve
from um_operator.lab.gateways.bindings import Binding
from um_operator.lab.gateways.connection import Transport
from um_operator.lab.gateways.desks import (
    UM_SERVICE_PORTS,
    CallRouterDesk,
    Entrance,
    RedirectingDesk,
    WorkerDesk,
    settings_of,
)
from um_operator.lab.gateways.network import Listener, Network, plain
from um_operator.lab.gateways.tasks import end
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import NotStartedError
from um_operator.lab.variants import TLSOnUnsecured, Variants

TRANSPORTS: dict[str, tuple[Transport, ...]] = {"TCP": ("tcp",), "TLS": ("tls",), "Dual": ("tcp", "tls")}
"""What a service listens for, by its startup mode (field notes 2.4)."""
_WORKERS: dict[str, tuple[dict[Transport, int], dict[Transport, int]]] = {
    "TCP": ({"tcp": 5065}, {"tcp": 5066}),
    "TLS": ({"tls": 5065}, {"tls": 5066}),
    "Dual": ({"tcp": 5065, "tls": 5066}, {"tcp": 5067, "tls": 5068}),
}
"""The ports of the two worker processes that take turns, by startup mode (field notes 2.5)."""
WORKER_PORTS = range(5065, 5069)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a server's services share."""

    server: UMServer
    network: Network
    wires: Wires
    variants: Variants

    def binding(self, kind: Kind) -> Binding:
        """The binding of one of the services."""
        return Binding(self.server, kind, self.network, self.wires, self.variants.reload)


class _Listening:
    """A program with ports. It loads startup mode, ports and binding when its process starts (lab L3).

    Everything else it takes from the server's configuration as it is at each call.
    """

    kind: Kind

    def __init__(self, around: Surroundings) -> None:
        self.binding = around.binding(self.kind)
        self._around = around
        self._server = around.server
        self._listeners: list[Listener] = []
        self._ports: dict[int, Transport] = {}
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
        self.binding.load(self._settings)

    async def close(self, why: str) -> None:  # noqa: ARG002 - of a Program
        """Close the ports and drop their connections."""
        for listener in self._listeners:
            await listener.close()
        self._listeners.clear()
        self._ports.clear()

    @property
    def listening(self) -> Mapping[int, str]:
        """The open ports, with the thumbprint that each shows."""
        shown = self.binding.thumbprint
        return {port: shown if transport == "tls" else "" for port, transport in self._ports.items()}

    @property
    def _loaded(self) -> DirectoryObject:
        assert self._settings is not None
        return self._settings

    @property
    def _mode(self) -> str:
        return word(self._loaded, "UMStartupMode")

    def _entrance(self, warm_at: datetime) -> Entrance:
        taken = self._around.variants.tls_on_unsecured is TLSOnUnsecured.TAKEN
        return Entrance(
            self._server, self.kind, self._around.network, warm_at, taken and self._mode == "Dual"
        )

    async def _listen(self, port: int, transport: Transport, desk: Desk) -> None:
        fqdn = self._server.fqdn
        secure = self.binding.accept if transport == "tls" else plain
        answer = partial(serve, desk=desk, host=fqdn)
        self._listeners.append(await self._around.network.listen(fqdn, port, answer, secure))
        self._ports[port] = transport


class UMProgram(_Listening):
    """The UM service with its worker process.

    Args:
        talk: what the service does by itself, with its binding, until it is cancelled.
    """

    kind = Kind.UM_SERVICE

    def __init__(
        self,
        around: Surroundings,
        active_calls: ActiveCalls,
        talk: Callable[[Binding], Awaitable[None]],
    ) -> None:
        super().__init__(around)
        self._active_calls = active_calls
        self._talk = talk
        self._talking: asyncio.Task[None] | None = None
        self._worker = 0

    def load(self) -> None:
        """Read the settings; with too many gateways in a plan it can't start (field notes 4.1)."""
        super().load()
        if plan := overfull_plan(self._server.configuration):
            raise NotStartedError(f'dial plan "{plan}" has more than 200 gateways')

    async def open(self, warm_at: datetime) -> None:
        """Listen, probe the gateways, place calls."""
        entrance = self._entrance(warm_at)
        onward = RedirectingDesk(entrance, self._to_worker)
        for transport in TRANSPORTS[self._mode]:
            await self._listen(UM_SERVICE_PORTS[transport], transport, onward)
        for worker in _WORKERS[self._mode]:
            for transport, port in worker.items():
                await self._listen(port, transport, WorkerDesk(entrance, self._active_calls))
        self._talking = asyncio.ensure_future(self._talk(self.binding))

    async def close(self, why: str) -> None:
        """Cut the calls in progress and close the ports."""
        self._active_calls.cut(why, server=self._server.fqdn)
        await super().close(why)
        talking, self._talking = self._talking, None
        if talking is not None:
            await end([talking])

    def recycle_worker(self) -> None:
        """Have another worker process take the calls to come, on the other ports (field notes 2.5, 5.2)."""
        self._active_calls.leave_behind(self._server.fqdn)
        self._worker = 1 - self._worker

    def _to_worker(self, _entrance: Entrance, _call: Admitted, transport: Transport) -> tuple[str, int]:
        return self._server.fqdn, _WORKERS[self._mode][self._worker][transport]


class CallRouterProgram(_Listening):
    """The call router."""

    kind = Kind.CALL_ROUTER

    async def open(self, warm_at: datetime) -> None:
        """Listen; the count of rejected calls begins anew with each process."""
        self._server.host.rejected_calls = 0
        desk = CallRouterDesk(self._entrance(warm_at))
        ports: dict[Transport, int] = {
            "tcp": self._loaded["SipTcpListeningPort"],
            "tls": self._loaded["SipTlsListeningPort"],
        }
        for transport in TRANSPORTS[self._mode]:
            await self._listen(ports[transport], transport, desk)


def install(
    around: Surroundings, active_calls: ActiveCalls, talk: Callable[[Binding], Awaitable[None]]
) -> UMProgram | None:
    """Install the UM service and the call router on a server, as far as it has them.

    Returns:
        the UM service's program; None without that role.
    """
    server = around.server
    around.network.add(server.fqdn)
    if (router := settings_of(server, Kind.CALL_ROUTER)) is not None:
        around.network.reserve(server.fqdn, router["SipTcpListeningPort"], router["SipTlsListeningPort"])
    um = UMProgram(around, active_calls, talk) if settings_of(server, Kind.UM_SERVICE) else None
    if um is not None:
        around.network.reserve(server.fqdn, *UM_SERVICE_PORTS.values(), *WORKER_PORTS)
        server.host.install(UM, um)
    if router is not None:
        server.host.install(UM_CALL_ROUTER, CallRouterProgram(around))
    return um
