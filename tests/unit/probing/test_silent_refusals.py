"""What only SChannel does, by a scripted peer: it refuses without a word (field notes 2 and 7)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from probing_support import identity, prober, root, server_context
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import Listener
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.peer import Fault, findings

CA = root()
OURS = identity(CA.issue("ex01.contoso.com"))


@asynccontextmanager
async def resetting(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A peer that resets the connection: at once, or when it has shown its certificate and heard ours."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.read(65_536)
        if context is not None:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            shaking = context.wrap_bio(incoming, outgoing, server_side=True)
            incoming.write(hello)
            with suppress(ssl.SSLWantReadError):
                shaking.do_handshake()
            writer.write(outgoing.read())
            await reader.read(65_536)
        once: socket.socket = writer.get_extra_info("socket")
        once.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def found(fact: Fact[Listener], shown: str | None) -> list[Fault]:
    look = Known(PeerLook(fact.value, shown, "peer", 5061), fact.read_at) if isinstance(fact, Known) else fact
    return [one for one in findings(look, "127.0.0.1", datetime.now(UTC)) if one.severity == "Error"]


@pytest.mark.parametrize("shown", [None, "ours"])
async def test_a_reset_after_the_certificates_is_probably_about_ours(shown: str | None) -> None:
    async with resetting(server_context(CA.issue("um"), clients_of=CA)) as port:
        fact = await prober().tls("127.0.0.1", port, identity=OURS if shown else None, deadline=5, whole=True)
    (fault,) = found(fact, shown)
    assert (fault.reason, fault.ambiguous) == ("ProbableCertificateRejection", True)


async def test_a_reset_at_the_first_word_is_probably_about_our_address() -> None:
    async with resetting(None) as port:
        fact = await prober().tls("127.0.0.1", port, identity=OURS, deadline=5, whole=True)
    (fault,) = found(fact, "ours")
    assert (fault.reason, fault.ambiguous) == ("ProbableAccessControl", True)
