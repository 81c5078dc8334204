"""A handshake and nothing else: whether a gateway takes our certificate."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from probing_support import (
    Conversation,
    answering,
    hanging_up,
    identity,
    listening,
    prober,
    root,
    s_server,
    server_context,
    silent,
    tls,
    unknown,
)
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Closed

CA = root()
SBC = root("Devices Root").issue("sbc01.contoso.com")
OURS, FOREIGN = CA.issue("ex01.contoso.com"), root("Fabrikam Root").issue("ex01.contoso.com")
MUTUAL = server_context(SBC, clients_of=CA)


async def test_a_gateway_that_takes_our_certificate_is_asked_nothing() -> None:
    said: list[bytes] = []

    async def listen(peer: Conversation) -> None:
        said.append(await peer.read())

    async with listening(listen, MUTUAL) as port:
        seen = tls(await prober().handshake("127.0.0.1", port, identity=identity(OURS), deadline=5))
        async with asyncio.timeout(5):
            while not said:  # noqa: ASYNC110 - the server notices that we hung up
                await asyncio.sleep(0.01)
    assert (seen.requests_client_certificate, seen.refusal, seen.status) == (True, "", None)
    assert said == [b""]


async def test_a_gateway_that_trusts_another_ca_says_which_alert() -> None:
    async with listening(silent, MUTUAL) as port:
        seen = tls(await prober().handshake("127.0.0.1", port, identity=identity(FOREIGN), deadline=5))
    assert seen.refusal == "unknown_ca"


async def test_a_gateway_that_hangs_up_after_the_handshake_does_not_take_it_either() -> None:
    async with listening(hanging_up, MUTUAL) as port:
        seen = tls(await prober().handshake("127.0.0.1", port, identity=identity(OURS), deadline=5))
    assert seen.refusal == "closed"


async def half_a_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Show a certificate and ask for one, and say nothing more."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    shaking = MUTUAL.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(await reader.read(65_536))
    with suppress(ssl.SSLWantReadError):
        shaking.do_handshake()
    writer.write(outgoing.read())
    await reader.read()
    writer.close()


async def test_a_gateway_that_never_ends_the_handshake_does_not_show_that_it_takes_our_certificate() -> None:
    async with await asyncio.start_server(half_a_handshake, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        fact = unknown(await prober().handshake("127.0.0.1", port, identity=identity(OURS), deadline=0.5))
    assert (fact.reason, fact.message) == (
        "Inconclusive",
        f'"127.0.0.1" does not bring a TLS handshake to its end on port {port}',
    )


async def test_without_an_identity_a_gateway_still_names_the_cas_that_it_accepts() -> None:
    async with s_server(SBC, CA) as port:
        seen = tls(await prober().handshake("127.0.0.1", port, deadline=5))
    assert seen.refusal == "certificate_required"
    assert seen.accepted_authorities == {CA.certificate.subject.rfc4514_string()}


async def test_plain_sip_is_no_handshake_and_is_not_spoken_to() -> None:
    async with listening(answering()) as port:
        fact = unknown(await prober().handshake("127.0.0.1", port, deadline=0.5))
    assert fact.reason == "NoAnswer"


async def test_a_closed_port_is_closed() -> None:
    async with listening(silent) as port:
        pass
    fact = await prober().handshake("127.0.0.1", port, deadline=1)
    assert isinstance(fact, Known)
    assert fact.value == Closed()
