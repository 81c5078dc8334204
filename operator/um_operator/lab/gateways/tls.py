"""TLS on streams, by OpenSSL, with the dates of certificates judged by the lab's clock.

The standard library can neither judge by another clock nor name the CAs of a CertificateRequest; pyOpenSSL
can. It takes 0.2 s to import, so :mod:`um_operator.lab.gateways.wires` loads this with the first handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from OpenSSL import SSL, crypto

from um_operator.lab.clock import Clock
from um_operator.lab.gateways.connection import Connection
from um_operator.lab.gateways.handshakes import HandshakeError, TLSFailure
from um_operator.lab.gateways.identities import Demand, Identity

HANDSHAKE_DEADLINE = 5.0
"""Real seconds."""
PRECISION = timedelta(hours=1)
"""How old the time of OpenSSL's own verification may be; ours is exact. Its alerts say more than ours can."""
_NOT_YET_VALID, _NO_LONGER_VALID = 9, 10
_PIECE = 65_536
_FAILURES = {
    2: TLSFailure.UNTRUSTED,
    9: TLSFailure.EXPIRED,
    10: TLSFailure.EXPIRED,
    18: TLSFailure.UNTRUSTED,
    19: TLSFailure.UNTRUSTED,
    20: TLSFailure.UNTRUSTED,
    21: TLSFailure.UNTRUSTED,
    26: TLSFailure.INVALID_USAGE,
}
"""By OpenSSL's X509_V_ERR number."""


class Engine:
    """Makes handshakes; contexts are made when they are first needed, and kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[tuple[Identity, bool], tuple[datetime, SSL.Context]] = {}

    async def accept(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        identity: Identity,
        demand: Demand | None = None,
    ) -> Connection:
        """Be the server of a handshake with a peer that has just connected; he has to show a certificate.

        Raises:
            HandshakeError: it failed; the alert is on its way.
        """
        connection = SSL.Connection(self._context(identity, server=True), None)
        connection.set_accept_state()
        return await _secured(reader, writer, connection, _Verdict(self._clock.now(), demand))

    async def connect(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        identity: Identity,
        host: str,
        demand: Demand | None = None,
    ) -> Connection:
        """Be the client of a handshake.

        Raises:
            HandshakeError: it failed; the alert is on its way.
        """
        connection = SSL.Connection(self._context(identity, server=False), None)
        connection.set_connect_state()
        connection.set_tlsext_host_name(host.encode())
        return await _secured(reader, writer, connection, _Verdict(self._clock.now(), demand))

    def _context(self, identity: Identity, *, server: bool) -> SSL.Context:
        """The context of a side; its time of verification can be set but once, so it does not grow old."""
        now = self._clock.now()
        made, context = self._made.get((identity, server), (None, None))
        if made is None or context is None or now - made >= PRECISION:
            context = _new_context(identity, now, server=server)
            self._made[identity, server] = now, context
        return context


def _new_context(identity: Identity, now: datetime, *, server: bool) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if identity.lenient:
        context.set_cipher_list(b"ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.use_certificate(identity.leaf)
    context.use_privatekey(identity.key)
    for certificate in identity.chain:
        context.add_extra_chain_cert(certificate)
    store = context.get_cert_store()
    assert store is not None
    store.set_time(now)
    for certificate in (*identity.anchors, *identity.intermediates):
        store.add_cert(crypto.X509.from_cryptography(certificate))
    if server and identity.names_authorities:
        for certificate in identity.anchors:
            context.add_client_ca(certificate)
    return context


@dataclass
class _Verdict:
    """What verification said: OpenSSL's numbers, the dates by the exact time, our own demand on the leaf."""

    now: datetime
    demand: Demand | None
    failure: TLSFailure | None = None
    text: str = ""

    def __call__(self, _: SSL.Connection, certificate: crypto.X509, number: int, depth: int, ok: int) -> bool:
        shown = certificate.to_cryptography()
        in_date = shown.not_valid_before_utc <= self.now < shown.not_valid_after_utc
        if not ok and not (in_date and number in (_NOT_YET_VALID, _NO_LONGER_VALID)):
            self.failure = _FAILURES.get(number, TLSFailure.OTHER)
            self.text = f"certificate {depth} of the chain: OpenSSL's error {number}"
        elif not in_date:
            self.failure, self.text = TLSFailure.EXPIRED, f"certificate {depth} of the chain is not in date"
        elif depth == 0 and self.demand is not None and (said := self.demand(shown)) is not None:
            self.failure, self.text = said, f"the leaf does not fit: {said}"
        return self.failure is None


async def _secured(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    connection: SSL.Connection,
    verdict: _Verdict,
) -> Connection:
    connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verdict)
    stream = _Stream(reader, writer, connection)
    try:
        async with asyncio.timeout(HANDSHAKE_DEADLINE):
            await stream.shake_hands()
    except TimeoutError:
        raise HandshakeError(TLSFailure.NEGOTIATION_FAILED, "the handshake did not end") from None
    except (SSL.Error, OSError) as error:
        failure = verdict.failure or _failure(error)
        raise HandshakeError(failure, verdict.text or str(error) or "the peer has hung up") from error
    peer: x509.Certificate | None = connection.get_peer_certificate(as_cryptography=True)
    return Connection(stream.start(), stream, certificate=peer)


def _failure(error: Exception) -> TLSFailure:
    said = str(error)
    if "alert" in said or isinstance(error, OSError | SSL.ZeroReturnError | SSL.SysCallError):
        return TLSFailure.REMOTE_DISCONNECTED
    if "peer did not return a certificate" in said:
        return TLSFailure.NO_CERTIFICATE
    return TLSFailure.NEGOTIATION_FAILED


class _Stream:
    """The inside of a TLS connection: what is written to it is encrypted, what arrives is decrypted."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: SSL.Connection
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._connection = connection
        self._decrypted = asyncio.StreamReader()
        self._pump: asyncio.Task[None] | None = None

    async def shake_hands(self) -> None:
        """Exchange what a handshake needs.

        Raises:
            SSL.Error: it failed.
            OSError: the peer has hung up.
        """
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                self._flush()
            except SSL.Error:
                self._flush()
                raise
            else:
                self._flush()
                return
            received = await self._reader.read(_PIECE)
            if not received:
                raise ConnectionResetError("the peer has hung up")
            self._connection.bio_write(received)

    def start(self) -> asyncio.StreamReader:
        """Decrypt from now on; where to read it."""
        self._pump = asyncio.create_task(self._decrypt())
        return self._decrypted

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        with contextlib.suppress(SSL.Error):
            self._connection.sendall(data)
        self._flush()

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._writer.is_closing()

    def get_extra_info(self, name: str) -> object:
        """What the wire below says of itself."""
        return self._writer.get_extra_info(name)

    def close(self) -> None:
        """Say good-bye and hang up."""
        if not self._writer.is_closing():
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()
            self._flush()
        self._writer.close()
        if self._pump is not None:
            self._pump.cancel()

    async def _decrypt(self) -> None:
        try:
            while True:
                self._take()
                received = await self._reader.read(_PIECE)
                if not received:
                    break
                self._connection.bio_write(received)
        except (SSL.Error, OSError):
            pass
        finally:
            self._decrypted.feed_eof()

    def _take(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while True:
                self._decrypted.feed_data(self._connection.recv(_PIECE))

    def _flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while not self._writer.is_closing():
                self._writer.write(self._connection.bio_read(_PIECE))
