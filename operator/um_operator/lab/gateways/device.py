"""A gateway, PBX or SBC: places calls for its lines, and takes the calls that Unified Messaging places."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.gateways.answering import Decision, Refuse, serve
from um_operator.lab.gateways.answering import Leg as AnsweredLeg
from um_operator.lab.gateways.calling import (
    DEFAULT_PORTS,
    OF_TLS,
    Attempt,
    Caller,
    CallError,
    Cause,
    Dialog,
)
from um_operator.lab.gateways.connection import Connection, Peer, Transport
from um_operator.lab.gateways.device_tls import DeviceTLS
from um_operator.lab.gateways.network import Listener, Network
from um_operator.lab.gateways.sip import Request, Uri
from um_operator.lab.gateways.tally import Leg, Tally
from um_operator.lab.gateways.tasks import end
from um_operator.lab.journal import Journal

TRY_THE_NEXT = OF_TLS | {Cause.UNREACHABLE, Cause.NO_ANSWER, Cause.NOT_READY, Cause.OUT_OF_SERVICE}
"""After these a device tries its next call router; a refusal is final."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a device sends calls: the pilot number it dials, and the extensions whose calls it diverts.

    ``dial_plan`` is the plan that answers as long as all is well; calls are counted under it.
    """

    pilot: str
    dial_plan: str
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What an administrator of the device has configured.

    Attributes:
        name: its name in Exchange as well.
        fqdn: its name in DNS.
        call_routers: ``host`` or ``host:port`` of the call routers that it knows, tried in turn.
        secure_call_routers: likewise, for calls over TLS; the same hosts on 5061 when empty.
        transport: what it places its calls over, at the beginning.
        address: in 127.0.0.0/8; allotted when empty.
        port: where it takes SIP over TCP.
        tls_port: where it takes SIP over TLS.
        checks_names: whether a certificate has to be for the host that it dialled.
        checks_usages: whether a certificate has to be for clients, too, whoever shows it.
        channels: how many calls it has at once.
        pause: between two calls of a channel, on average.
        talk: length of a call, on average.
        accepts_from: host names that may send it SIP; everybody when empty.
        tolerates: after so many requests that it does not accept, none of which it has forgotten yet, it does
            not answer that address; None: it always says no.
        forgets_after: for how long it remembers such a request.
    """

    name: str
    fqdn: str
    lines: tuple[Line, ...]
    call_routers: tuple[str, ...]
    secure_call_routers: tuple[str, ...] = ()
    transport: Transport = "tcp"
    address: str = ""
    port: int = DEFAULT_PORTS["tcp"]
    tls_port: int = DEFAULT_PORTS["tls"]
    checks_names: bool = True
    checks_usages: bool = True
    channels: int = 1
    pause: timedelta = timedelta(seconds=30)
    talk: timedelta = timedelta(seconds=45)
    accepts_from: tuple[str, ...] = ()
    tolerates: int | None = None
    forgets_after: timedelta = timedelta(hours=1)


