"""What no well-behaved client sends: the server answers, refuses, and goes on."""

from __future__ import annotations

import asyncio
import base64
import re
import struct
from collections.abc import Callable

import pytest
from pypsrp.exceptions import WinRMTransportError, WSManFaultError

from um_operator.lab.wsman.server import default_policy
from wsman_support import ACCOUNT, Remote, ToyHost, running, session, transport

INVALID_XML = 2150858819
ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
    'xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell">'
    "<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/{verb}</a:Action>"
    "<w:ResourceURI>http://schemas.microsoft.com/powershell/Microsoft.Exchange</w:ResourceURI>{header}"
    "</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
SHELL = '<rsp:Shell ShellId="A"><creationXml xmlns="http://schemas.microsoft.com/powershell">{}</creationXml></rsp:Shell>'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no xml", INVALID_XML),
        ("<s/>", INVALID_XML),
        (ENVELOPE.format(verb="Create", header="", body=""), INVALID_XML),
        (ENVELOPE.format(verb="Create", header="", body=SHELL.format("!")), INVALID_XML),
        (ENVELOPE.format(verb="Create", header="", body=SHELL.format("")), INVALID_XML),
        (ENVELOPE.format(verb="Create", header="", body=SHELL.format("AAAA")), INVALID_XML),
        (
            ENVELOPE.format(verb="Create", header="<w:MaxEnvelopeSize>x</w:MaxEnvelopeSize>", body=""),
            INVALID_XML,
        ),
        (
            ENVELOPE.format(verb="Get", header="<w:OperationTimeout>soon</w:OperationTimeout>", body=""),
            2150858767,
        ),
        (ENVELOPE.format(verb="Create", header="", body="<rsp:Shell/>"), 2150858819),
        (ENVELOPE.format(verb="Receive", header="", body=""), 2150858843),
    ],
)
async def test_a_malformed_request_is_a_fault(text: str, code: int) -> None:
    async with running(ToyHost()) as (server, port):
        with pytest.raises(WinRMTransportError) as refused:
            await asyncio.to_thread(transport(port).transport.send, text.encode())
        assert f'Code="{code}"' in str(refused.value.response_text)
        assert server.service.shells == {}


def replaced_arguments(
    change: Callable[[bytes], bytes],
) -> Callable[[Callable[[bytes], bytes], bytes], bytes]:
    """Return a hook that changes the PSRP message in Command requests; its fragment stays a true one."""

    def hook(send: Callable[[bytes], bytes], message: bytes) -> bytes:
        found = re.search(rb"<rsp:Arguments>([^<]+)<", message)
        if found is not None:
            data = base64.b64decode(found[1])
            changed = change(data[21:])
            fragment = data[:17] + struct.pack(">I", len(changed)) + changed
            message = message.replace(found[1], base64.b64encode(fragment))
        return send(message)

    return hook


@pytest.mark.parametrize(
    "change",
    [
        lambda data: re.sub(rb'<TNRef RefId="\d+"', b'<TNRef RefId="99"', data),
        lambda data: data.replace(b'<S N="Cmd">', b'<Ref N="Cmd" RefId="99" /><S N="X">'),
        lambda data: data[:-20] + b"<" * 20,
        lambda data: data[:10],
    ],
    ids=["type reference", "object reference", "xml", "fragment"],
)
async def test_a_pipeline_that_refers_to_nothing_is_a_fault(change: Callable[[bytes], bytes]) -> None:
    def invoke(remote: Remote) -> None:
        remote.each_send(replaced_arguments(change))
        with pytest.raises(WSManFaultError) as refused:
            remote.invoke("Set-UMService", Ids=["a"], More=["b"])
        assert refused.value.code == INVALID_XML

    def work() -> None:
        with session(port) as remote:
            invoke(remote)

    host = ToyHost()
    async with running(host) as (server, port):
        await asyncio.to_thread(work)
        assert (host.received, server.counters.invocations) == ([], {})


@pytest.mark.parametrize(
    "head",
    [
        b"GET /PowerShell/ HTTP/1.1\r\n\r\n",
        b"POST /PowerShell/ HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /PowerShell/ HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
async def test_what_is_no_wsman_over_http_is_a_bad_request(head: bytes) -> None:
    async with running(ToyHost()) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()


@pytest.mark.parametrize("scheme", ["Negotiate", "Kerberos", "Basic", "Digest", "Bearer"])
@pytest.mark.parametrize(
    "token", ["", "!", "YAZqdW5r", "TlRMTVNTUABqdW5r", base64.b64encode(bytes(300)).decode()]
)
async def test_a_token_that_cannot_be_read_is_refused(scheme: str, token: str) -> None:
    async with running(ToyHost(), policy=default_policy("ex01.contoso.com", secure=False)) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /PowerShell/ HTTP/1.1\r\nAuthorization: {scheme} {token}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
        writer.close()


async def test_a_sealed_message_of_an_unproven_connection_is_refused() -> None:
    credentials = base64.b64encode(f"{ACCOUNT.name}:{ACCOUNT.password}".encode()).decode()
    async with running(ToyHost()) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /PowerShell/ HTTP/1.1\r\nAuthorization: Basic {credentials}\r\nContent-Length: 1\r\n"
            'Content-Type: multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted"\r\n\r\nx'
        )
        writer.write(head.encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()
