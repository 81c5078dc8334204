"""The certificate that a UM service is bound to, and what SChannel makes of it on the wire (lab L2, L3)."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.gateways.admission import gateway_at, word
from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.gateways.handshakes import HandshakeError, TLSFailure
from um_operator.lab.gateways.identities import Identity
from um_operator.lab.gateways.network import Network, Secure
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.service import NotStartedError
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.variants import Reload

SOURCE = "MSExchange Unified Messaging"
PEER_REFUSED_US, PEER_UNTRUSTED, OUTGOING_FAILED = 1112, 1113, 1114
"""Event ids. 1113 is documented as a handshake that failed for an incoming call; what the two others mean is
not (field notes 9, 12.12), and the lab takes them for its neighbours: the peer turned our certificate down;
the handshake of an outgoing connection failed."""
_HRESULTS = {
    TLSFailure.UNTRUSTED: -2146762487,
    TLSFailure.EXPIRED: -2146762495,
    TLSFailure.INVALID_USAGE: -2146762480,
    TLSFailure.INCORRECT_NAME: -2146762481,
}
_OTHER_HRESULT = -2146893018


class Binding:
    """The certificate that one service of a server shows.

    Args:
        kind: of the settings that name it.
        reload: when a change of it counts.
    """

    def __init__(self, server: UMServer, kind: Kind, network: Network, wires: Wires, reload: Reload) -> None:
        self._server = server
        self._kind = kind
        self._network = network
        self._wires = wires
        self._reload = reload
        self._loaded: StoredCertificate | None = None
        self._has_tls = False
        self._identity = lru_cache(maxsize=2)(self._make_identity)

    def load(self, settings: DirectoryObject) -> None:
        """Take the certificate of the settings, as a service does that starts.

        Raises:
            NotStartedError: the startup mode needs one, and there is none that will do.
        """
        mode = word(settings, "UMStartupMode")
        self._loaded, why = None, ""
        self._has_tls = mode != "TCP"
        if self._has_tls:
            self._loaded, why = self._usable(settings["UMCertificateThumbprint"])
        if self._has_tls and self._loaded is None:
            raise NotStartedError(f"startup mode {mode} {why}")

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
        """Be the server of a handshake; a failure that matters is in the event log.

        Raises:
            HandshakeError: it failed.
        """
        try:
            return await self._wires.server(self.identity)(reader, writer)
        except HandshakeError as error:
            self._log(writer.get_extra_info("peername")[0], error)
            raise

    def client(self, host: str) -> Secure:
        """How this service connects to a host."""
        connect = self._wires.client(host, self.identity)

        async def secure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
            if self._current() is None:
                raise HandshakeError(TLSFailure.LOCAL_CERTIFICATE_NOT_FOUND, "the service has no certificate")
            try:
                return await connect(reader, writer)
            except HandshakeError as error:
                self._write(OUTGOING_FAILED, "for an outgoing connection to", host, error)
                raise

        return secure

    @property
    def thumbprint(self) -> str:
        """Of what is shown now; empty without a certificate."""
        bound = self._current()
        return bound.thumbprint if bound else ""

    def identity(self) -> Identity:
        """What is shown and believed now: the binding, and the host's stores as they are."""
        bound = self._current()
        assert bound is not None
        return self._identity(bound, self._server.host.stores.version)

    def _current(self) -> StoredCertificate | None:
        """The certificate as loaded; with hot reload the one that the configuration names by now."""
        if self._has_tls and self._reload is Reload.RUNNING:
            settings = settings_of(self._server, self._kind)
            named, _ = self._usable(settings["UMCertificateThumbprint"] if settings else None)
            self._loaded = named or self._loaded
        return self._loaded

    def _usable(self, thumbprint: str | None) -> tuple[StoredCertificate | None, str]:
        """The certificate of a thumbprint if a service can start with it, else why not."""
        if not thumbprint:
            return None, "without a certificate"
        found = self._server.host.stores.my.find(thumbprint)
        if found is None:
            return None, f"with certificate {thumbprint}, which is not in the store My"
        if found.key is None:
            return None, f"with certificate {thumbprint}, which has no private key"
        if self._server.host.refuses_key(found):
            return None, f"with certificate {thumbprint}, whose key can't be used"
        now = self._server.clock.now()
        if not found.certificate.not_valid_before_utc <= now < found.certificate.not_valid_after_utc:
            return None, f"with certificate {thumbprint}, which is not valid at this time"
        return found, ""

    def _make_identity(self, bound: StoredCertificate, _version: tuple[int, int, int]) -> Identity:
        stores = self._server.host.stores
        assert bound.key is not None
        intermediates = (entry.certificate for entry in stores.ca)
        return Identity(
            leaf=bound.certificate,
            key=bound.key,
            chain=chains.to_send(bound.certificate, stores),
            anchors=tuple(entry.certificate for entry in stores.root),
            intermediates=tuple(one for one in intermediates if not chains.is_self_issued(one)),
        )

    def _log(self, peer: str, error: HandshakeError) -> None:
        """Say that a peer was not believed, or did not believe us; strangers that show nothing are noise."""
        known = gateway_at(self._server.configuration, self._network.addresses, peer) is not None
        if error.failure in _HRESULTS:
            self._write(PEER_UNTRUSTED, "for an incoming call from", peer, error)
        elif known:
            refused = error.failure is TLSFailure.REMOTE_DISCONNECTED
            self._write(
                PEER_REFUSED_US if refused else PEER_UNTRUSTED, "for an incoming call from", peer, error
            )

    def _write(self, event_id: int, occasion: str, peer: str, error: HandshakeError) -> None:
        hresult = _HRESULTS.get(error.failure, _OTHER_HRESULT)
        self._server.host.events.write(
            SOURCE,
            event_id,
            f"Certificates could not be exchanged {occasion} {peer}: {error.failure}, error code {hresult}.",
            peer=peer,
            reason=error.failure.value,
            hresult=hresult,
            service=self._kind.value,
        )