class Gateway:
    """The device at work.

    Attributes:
        transport: what it places its calls over; an administrator of the device may change it.
        tls: its certificate, and whom it trusts.
        taken: calls of Unified Messaging that it took.
    """

    def __init__(
        self,
        device: Device,
        network: Network,
        *,
        tls: DeviceTLS,
        clock: Clock,
        journal: Journal,
        tally: Tally,
        falls_back: bool = False,
        seed: int = 0,
    ) -> None:
        self.device = device
        self.transport = device.transport
        self.tls = tls
        self.taken = 0
        self._falls_back = falls_back
        self._network = network
        self._clock = clock
        self._journal = journal
        self._tally = tally
        self._seed = seed
        self._turn = 0
        self._caller = Caller(network, device.fqdn, tls.client)
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Listener] = []
        self._refused: defaultdict[str, list[datetime]] = defaultdict(list)
        network.add(device.fqdn, device.address)

    async def listen(self) -> None:
        """Take calls, over TCP and TLS."""
        fqdn, device = self.device.fqdn, self.device
        self._listeners = [
            await self._network.listen(fqdn, device.port, self._serve),
            await self._network.listen(fqdn, device.tls_port, self._serve, self.tls.listener()),
        ]

    def begin(self) -> None:
        """Place calls, until stopped."""
        self._tasks += [asyncio.create_task(self._keep_calling(n)) for n in range(self.device.channels)]

    async def stop(self) -> None:
        """Hang up everything."""
        try:
            await end(self._tasks)
        finally:
            for listener in self._listeners:
                await listener.close()

    async def call(self, line: Line, extension: str = "", talk: timedelta | None = None) -> None:
        """Place one call and talk; what became of it is in the tally and, if it failed, in the journal."""
        leg = Leg(self.device.name, line.dial_plan)
        self._tally.placed(leg)
        try:
            dialog = await self._reach(line, extension)
        except CallError as failure:
            self._note("CallFailed", line, extension, failure)
            await self._tally.failed(leg, failure.cause)
            return
        ends = self._clock.now() + (self.device.talk if talk is None else talk)
        await self._tally.answered(leg)
        cut = False
        try:
            await dialog.hold(self._clock.sleep_until(ends))
        except CallError as failure:
            cut = True
            self._note("CallCut", line, extension, failure)
        finally:
            await self._tally.ended(leg, cut=cut)

    def ring(self, line: Line, extension: str = "", talk: timedelta | None = None) -> asyncio.Task[None]:
        """Begin one call beside the others; it is over when the task is, or when the device stops."""
        task = asyncio.create_task(self.call(line, extension, talk))
        self._tasks.append(task)
        return task

    def options(self, peer: Peer) -> Refuse | None:
        """Answer OPTIONS of the hosts that may send any."""
        return None if self._accepts(peer) else Refuse(403, Cause.REFUSED)

    def invite(self, _request: Request, peer: Peer, /) -> Decision:
        """Take a call of the hosts that may send any."""
        return self if self._accepts(peer) else Refuse(403, Cause.REFUSED)

    def begun(self, _leg: AnsweredLeg, /) -> None:
        """A call of Unified Messaging was taken."""
        self.taken += 1

    def ended(self) -> None:
        """A call of Unified Messaging is over."""

    async def _keep_calling(self, channel: int) -> None:
        random = chance(self._seed, f"calls of {self.device.fqdn} on channel {channel}")
        while True:
            await self._clock.sleep(self.device.pause * random.uniform(0.5, 1.5))
            line = random.choice(self.device.lines)
            extension = random.choice(line.extensions) if line.extensions else ""
            await self.call(line, extension, self.device.talk * random.uniform(0.5, 1.5))

    async def _reach(self, line: Line, extension: str) -> Dialog:
        """Try the call routers over the device's transport; those that fall back try TCP after TLS.

        What counts here as well is how far a call came.
        """
        try:
            return await self._try(self.transport, line, extension)
        except CallError as failure:
            if self.transport == "tcp" or not self._falls_back or failure.cause not in TRY_THE_NEXT:
                raise
            first = failure
        try:
            return await self._try("tcp", line, extension)
        except CallError as failure:
            raise (failure if failure.redirects >= first.redirects else first) from None

    async def _try(self, transport: Transport, line: Line, extension: str) -> Dialog:
        """Try the call routers in turn, beginning with the next; what counts is how far a call came."""
        routers = self._routers(transport)
        self._turn += 1
        failure = CallError(Cause.UNREACHABLE, "no call router")
        for offset in range(len(routers)):
            host, _, port = routers[(self._turn + offset) % len(routers)].partition(":")
            target = Uri(line.pilot, host, int(port or DEFAULT_PORTS[transport]), transport)
            try:
                return await self._caller.call(Attempt(target, "0815", extension))
            except CallError as error:
                failure = error if error.redirects >= failure.redirects else failure
                if error.cause not in TRY_THE_NEXT:
                    break
        raise failure

    def _routers(self, transport: Transport) -> tuple[str, ...]:
        device = self.device
        if transport == "tcp":
            return device.call_routers
        return device.secure_call_routers or tuple(r.partition(":")[0] for r in device.call_routers)

    async def _serve(self, connection: Connection) -> None:
        """Answer a connection, unless its address has been told too often that it may not (lab L9)."""
        if not self.has_blacklisted(connection.peer.address):
            await serve(connection, self, self.device.fqdn)

    def has_blacklisted(self, address: str) -> bool:
        """Whether an address was told so often lately that it may not that it is not answered."""
        tolerated, oldest = self.device.tolerates, self._clock.now() - self.device.forgets_after
        remembered = [at for at in self._refused[address] if at > oldest]
        self._refused[address] = remembered
        return tolerated is not None and len(remembered) > tolerated

    def _accepts(self, peer: Peer) -> bool:
        """The access list (lab L9)."""
        allowed = self.device.accepts_from
        accepted = not allowed or peer.address in {self._network.resolve(host) for host in allowed}
        if not accepted:
            self._refused[peer.address].append(self._clock.now())
        return accepted

    def _note(self, what: str, line: Line, extension: str, failure: CallError) -> None:
        self._journal.note(
            what,
            server=failure.where.partition(":")[0],
            gateway=self.device.name,
            dial_plan=line.dial_plan,
            pilot=line.pilot,
            extension=extension,
            cause=failure.cause.value,
            where=failure.where,
            transport=self.transport,
            text=failure.text,
        )
