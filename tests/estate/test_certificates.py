"""Certificates: from one manifest to servers that serve the wanted one on the wire, while calls go on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from OpenSSL import SSL

from estate.rollouts import EX01, estate, rollout, status, told
from um_operator.lab.estate import Lab

pytestmark = pytest.mark.timeout(600)

FQDN = "ex01.contoso.com"


async def on_the_wire(lab: Lab, port: int) -> str:
    """Return the thumbprint of what a port shows to somebody who is no part of the operator."""
    rule = next(rule for rule in lab.connect_to if rule.startswith(f"{FQDN}:{port}:"))
    _, _, address, real_port = rule.split(":")
    return await asyncio.to_thread(shown, address, int(real_port))


def shown(address: str, port: int) -> str:
    """Return the thumbprint of a port's certificate, which is shown before strangers are refused."""
    with socket.create_connection((address, port), timeout=10) as plain:
        plain.setblocking(True)
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), plain)
        connection.set_connect_state()
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
        certificate = connection.get_peer_certificate()
    assert certificate is not None, "it shows no certificate"
    return certificate.digest("sha1").decode().replace(":", "")


async def test_a_server_serves_a_new_certificate_and_then_its_renewal(tmp_path: Path) -> None:
    async with rollout(tmp_path, estate(EX01)) as one:
        [row] = status(await one.run()).servers
        first = row.wanted
        assert row.name == FQDN
        assert [await on_the_wire(one.lab, port) for port in (5061, 5063)] == [first, first]

        effects = len(one.lab.journal.effects)
        again = await one.run()
        assert again.plan.steps == ()
        assert len(one.lab.journal.effects) == effects, "a second run changed something"

        report = await one.renewed(2)
        assert told(report) == {"Ready": "True/Deployed"}
        [row] = status(report).servers
        assert row.wanted != first
        assert [await on_the_wire(one.lab, port) for port in (5061, 5063)] == [row.wanted, row.wanted]
