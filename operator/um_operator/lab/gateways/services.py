"""UM's services on one server, on the wire: what they listen on, and why they do not start."""

from __future__ import annotations

from functools import partial

from um_operator.lab.exchange.active_calls import ActiveCalls
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.admission import overfull_plan, word
from um_operator.lab.gateways.answering import Desk, serve
from um_operator.lab.gateways.desks import (
    UM_SERVICE_PORT,
    WORKER_PORTS,
    Entrance,
    RedirectingDesk,
    WorkerDesk,
    settings_of,
    to_mailbox_server,
)
from um_operator.lab.gateways.network import Listener, Network
from um_operator.lab.journal import Journal


class UMServices:
    """The UM service and the call router of one server, as far as it has them.

    Both load startup mode and ports when they start; everything else they take from the server's
    configuration as it is at each call.
    """

    def __init__(
        self, server: UMServer, network: Network, active_calls: ActiveCalls, journal: Journal
    ) -> None:
        self.server = server
        self._network = network
        self._active_calls = active_calls
        self._journal = journal
        self._listeners: list[Listener] = []
        self._worker_port = WORKER_PORTS[0]
        network.add(server.fqdn)

    async def start(self) -> None:
        """Start what the server has, unless it cannot start; why not is in the journal."""
        entrance = Entrance(self.server, self._network)
        if settings := settings_of(self.server, Kind.UM_SERVICE):
            await self._start_um_service(entrance, settings)
        if settings := settings_of(self.server, Kind.CALL_ROUTER):
            await self._start_call_router(entrance, settings)

    async def stop(self) -> None:
        """Stop both: no port is open any more, and the calls in progress are cut."""
        self._active_calls.cut("the service has stopped", server=self.server.fqdn)
        for listener in self._listeners:
            await listener.close()
        self._listeners.clear()

    def recycle_worker(self) -> None:
        """Have another worker process take the calls to come, on the other port (field notes 2.5, 5.2)."""
        self._active_calls.leave_behind(self.server.fqdn)
        self._worker_port = next(port for port in WORKER_PORTS if port != self._worker_port)

    async def _start_um_service(self, entrance: Entrance, settings: DirectoryObject) -> None:
        if why := _no_certificate(settings) or self._too_many_gateways():
            self._journal.note("ServiceNotStarted", server=self.server.fqdn, service="MSExchangeUM", why=why)
            return
        onward = RedirectingDesk(entrance, lambda _entrance, _call: f"{self.server.fqdn}:{self._worker_port}")
        worker = WorkerDesk(entrance, self._active_calls)
        await self._listen(UM_SERVICE_PORT, onward)
        for port in WORKER_PORTS:
            await self._listen(port, worker)

    async def _start_call_router(self, entrance: Entrance, settings: DirectoryObject) -> None:
        if why := _no_certificate(settings):
            self._journal.note(
                "ServiceNotStarted", server=self.server.fqdn, service="MSExchangeUMCR", why=why
            )
            return
        await self._listen(settings["SipTcpListeningPort"], RedirectingDesk(entrance, to_mailbox_server))

    async def _listen(self, port: int, desk: Desk) -> None:
        fqdn = self.server.fqdn
        self._listeners.append(await self._network.listen(fqdn, port, partial(serve, desk=desk, host=fqdn)))

    def _too_many_gateways(self) -> str | None:
        plan = overfull_plan(self.server.configuration)
        return f'dial plan "{plan}" has more than 200 gateways' if plan else None


def _no_certificate(settings: DirectoryObject) -> str | None:
    """TLS and Dual need a bound certificate (lab L3)."""
    mode = word(settings, "UMStartupMode")
    if mode == "TCP" or settings["UMCertificateThumbprint"]:
        return None
    return f"startup mode {mode} without a certificate"
