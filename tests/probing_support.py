"""Peers on loopback for tests of the probing room: TLS as OpenSSL speaks it, plain SIP, silence."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
NAME = "sbc01.contoso.com"
T = TypeVar("T")
Talk = Callable[["Conversation"], Awaitable[None]]


@dataclass(frozen=True)
class Issued:
    """A certificate with its key and the certificate of its issuer."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def issue(self, name: str, *, ca: bool = False, expired: bool = False) -> Issued:
        return _issued(name, self, ca=ca, expired=expired)


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    """Making a key takes longer than a test; a few are enough for all of them."""
    return rsa.generate_private_key(65537, 2048)


_numbers = count()


def _issued(name: str, issuer: Issued | None, *, ca: bool, expired: bool = False) -> Issued:
    key = _key(next(_numbers) % 4)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    real_now = datetime.now(UTC)
    end = real_now - timedelta(days=1) if expired else real_now + timedelta(days=30)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(real_now - timedelta(days=60))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Issued(certificate, key)


def root(name: str = "Contoso Root") -> Issued:
    return _issued(name, None, ca=True)


def parse(der: bytes) -> CertificateFact:
    """As much of a certificate as these tests look at."""
    certificate = x509.load_der_x509_certificate(der)
    return CertificateFact(
        thumbprint=hashlib.sha1(der).hexdigest().upper(),
        sha256=hashlib.sha256(der).hexdigest(),
        subject=certificate.subject.rfc4514_string(),
        common_name=None,
        dns_names=(),
        issuer=certificate.issuer.rfc4514_string(),
        serial_number=str(certificate.serial_number),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_algorithm="RSA",
        key_size=2048,
        public_key_sha256="",
        signature_hash="sha256",
        self_issued=certificate.subject == certificate.issuer,
        extended_key_usages=frozenset(),
        is_ca=False,
    )


def prober(*, at_a_time: int = 32, now: Callable[[], datetime] = lambda: NOW) -> Prober:
    tokens = count()
    return Prober(parse, now, lambda: f"t{next(tokens)}", at_a_time=at_a_time)


def identity(issued: Issued, *issuers: Issued) -> ClientIdentity:
    return ClientIdentity.of(issued.pem + b"".join(issuer.pem for issuer in issuers), issued.key_pem)


def server_context(leaf: Issued, *sent: Issued, clients_of: Issued | None = None) -> ssl.SSLContext:
    """A server's context: its certificate with what it sends along, and whose clients it takes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder, "leaf.pem")
        path.write_bytes(leaf.pem + b"".join(one.pem for one in sent) + leaf.key_pem)
        context.load_cert_chain(path)
    if clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients_of.pem.decode())
    return context


class Conversation:
    """What a peer reads from and writes to, in the clear.

    asyncio's own TLS drops the alert with which a server ends a handshake; OpenSSL's memory BIOs keep it.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext | None
    ) -> None:
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True) if context else None

    async def shake_hands(self) -> None:
        if self._tls is not None:
            await self._through(self._tls.do_handshake)

    async def secured(self, context: ssl.SSLContext, begun: bytes) -> Conversation:
        """Go on with TLS, of which ``begun`` was read already."""
        inside = Conversation(self._reader, self._writer, context)
        inside._incoming.write(begun)
        await inside.shake_hands()
        return inside

    async def read(self) -> bytes:
        """Return what comes next; nothing once the other side has hung up."""
        if self._tls is None:
            return await self._reader.read(65_536)
        try:
            return await self._through(lambda: self._tls.read(65_536))  # type: ignore[union-attr]
        except (EOFError, ssl.SSLZeroReturnError):
            return b""

    def write(self, text: str) -> None:
        if self._tls is None:
            self._writer.write(text.encode())
        else:
            self._tls.write(text.encode())
            self._writer.write(self._outgoing.read())

    async def _through(self, work: Callable[[], T]) -> T:
        while True:
            try:
                return work()
            except ssl.SSLWantReadError:
                self._writer.write(self._outgoing.read())
                data = await self._reader.read(65_536)
                if not data:
                    raise EOFError from None
                self._incoming.write(data)
            finally:
                self._writer.write(self._outgoing.read())


def answering(status: int = 200, *headers: str, provisional: bool = False) -> Talk:
    """Answer OPTIONS; say nothing to anything else."""

    async def talk(peer: Conversation) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += (data := await peer.read())
            if not data:
                return
        assert head.startswith(b"OPTIONS sip:")
        if provisional:
            peer.write("SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n")
        peer.write("\r\n".join([f"SIP/2.0 {status} Whatever", *headers, "Content-Length: 4", "", "body"]))
        await silent(peer)

    return talk


def saying(text: str) -> Talk:
    """Say something whatever was said, and hang up."""

    async def talk(peer: Conversation) -> None:
        await peer.read()
        peer.write(text)

    return talk


async def silent(peer: Conversation) -> None:
    """Read and say nothing, until the other side hangs up."""
    while await peer.read():
        pass


async def hanging_up(peer: Conversation) -> None:
    """Hang up at once."""


@asynccontextmanager
async def listening(talk: Talk, context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[int]:
    """Listen on 127.0.0.1, with TLS if there is a context, and yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Conversation(reader, writer, context)
        try:
            await peer.shake_hands()
            await talk(peer)
        except (EOFError, OSError):  # ssl.SSLError is one: the peer refused, and said so
            pass
        finally:
            writer.close()

    tasks: set[asyncio.Task[None]] = set()
    server = await asyncio.start_server(
        lambda *both: tasks.add(asyncio.create_task(serve(*both))), "127.0.0.1", port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def s_server(leaf: Issued, clients_of: Issued) -> AsyncIterator[int]:
    """Run ``openssl s_server``, which names the authorities whose clients it takes, and yield its port."""
    with TemporaryDirectory() as folder:
        own, ca = Path(folder, "own.pem"), Path(folder, "ca.pem")
        await asyncio.to_thread(own.write_bytes, leaf.pem + leaf.key_pem)
        await asyncio.to_thread(ca.write_bytes, clients_of.pem)
        process = await asyncio.create_subprocess_exec(
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", own, "-CAfile", ca, "-Verify", "1",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(10):
                while not (line := await process.stdout.readline()).startswith(b"ACCEPT"):
                    assert line, "openssl s_server ended"
            yield int(line.rpartition(b":")[2])
        finally:
            process.kill()
            await process.wait()


def tls(fact: Fact[Listener]) -> TLS:
    assert isinstance(fact, Known)
    assert isinstance(fact.value, TLS)
    return fact.value


def unknown(fact: Fact[Listener]) -> Unknown:
    assert isinstance(fact, Unknown)
    return fact
