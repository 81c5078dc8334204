"""A process of its own that calls both ways over mutual TLS every 100 ms, and writes down what came of it.

``python both_ways.py SETTINGS``: JSON with where the two are, whose certificates are shown, and where to
write. Each line of the result is one try: towards the peer, and towards the UM server. A port that is closed
is a server that is being restarted; anything else but an answer is a failure.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any

PAUSE = 0.1
CLOSED = "closed"


@dataclass(frozen=True)
class Side:
    """One of the two: its address and port, and the name by which it is asked."""

    name: str
    address: str
    port: int


def options(wire: ssl.SSLSocket, to: Side, source: str) -> str:
    """Ask, and return the first line of the answer."""
    wire.sendall(
        f"OPTIONS sip:{to.name}:5061;transport=tls SIP/2.0\r\n"
        f"Via: SIP/2.0/TLS {source}:5061;branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:sampler@{source}>;tag=1\r\nTo: <sip:{to.name}>\r\n"
        f"Call-ID: {time.monotonic_ns()}@{source}\r\nCSeq: 1 OPTIONS\r\n"
        "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n".encode()
    )
    return wire.recv(4096).decode(errors="replace").split("\r\n")[0]


def ask(to: Side, source: str, context: ssl.SSLContext) -> tuple[str, str]:
    """Return the thumbprint that the other side shows, and what it answers."""
    try:
        plain = socket.create_connection((to.address, to.port), 5, (source, 0))
    except ConnectionRefusedError:
        return "", CLOSED
    try:
        with context.wrap_socket(plain, server_hostname=to.name) as wire:
            leaf = sha1(wire.getpeercert(binary_form=True) or b"").hexdigest().upper()
            return leaf, options(wire, to, source) or CLOSED
    except OSError as error:  # TLS's are, too
        return "", str(error)


def towards(own: Path, believed: Path | None) -> ssl.SSLContext:
    """Return how one side connects: as whom, and whom it believes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_NONE if believed is None else ssl.CERT_REQUIRED
    context.load_cert_chain(own)
    if believed is not None:
        context.load_verify_locations(believed)
    return context


def main(settings: dict[str, Any]) -> None:
    """Call until told to stop."""
    peer, server = Side(**settings["peer"]), Side(**settings["server"])
    folder, stop = Path(settings["certificates"]), Path(settings["stop"])
    shown = settings["shown"]
    with Path(settings["result"]).open("w", buffering=1) as result:
        while not stop.exists():
            as_peer = towards(Path(settings["own"]), Path(settings["believed"]))
            leaf, from_server = ask(server, peer.address, as_peer)
            if not leaf:  # it is not believed, and shows something all the same
                leaf, _ = ask(server, peer.address, towards(Path(settings["own"]), None))
            shown = leaf or shown
            _, from_peer = ask(peer, server.address, towards(folder / f"{shown}.pem", None))
            result.write(json.dumps({"shown": shown, "server": from_server, "peer": from_peer}) + "\n")
            time.sleep(PAUSE)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
