"""TLS on a probe's connection: pyOpenSSL over memory BIOs, and everything that the peer shows on the way.

Of the libraries there are, this one alone tells of one handshake the chain as sent, whether and of whose
certificates ours was asked, and the number of each alert (field notes 2).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from OpenSSL import SSL, crypto

from um_operator.observed.hosts import PathError
from um_operator.probing.failures import PROTOCOL_VERSION, alert_name
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.wire import Wire

_CHUNK = 65_536
_ALERT_OR_HANDSHAKE = (0x15, 0x16)
"""What a peer that speaks TLS begins with (RFC 5246 6.2.1)."""
_FATAL = 2


class ClosedError(Exception):
    """The peer hung up within the handshake, without an alert."""


class FailedError(Exception):
    """The handshake failed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a peer showed until its handshake was over, or failed.

    Attributes:
        certificates: DER, as sent, the leaf first; empty where it came not so far.
        version: such as ``TLSv1.2``.
        cipher_suite: as OpenSSL names it.
        requests_certificate: whether it asked for ours.
        authorities: subjects (RFC 4514) of the CAs that it says it accepts.
        path_errors: what is wrong with its chain, ``None`` where it was not judged.
    """

    certificates: tuple[bytes, ...]
    version: str
    cipher_suite: str
    requests_certificate: bool
    authorities: frozenset[str]
    path_errors: tuple[PathError, ...] | None


class TLSStream:
    """One TLS connection to a host. Its name is the one asked for; an address is never sent as one.

    Attributes:
        spoke_tls: whether the first byte of the peer was TLS, ``None`` before it said anything.
        alert: the name of the fatal alert that the peer sent, ``None`` for none.
    """

    def __init__(self, wire: Wire, identity: ClientIdentity, host: str) -> None:
        self._wire = wire
        self._requested = False
        self._path_errors: dict[PathError, None] | None = {} if identity.judges else None
        self._sent_alert: int | None = None
        self._connection = SSL.Connection(identity.context, None)
        self._connection.set_app_data(self)
        self._connection.set_connect_state()
        if not _is_address(host):
            self._connection.set_tlsext_host_name(host.encode("idna"))
        self.spoke_tls: bool | None = None
        self.alert: str | None = None

    @property
    def local(self) -> str:
        """Return our own address and port."""
        return self._wire.local

    @property
    def requests_certificate(self) -> bool:
        """Whether the peer asked for ours."""
        return self._requested

    @property
    def no_common_protocol(self) -> bool:
        """Whether it failed for the version, as one of the two said."""
        return self._sent_alert == PROTOCOL_VERSION or self.alert == alert_name(PROTOCOL_VERSION)

    async def handshake(self) -> None:
        """Shake hands.

        Raises:
            ClosedError: the peer hung up; ``alert`` is ``None``.
            FailedError: it failed; ``alert`` says why, if the peer did.
        """
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                await self._exchange()
            except SSL.Error as error:
                self._flush()
                raise FailedError from error
            else:
                self._flush()
                return

    def send(self, data: bytes) -> None:
        """Send bytes; those for a peer that has gone are lost."""
        self._connection.send(data)
        self._flush()

    async def receive(self) -> bytes:
        """Return what came next; nothing once the peer has hung up, or sent an alert."""
        while True:
            try:
                return self._connection.recv(_CHUNK)
            except SSL.WantReadError:
                try:
                    await self._exchange()
                except ClosedError:
                    return b""
            except SSL.Error:
                return b""

    def shown(self) -> Shown:
        """Return what the peer has shown until now."""
        connection = self._connection
        chain = connection.get_peer_cert_chain() or ()
        names = connection.get_client_ca_list(as_cryptography=True) if self._requested else ()
        return Shown(
            certificates=tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in chain),
            version=connection.get_protocol_version_name(),
            cipher_suite=connection.get_cipher_name() or "",
            requests_certificate=self._requested,
            authorities=frozenset(name.rfc4514_string() for name in names),
            path_errors=None if self._path_errors is None else tuple(self._path_errors),
        )

    def close(self) -> None:
        """Tell the peer that TLS is over, without waiting for its answer."""
        with suppress(SSL.Error):
            self._connection.shutdown()
        self._flush()
        self._connection.set_app_data(None)  # or the two would keep each other alive

    async def _exchange(self) -> None:
        """Send what OpenSSL has to send, and give it what comes next."""
        self._flush()
        data = await self._wire.receive()
        if not data:
            raise ClosedError
        if self.spoke_tls is None:
            self.spoke_tls = data[0] in _ALERT_OR_HANDSHAKE
        self._connection.bio_write(data)

    def _flush(self) -> None:
        while True:
            try:
                data = self._connection.bio_read(_CHUNK)
            except SSL.WantReadError:
                return
            self._wire.send(data)

    def told(self, where: int, number: int) -> None:
        """Hear that the handshake has come to another state, or of an alert."""
        if where & SSL.SSL_CB_ALERT:
            level, alert = number >> 8, number & 0xFF
            if level == _FATAL and where & SSL.SSL_CB_READ:
                self.alert = alert_name(alert)
            elif level == _FATAL:
                self._sent_alert = alert
        elif not self._requested and where & SSL.SSL_CB_LOOP:
            self._requested = b"certificate request" in self._connection.get_state_string().lower()

    def distrusted(self, code: int, depth: int) -> None:
        """Hear why the peer's chain is not believed."""
        if self._path_errors is not None:
            self._path_errors[PathError(code, depth)] = None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
