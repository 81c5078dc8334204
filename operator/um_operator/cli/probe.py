"""``umctl probe``: what one SIP port shows, seen as Unified Messaging would see it. Changes nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer

from um_operator.api.reasons import Reason
from um_operator.api.sip import SIP_PORT, SIP_TLS_PORT
from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.options import ConnectTo, Output, duration
from um_operator.cli.output import Format, show
from um_operator.cli.progress import working
from um_operator.cli.render_probe import Report, as_data, as_lines
from um_operator.cli.testing import Transport
from um_operator.engine.ports import Clock
from um_operator.local.clock import chosen_clock
from um_operator.local.errors import LocalError
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import Closed, Listener
from um_operator.observed.peers import PeerLook
from um_operator.pki import certificates
from um_operator.planning.checks.peer import findings
from um_operator.probing.identity import ClientIdentity, IdentityError
from um_operator.probing.prober import Prober
from um_operator.remoting import connect_to as mapping

PORTS: Final = {Transport.TLS: SIP_TLS_PORT, Transport.TCP: SIP_PORT}
LARGEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Peer:
    """Where to look: name or address, and port."""

    host: str
    port: int


def probe(
    target: Annotated[
        str, typer.Argument(metavar="HOST[:PORT]", help="Name or address; port 5061, without TLS 5060.")
    ],
    *,
    connect_to: ConnectTo = None,
    transport: Annotated[
        Transport, typer.Option("--transport", help="Whether the port is to speak TLS or plain SIP.")
    ] = Transport.TLS,
    client_cert: Annotated[
        Path | None,
        typer.Option(
            "--client-cert",
            metavar="FILE",
            help="Who to be if the port asks: PEM, the certificate, its issuers, and its key unless given.",
        ),
    ] = None,
    client_key: Annotated[
        Path | None,
        typer.Option("--client-key", metavar="FILE", help="The key of the client certificate, PEM."),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option("--ca-file", metavar="FILE", help="CAs by which the port's chain is judged."),
    ] = None,
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="How long it may take.")
    ] = "5s",
    output: Output = Format.TEXT,
) -> None:
    """Look at one SIP port as Unified Messaging would: TLS 1.0 to 1.2, mutual, then SIP OPTIONS.

    Nothing is refused for being weak or expired: the handshake goes on, and what is wrong becomes a finding.
    A port that does not speak TLS is asked once in plain SIP.

    Exit code: 0 nothing is wrong, 2 there are findings, 1 it was asked for wrongly.
    """
    peer = _peer(target, PORTS[transport])
    deadline = duration(timeout).total_seconds()
    if deadline <= 0:
        raise typer.BadParameter("--timeout must be longer than nothing")
    identity, shown = _identity(client_cert, client_key)
    anchors = _anchors(ca_file)
    rules = mapping.parse(connect_to or ())
    clock = chosen_clock([mapping.address_of(peer.host, peer.port, rules)])
    prober = Prober(fact_of, clock.now, partial(secrets.token_hex, 8))
    identity = identity.believing(anchors) if anchors else identity
    with mapping.installed(rules), working(f'Probing "{peer.host}:{peer.port}"'):
        seen = asyncio.run(_look(prober, peer, transport, identity, deadline))
    look = _as_peer(seen, peer, transport, shown, judged=bool(anchors))
    report = _report(look, peer, transport, clock)
    show(output, as_lines(report), as_data(report))
    wrong = any(found.severity != "Info" for found in report.findings)
    finish(ExitCode.DIFFERENCES if wrong else ExitCode.NOTHING_LEFT)


async def _look(
    prober: Prober, peer: Peer, transport: Transport, identity: ClientIdentity, deadline: float
) -> Fact[Listener]:
    if transport is Transport.TCP:
        return await prober.plain(peer.host, peer.port, deadline=deadline)
    return await prober.tls(peer.host, peer.port, identity=identity, deadline=deadline, whole=True)


def _as_peer(
    seen: Fact[Listener], peer: Peer, transport: Transport, shown: str | None, *, judged: bool
) -> Fact[PeerLook]:
    if isinstance(seen, Unknown):
        return seen
    if isinstance(seen.value, Closed):
        message = f'"{peer.host}:{peer.port}" refuses connections'
        return Unknown(Reason.CONNECTION_REFUSED, message, seen.read_at)
    look = PeerLook(
        listener=seen.value,
        shown=shown,
        host=peer.host,
        port=peer.port,
        tls=transport is Transport.TLS,
        anchors="Gateway" if judged else None,
    )
    return Known(look, seen.read_at)


def _report(look: Fact[PeerLook], peer: Peer, transport: Transport, clock: Clock) -> Report:
    found = tuple(findings(look, peer.host, clock.now()))
    return Report(peer.host, peer.port, transport.value, look, found)


def _peer(text: str, port: int) -> Peer:
    """Read ``HOST``, ``HOST:PORT``, or an IPv6 address in brackets with or without a port.

    Raises:
        typer.BadParameter: it is none of these.
    """
    host, _, number = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not host or any(character.isspace() or character == "/" for character in host):
        raise typer.BadParameter(f'"{text}" is not HOST or HOST:PORT')
    if text.count(":") > 1 and not text.startswith("["):
        raise typer.BadParameter(f'"{text}": an IPv6 address stands in brackets')
    if number and not (number.isdecimal() and 0 < int(number) <= LARGEST_PORT):
        raise typer.BadParameter(f'"{text}": the port is not between 1 and {LARGEST_PORT}')
    return Peer(host.lower().removesuffix("."), int(number) if number else port)


def _identity(certificate: Path | None, key: Path | None) -> tuple[ClientIdentity, str | None]:
    """Return who to be, and the SHA-256 of the certificate.

    Raises:
        LocalError: a file cannot be read, or used.
    """
    if certificate is None:
        if key is not None:
            raise LocalError("--client-key needs --client-cert")
        return ClientIdentity.nobody(), None
    content = _read(certificate)
    try:
        identity = ClientIdentity.of(content, _read(key) if key else content)
        leaf = certificates.read(content)[0]
    except (IdentityError, UnreadableCertificateError) as error:
        raise LocalError(f'--client-cert "{certificate}": {error}') from None
    return identity, sha256(leaf).hexdigest()


def _anchors(path: Path | None) -> Sequence[bytes]:
    if path is None:
        return ()
    try:
        return certificates.read(_read(path))
    except UnreadableCertificateError as error:
        raise LocalError(f'--ca-file "{path}": {error}') from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LocalError(f'"{path}" can\'t be read: {error.strerror}') from None
