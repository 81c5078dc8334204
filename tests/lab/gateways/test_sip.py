"""SIP as it stands on the wire: what a stranger's client would see, and what is no SIP."""

from __future__ import annotations

import asyncio

import pytest

from gateways_support import EX01, EX02, EXTENSION_ON_EX02, PILOT, Telephones, telephones
from um_operator.lab.gateways.network import Network, UnreachableError
from um_operator.lab.gateways.sip import Request, Response, SipError, Uri, encode, read, respond

INVITE = Request("INVITE", f"sip:{PILOT}@{EX01};transport=tcp", (("Call-ID", "1@x"), ("CSeq", "1 INVITE")))


async def parsed(data: bytes) -> Request | Response | None:
    """Read one message from bytes that end there."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await read(reader)


async def ask(estate: Telephones, text: str, port: int = 5060, source: str = "sbc01.contoso.com") -> str:
    """Write a request to ex01 over a plain socket, and return what comes back until it is final."""
    network = estate.calls.network
    reader, writer = await asyncio.open_connection(
        network.resolve(EX01), network.port(EX01, port), local_addr=(network.resolve(source), 0)
    )
    writer.write(text.replace("\n", "\r\n").encode())
    answer = ""
    while not answer.startswith("SIP/2.0 2") and not answer.startswith(("SIP/2.0 3", "SIP/2.0 4")):
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    writer.close()
    return answer


def request(method: str, extra: str = "") -> str:
    return (
        f"{method} sip:{PILOT}@{EX01}:5060;transport=tcp SIP/2.0\n"
        "Via: SIP/2.0/TCP sbc01.contoso.com;branch=z9hG4bK1\nMax-Forwards: 70\n"
        f"From: <sip:0815@sbc01.contoso.com>;tag=1\nTo: <sip:{PILOT}@{EX01}>\nCall-ID: 1@sbc01\n"
        f"CSeq: 1 {method}\n{extra}Content-Length: 0\n\n"
    )


async def test_a_call_router_redirects_to_the_um_service_of_the_called_mailbox() -> None:
    async with telephones() as estate:
        diversion = f"Diversion: <sip:{EXTENSION_ON_EX02}@sbc01.contoso.com>;reason=no-answer\n"
        answer = await ask(estate, request("INVITE", diversion))
        assert answer.startswith("SIP/2.0 302 Moved Temporarily\r\n")
        assert f"Contact: <sip:{PILOT}@{EX02}:5062;transport=tcp>\r\n" in answer
        assert "Call-ID: 1@sbc01\r\n" in answer


async def test_options_are_answered_to_a_gateway_and_refused_to_a_stranger() -> None:
    async with telephones() as estate:
        estate.calls.network.add("stranger.contoso.com")
        assert (await ask(estate, request("OPTIONS"))).startswith("SIP/2.0 200 OK\r\n")
        refused = await ask(estate, request("OPTIONS"), source="stranger.contoso.com")
        assert refused.startswith("SIP/2.0 403 Forbidden\r\n")
        assert 'Warning: 399 ex01.contoso.com "Refused403NotAGateway"' in refused


async def test_a_worker_rings_and_answers() -> None:
    async with telephones() as estate:
        assert (await ask(estate, request("INVITE"), port=5065)).startswith("SIP/2.0 200 OK\r\n")


async def test_methods_that_nobody_serves_and_byes_without_a_call_are_refused() -> None:
    async with telephones() as estate:
        assert (await ask(estate, request("REGISTER"))).startswith("SIP/2.0 405 ")
        assert (await ask(estate, request("BYE"))).startswith("SIP/2.0 481 ")


async def test_a_message_is_read_as_it_was_written() -> None:
    assert await parsed(encode(INVITE)) == Request(
        INVITE.method, INVITE.uri, (*INVITE.headers, ("Content-Length", "0"))
    )
    answer = await parsed(encode(respond(INVITE, 486)))
    assert isinstance(answer, Response)
    assert (answer.status, answer.header("call-id")) == (486, "1@x")


async def test_a_stream_that_ends_early_holds_no_message() -> None:
    assert await parsed(b"") is None
    assert await parsed(encode(INVITE)[:-3]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"INVITE sip:x@y HTTP/1.1\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\nno colon\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\nContent-Length: 9999999\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\nContent-Length: many\r\n\r\n",
        b"INVITE " + b"x" * 70_000,
    ],
)
async def test_what_is_no_sip_is_refused(data: bytes) -> None:
    with pytest.raises(SipError):
        await parsed(data)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("<sip:4900@ex01.contoso.com:5062;transport=TCP>", Uri("4900", "ex01.contoso.com", 5062)),
        ("sip:ex01.contoso.com", Uri("", "ex01.contoso.com")),
        ("<sip:1@h;user=phone;transport=tls>;reason=x", Uri("1", "h", None, "tls")),
    ],
)
def test_a_uri_is_read_with_its_port_and_transport(text: str, uri: Uri) -> None:
    assert Uri.parse(text) == uri


def test_what_is_no_uri_is_refused() -> None:
    with pytest.raises(SipError):
        Uri.parse("tel:+49895550")


async def test_every_host_has_an_address_of_its_own_and_unknown_ones_are_not_found() -> None:
    network = Network()
    addresses = {network.add(f"gw{n}.contoso.com") for n in range(600)}
    assert len(addresses) == 600
    assert not any(address.endswith((".0", ".255")) for address in addresses)
    assert network.resolve("GW1.contoso.com") == network.add("gw1.contoso.com")
    with pytest.raises(UnreachableError, match='DNS knows no "elsewhere"'):
        network.resolve("elsewhere")
    with pytest.raises(UnreachableError, match="nobody listens"):
        await network.connect("gw1.contoso.com", "gw2.contoso.com", 5060)
