"""The desks of Unified Messaging: the call router's, the UM service's, the worker process's.

A call goes past all three: the call router redirects to the Mailbox server of the called mailbox, the UM
service there to its worker process, which answers (field notes 2.5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from um_operator.lab.exchange.active_calls import ActiveCall, ActiveCalls
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.admission import Admitted, admit, gateway_at
from um_operator.lab.gateways.answering import Decision, Leg, Redirect, Refuse
from um_operator.lab.gateways.calling import Cause
from um_operator.lab.gateways.connection import Peer, Transport
from um_operator.lab.gateways.network import Network
from um_operator.lab.gateways.sip import Request, Uri

UM_SERVICE_PORTS: dict[Transport, int] = {"tcp": 5062, "tls": 5063}

Onward = Callable[["Entrance", Admitted, Transport], tuple[str, int]]
"""Where an admitted call goes on: host and port for a transport."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What every desk of a service asks first: who calls, and for which plan.

    Attributes:
        kind: of the settings of the service.
        warm_at: when the service's worker is, or was, warm.
        unsecured_over_tls: whether a call over TLS may be for an Unsecured plan.
    """

    server: UMServer
    kind: Kind
    network: Network
    warm_at: datetime
    unsecured_over_tls: bool = True

    def options(self, peer: Peer) -> Refuse | None:
        """Answer OPTIONS of gateways only (lab L9), and of these only once warm (lab L8)."""
        if self.is_cold:
            return Refuse(503, Cause.NOT_READY)
        known = gateway_at(self.server.configuration, self.network.addresses, peer.address)
        return None if known else Refuse(403, Cause.NOT_A_GATEWAY)

    @property
    def is_cold(self) -> bool:
        """Whether the worker process is still on its way."""
        return self.server.clock.now() < self.warm_at

    def admit(self, request: Request, peer: Peer) -> Admitted | Refuse:
        """Admit an INVITE by what this server knows now."""
        if self.is_cold:
            return Refuse(503, Cause.NOT_READY)
        diversion = request.header("Diversion")
        return admit(
            self.server.configuration,
            self.network.addresses,
            peer=peer,
            pilot=Uri.parse(request.uri).user,
            extension=Uri.parse(diversion).user if diversion else "",
            unsecured_over_tls=self.unsecured_over_tls,
            member_of=self._plans(),
        )

    def _plans(self) -> Collection[UUID]:
        """The plans that the service is a member of, by what it knows (field notes 2.1)."""
        settings = settings_of(self.server, self.kind)
        return settings["DialPlans"] if settings is not None else ()


@dataclass(frozen=True, slots=True)
class RedirectingDesk:
    """Sends admitted calls on to another host or port."""

    entrance: Entrance
    onward: Onward

    def options(self, peer: Peer) -> Refuse | None:
        """Answer OPTIONS of gateways only."""
        return self.entrance.options(peer)

    def invite(self, request: Request, peer: Peer, /) -> Decision:
        """Redirect a call that may come in."""
        admitted = self.entrance.admit(request, peer)
        if isinstance(admitted, Refuse):
            return admitted
        host, port = self.onward(self.entrance, admitted, peer.transport)
        return Redirect(Uri(Uri.parse(request.uri).user, host, port, peer.transport))


class CallRouterDesk:
    """The call router: sends calls to the right Mailbox server, unless it is out of service (lab L7)."""

    def __init__(self, entrance: Entrance) -> None:
        self._host = entrance.server.host
        self._onward = RedirectingDesk(entrance, to_mailbox_server)

    def options(self, peer: Peer) -> Refuse | None:
        """Answer OPTIONS of gateways while it takes calls."""
        if not self._host.takes_new_calls():
            return Refuse(503, Cause.OUT_OF_SERVICE)
        return self._onward.options(peer)

    def invite(self, request: Request, peer: Peer, /) -> Decision:
        """Redirect a call that may come in; count one that may not."""
        if not self._host.takes_new_calls():
            decision: Decision = Refuse(503, Cause.OUT_OF_SERVICE)
        else:
            decision = self._onward.invite(request, peer)
        self._host.rejected_calls += isinstance(decision, Refuse)
        return decision


@dataclass(frozen=True, slots=True)
class WorkerDesk:
    """Answers admitted calls and holds them."""

    entrance: Entrance
    active_calls: ActiveCalls

    def options(self, peer: Peer) -> Refuse | None:
        """Answer OPTIONS of gateways only."""
        return self.entrance.options(peer)

    def invite(self, request: Request, peer: Peer, /) -> Decision:
        """Answer a call that may come in, up to the number that the server may hold."""
        admitted = self.entrance.admit(request, peer)
        if isinstance(admitted, Refuse):
            return admitted
        server = self.entrance.server
        if len(self.active_calls.all(server=server.fqdn)) >= _most_calls(server):
            return Refuse(503, Cause.TOO_MANY_CALLS)
        return _HeldCall(self, admitted)


class _HeldCall:
    """A session: a call in the registry from its answer to its end."""

    def __init__(self, desk: WorkerDesk, admitted: Admitted) -> None:
        self._desk = desk
        self._admitted = admitted
        self._call: ActiveCall | None = None

    def begun(self, leg: Leg, /) -> None:
        """Enter the call."""
        server = self._desk.entrance.server
        self._call = ActiveCall(
            server=server.fqdn.lower(),
            gateway=self._admitted.gateway.guid,
            gateway_name=self._admitted.gateway.name,
            dial_plan=self._admitted.dial_plan.guid,
            since=server.clock.now(),
            cut=leg.cut,
        )
        self._desk.active_calls.begin(self._call)

    def ended(self) -> None:
        """Strike the call out."""
        if self._call is not None:
            self._desk.active_calls.end(self._call)


def to_mailbox_server(entrance: Entrance, admitted: Admitted, transport: Transport) -> tuple[str, int]:
    """The UM service of the server that hosts the called mailbox; without one, of any that listens."""
    configuration = entrance.server.configuration
    if admitted.mailbox is not None:
        homes = [configuration.get(admitted.mailbox["Server"])]
    else:
        homes = [configuration.get(service["Parent"]) for service in configuration.all(Kind.UM_SERVICE)]
    names = [str(server["Fqdn"]).lower() for server in homes if server is not None]
    names.sort(key=lambda fqdn: fqdn != entrance.server.fqdn.lower())
    port = UM_SERVICE_PORTS[transport]
    listening = (fqdn for fqdn in names if entrance.network.hears(fqdn, port))
    return next(listening, names[0]), port


def settings_of(server: UMServer, kind: Kind) -> DirectoryObject | None:
    """The server's own UM service or call router settings, as it knows them; None without that role."""
    configuration = server.configuration
    return next(
        (
            settings
            for settings in configuration.all(kind)
            if (parent := configuration.get(settings["Parent"]))
            and str(parent["Fqdn"]).lower() == server.fqdn.lower()
        ),
        None,
    )


def _most_calls(server: UMServer) -> int:
    settings = settings_of(server, Kind.UM_SERVICE)
    return int(settings["MaxCallsAllowed"] or 100) if settings else 0
