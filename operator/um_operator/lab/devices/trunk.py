"""The carrier's trunk on the same box: the TLS context that our calls use carries it, too (lab L14)."""

from __future__ import annotations

from um_operator.lab.gateways.answering import Decision, Refuse, serve
from um_operator.lab.gateways.calling import Caller, CallError
from um_operator.lab.gateways.connection import Connection, Peer
from um_operator.lab.gateways.device import Gateway
from um_operator.lab.gateways.identities import Identity
from um_operator.lab.gateways.network import Listener, Network
from um_operator.lab.gateways.sip import Request, Uri
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts.authority import CertificateAuthority

PORT = 5061
CARRIER = "sip.carrier.example"


class CarrierTrunk:
    """Where the carrier reaches the box: with a certificate of his own CA, which the box has to know.

    Args:
        fqdn: the name under which the trunk ends.
        gateway: the device; its certificate and its trust are the trunk's as well.
        devices: who issued the device's certificate.
        carrier: who issued the carrier's.
    """

    def __init__(
        self,
        fqdn: str,
        gateway: Gateway,
        network: Network,
        wires: Wires,
        *,
        devices: CertificateAuthority,
        carrier: CertificateAuthority,
    ) -> None:
        self.fqdn = fqdn
        self._gateway = gateway
        self._network = network
        self._listener: Listener | None = None
        own = carrier.issue(CARRIER)
        assert own.key is not None
        identity = Identity(own.certificate, own.key, anchors=(devices.root,), lenient=False)
        network.add(fqdn)
        network.add(CARRIER)
        self._caller = Caller(network, CARRIER, lambda host: wires.client(host, lambda: identity))

    async def open(self) -> None:
        """Take the carrier's connections."""
        if self._listener is None:
            secure = self._gateway.tls.listener()
            self._listener = await self._network.listen(self.fqdn, PORT, self._serve, secure)

    async def close(self) -> None:
        """Take none any more: the device's configuration has no such trunk now."""
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    @property
    def is_open(self) -> bool:
        """Whether it takes connections."""
        return self._listener is not None

    async def works(self) -> bool:
        """Whether the carrier gets an answer, by a handshake of his own."""
        try:
            return (await self._caller.options(Uri("trunk", self.fqdn, PORT, "tls"))).status == 200
        except CallError:
            return False

    def options(self, _: Peer) -> Refuse | None:
        """Answer whoever came through the handshake."""
        return None

    def invite(self, _request: Request, _peer: Peer, /) -> Decision:
        """Calls of the carrier are no part of this estate."""
        return Refuse(503, "no calls here")

    async def _serve(self, connection: Connection) -> None:
        await serve(connection, self, self.fqdn)
