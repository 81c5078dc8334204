from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from probing_support import (
    NAME,
    NOW,
    Conversation,
    answering,
    hanging_up,
    listening,
    prober,
    root,
    saying,
    server_context,
    silent,
    tls,
    unknown,
)
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Closed, Plain
from um_operator.remoting import connect_to

CA = root()
LEAF = CA.issue(NAME)
BAD_REQUEST = "SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
ALERT = "\x15\x03\x01\x00\x02\x02\x28"
"""handshake_failure, fatal."""


async def test_a_plain_port_that_answers_is_plain_and_says_what() -> None:
    async with listening(answering(405)) as port:
        assert await prober().plain("127.0.0.1", port, deadline=5) == Known(Plain(405), NOW)


@pytest.mark.parametrize("talk", [silent, hanging_up])
async def test_a_plain_port_that_does_not_speak_to_strangers_is_plain_all_the_same(talk: Any) -> None:
    async with listening(talk) as port:
        assert await prober().plain("127.0.0.1", port, deadline=0.3) == Known(Plain(None), NOW)


async def test_a_plain_port_that_nobody_listens_on_is_closed() -> None:
    async with listening(silent) as port:
        pass
    assert await prober().plain("127.0.0.1", port, deadline=5) == Known(Closed(), NOW)


async def test_tls_on_a_port_meant_for_plain_sip_is_found_out_if_it_says_so() -> None:
    async def says_so(peer: Conversation) -> None:
        begun = await peer.read()
        if begun.startswith(b"OPTIONS"):
            peer.write(ALERT)
        else:
            await answering()(await peer.secured(server_context(LEAF), begun))

    async with listening(says_so) as port:
        seen = tls(await prober().plain("127.0.0.1", port, deadline=5))
    assert (seen.leaf.subject, seen.status) == (f"CN={NAME}", 200)


async def test_plain_sip_that_calls_a_handshake_a_bad_request_is_found_out_at_once() -> None:
    async with listening(saying(BAD_REQUEST)) as port, asyncio.timeout(3):
        assert await prober().tls("127.0.0.1", port, deadline=30) == Known(Plain(400), NOW)


async def test_a_port_that_is_silent_to_both_is_unknown_within_the_deadline() -> None:
    async with listening(silent) as port, asyncio.timeout(3):
        fact = unknown(await prober().tls("127.0.0.1", port, deadline=0.5))
    assert (fact.reason, fact.since) == ("NoAnswer", NOW)
    assert fact.message == f'"127.0.0.1" takes connections, but answers neither TLS nor SIP on port {port}'


async def test_a_port_that_hangs_up_without_a_word_is_unknown_and_not_closed() -> None:
    async with listening(hanging_up) as port:
        assert unknown(await prober().tls("127.0.0.1", port, deadline=5)).reason == "ProbableAccessControl"


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SIP/2.0 whatever\r\n\r\n",
        "SIP/2.0 200 OK\r\nContent-Length: many\r\n\r\n",
        "\x00\x01\x02",
        "SIP/2.0 200 OK\r\nX: " + "y" * 70_000,
    ],
)
async def test_what_speaks_neither_is_unknown(text: str) -> None:
    async with listening(saying(text)) as port:
        assert unknown(await prober().tls("127.0.0.1", port, deadline=5)).reason == "NotSIP"
        assert unknown(await prober().plain("127.0.0.1", port, deadline=5)).reason == "NotSIP"


async def test_a_handshake_that_breaks_before_a_certificate_is_unknown_and_names_the_alert() -> None:
    async with listening(saying(ALERT)) as port:
        fact = unknown(await prober().tls("127.0.0.1", port, deadline=5))
    assert fact.reason == "NoCommonCipher"
    assert '("handshake_failure")' in fact.message


async def test_a_name_without_an_address_is_not_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    fact = unknown(await prober().tls(NAME, 5061, deadline=5))
    assert (fact.reason, fact.message) == ("NameNotResolved", f'"{NAME}" does not resolve')


async def test_a_name_that_no_dns_can_hold_is_not_resolved() -> None:
    assert unknown(await prober().tls("a" * 70, 5061, deadline=5)).reason == "NameNotResolved"


async def test_a_host_without_a_route_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_route(*_: object, **__: object) -> None:
        raise OSError(113, "Connect call failed ('192.0.2.1', 5061)")

    monkeypatch.setattr(asyncio, "open_connection", no_route)
    fact = unknown(await prober().tls("192.0.2.1", 5061, deadline=5))
    assert fact.reason == "Unreachable"
    assert fact.message == '"192.0.2.1" cannot be reached on port 5061: No route to host'


async def test_a_host_that_swallows_packets_is_unreachable_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def swallowed(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", swallowed)
    async with asyncio.timeout(3):
        fact = unknown(await prober().plain("192.0.2.1", 5060, deadline=0.1))
    assert (fact.reason, fact.message.rpartition(": ")[2]) == ("Unreachable", "no connection in time")


async def test_the_first_address_that_answers_counts() -> None:
    async with listening(silent) as closed, listening(answering()) as port:
        pass
    async with listening(answering(), port=port):
        both = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", number)) for number in (closed, port)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
            assert await prober().plain(NAME, 5060, deadline=5) == Known(Plain(200), NOW)


async def test_a_mapped_port_is_the_one_that_is_looked_at() -> None:
    async with listening(answering()) as port:
        with connect_to.installed(connect_to.parse([f"{NAME}:5060:127.0.0.1:{port}"])):
            assert await prober().plain(NAME, 5060, deadline=5) == Known(Plain(200), NOW)


async def test_only_so_many_are_looked_at_at_a_time() -> None:
    at_once, most = 0, 0

    async def counted(peer: Conversation) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await peer.read()
        at_once -= 1
        peer.write(BAD_REQUEST)

    async with listening(counted) as port:
        looks = prober(at_a_time=3)
        facts = await asyncio.gather(*(looks.plain("127.0.0.1", port, deadline=5) for _ in range(20)))
    assert facts == [Known(Plain(400), NOW)] * 20
    assert most <= 3
