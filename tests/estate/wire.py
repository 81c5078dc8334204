"""What the ports of a server show to somebody who is no part of the operator."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from OpenSSL import SSL

from um_operator.lab.estate import Lab


async def on_the_wire(lab: Lab, fqdn: str, port: int) -> str:
    """Return the thumbprint of the certificate that a port shows."""
    rule = next(rule for rule in lab.connect_to if rule.startswith(f"{fqdn}:{port}:"))
    _, _, address, real_port = rule.split(":")
    return await asyncio.to_thread(shown, address, int(real_port))


def shown(address: str, port: int) -> str:
    """Return the thumbprint of a port's certificate, which is shown before strangers are refused.

    Raises:
        OSError: it does not answer, or shows none as a service does that ends just now.
    """
    with socket.create_connection((address, port), timeout=10) as plain:
        plain.setblocking(True)
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), plain)
        connection.set_connect_state()
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
        certificate = connection.get_peer_certificate()
    if certificate is None:
        raise ConnectionError(f"{address}:{port} shows no certificate")
    return certificate.digest("sha1").decode().replace(":", "")
