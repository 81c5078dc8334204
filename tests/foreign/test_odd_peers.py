"""What no SIP proxy is set up to be, by ``openssl s_server``, the kernel, and servers of other protocols."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import openssl_peer
from peer_certificates import by_openssl, root
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Known
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.peer import findings
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober

NAME, LOOPBACK = "sbc01.contoso.com", "127.0.0.1"
OURS = root("Contoso Root").issue("ex01.contoso.com")
US = ClientIdentity.of(OURS.chain_pem, OURS.key_pem)
WEAK = ("-cipher", "ALL:@SECLEVEL=0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("openssl")


async def found(host: str, port: int, deadline: float = 5.0, *, whole: bool = True) -> list[str]:
    """Return what is found at a port; not ``whole``: by a handshake alone, for what answers no SIP."""
    prober = Prober(fact_of, lambda: datetime.now(UTC), lambda: "t1")
    look_at = partial(prober.tls, whole=True) if whole else prober.handshake
    fact = await look_at(host, port, identity=US, deadline=deadline)
    look = (
        Known(PeerLook(fact.value, "ours", host, port, asked="TLS"), fact.read_at)
        if isinstance(fact, Known)
        else fact
    )
    return [str(one.reason) for one in findings(look, host, datetime.now(UTC)) if one.severity != "Info"]


@pytest.mark.parametrize(
    ("made", "options", "expected"),
    [
        ((), (), []),
        ((), ("-tls1_3",), ["NoCommonProtocol"]),
        ((), ("-tls1", *WEAK), ["OldProtocol"]),
        ((), ("-tls1_2", "-cipher", "PSK"), ["NoCommonCipher"]),
        ((), ("-tls1_2", "-Verify", "1", "-verify_return_error"), ["ClientCertificateRejected"]),
        (("-newkey", "rsa:1024"), WEAK, ["PeerKeyWeak"]),
        (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"), (), []),
        (("-sha1", "-newkey", "rsa:2048"), WEAK, []),
    ],
    ids=[
        "as it should be", "TLS 1.3 only", "TLS 1.0 only", "a cipher without certificates", "trusts nobody",
        "a small key", "an elliptic key", "SHA-1 on what it signed itself",
    ],
)  # fmt: skip
async def test_each_oddity_of_tls_is_told_for_what_it_is(
    folder: Path, made: tuple[str, ...], options: tuple[str, ...], expected: list[str]
) -> None:
    own, key = by_openssl(folder, NAME, *(made or ("-newkey", "rsa:2048")))
    with openssl_peer.running(own, key, *options) as port:
        assert await found(LOOPBACK, port, whole=False) == expected


async def test_a_chain_by_way_of_sha1_is_weak(folder: Path) -> None:
    authority, authority_key = by_openssl(folder, "old-ca", "-newkey", "rsa:2048")
    signed_by = ("-CA", str(authority), "-CAkey", str(authority_key), "-sha1", "-newkey", "rsa:2048")
    own, key = by_openssl(folder, NAME, *signed_by)
    with openssl_peer.running(own, key, *WEAK) as port:
        assert await found(LOOPBACK, port, whole=False) == ["PeerSignatureWeak"]


async def test_another_protocol_on_the_port_is_no_sip() -> None:
    with web_server() as port:
        assert await found(LOOPBACK, port) == ["NotSIP"]


async def test_a_port_that_nobody_listens_on_refuses() -> None:
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        assert await found(LOOPBACK, held.getsockname()[1]) == ["ConnectionRefused"]


async def test_a_port_that_takes_connections_and_says_nothing_does_not_answer() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        assert await found(LOOPBACK, silent.getsockname()[1], deadline=0.5) == ["NoAnswer"]


async def test_a_port_that_swallows_packets_cannot_be_reached() -> None:
    with ExitStack() as held, socket.socket() as full:
        full.bind((LOOPBACK, 0))
        full.listen(0)  # the kernel drops what comes to a full queue
        for _ in range(2):
            queued = held.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(full.getsockname())
        assert await found(LOOPBACK, full.getsockname()[1], deadline=0.5) == ["Unreachable"]


async def test_a_name_that_dns_does_not_have_is_not_resolved() -> None:
    assert await found("sbc01.invalid", 5061) == ["NameNotResolved"]


@contextmanager
def web_server() -> Iterator[int]:
    """A server that answers anything with HTTP."""
    with http.server.HTTPServer((LOOPBACK, 0), _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
