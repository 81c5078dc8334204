"""``umctl probe`` on peers of this machine: what it prints, and by which exit code a script learns of it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peer_certificates import Certified, root
from probing_support import Talk, answering, listening, silent

if TYPE_CHECKING:
    from cli.conftest import Umctl

NAME = "sbc01.contoso.com"
DEVICES, OURS = root("Devices Root"), root("Contoso Root")
US = OURS.issue("ex01.contoso.com")
ANSWERING = answering(200, "Server: Mediant 800C")


@contextmanager
def peer(own: Certified | None, folder: Path, talk: Talk = ANSWERING) -> Iterator[str]:
    """Listen beside the test, and yield the option by which the name leads there."""
    context = None
    if own is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (folder / "own.pem").write_bytes(own.chain_pem + own.key_pem)
        context.load_cert_chain(folder / "own.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=OURS.chain_pem.decode())
    ready, ended, ports = threading.Event(), asyncio.Event(), list[int]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with listening(talk, context) as port:
            ports.append(port)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield f"--connect-to={NAME}::127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "us.pem").write_bytes(US.chain_pem + US.key_pem)
    (tmp_path / "us.crt").write_bytes(US.chain_pem)
    (tmp_path / "us.key").write_bytes(US.key_pem)
    (tmp_path / "devices.pem").write_bytes(DEVICES.chain_pem)
    return tmp_path


def test_a_gateway_that_takes_our_certificate_has_no_finding(umctl: Umctl, files: Path) -> None:
    with peer(DEVICES.issue(NAME), files) as leads_there:
        trusting = ("--ca-file", files / "devices.pem", leads_there)
        ran = umctl("probe", NAME, "--client-cert", files / "us.pem", *trusting)
        apart = ("--client-cert", files / "us.crt", "--client-key", files / "us.key", "-o", "json")
        told = umctl("probe", f"{NAME}:5061", *apart, *trusting)
    assert (ran.code, ran.err, ran.out.splitlines()[0], ran.out.splitlines()[-1]) == (
        0, "", f"{NAME}:5061", "Nothing is wrong.",
    )  # fmt: skip
    assert '  OPTIONS       200, by "Mediant 800C"' in ran.out.splitlines()
    assert (told.code, told.data["speaks"], told.data["findings"]) == (0, "TLS", [])
    assert told.data["sip"] == {"status": 200, "server": "Mediant 800C"}
    assert (told.data["tls"]["version"], told.data["tls"]["pathErrors"]) == ("TLSv1.2", [])
    assert told.data["tls"]["chain"][0]["dnsNames"] == [NAME]


def test_findings_say_what_to_do_and_are_told_by_the_exit_code(umctl: Umctl, files: Path) -> None:
    with peer(DEVICES.issue("pbx.contoso.com"), files) as leads_there:
        ran = umctl("probe", NAME, leads_there)
        told = umctl("probe", NAME, leads_there, "-o", "json")
    assert (ran.code, told.code) == (2, 2)
    assert f'Error PeerNameMissing: "{NAME}:5061" shows a certificate for "pbx.contoso.com"' in ran.out
    (required, missing) = told.data["findings"]
    assert (required["reason"], missing["reason"]) == ("ClientCertificateRequired", "PeerNameMissing")
    assert missing["advice"].startswith("Have it issued with the address as DNS name")


def test_plain_sip_is_a_finding_on_the_tls_port_and_none_where_it_belongs(umctl: Umctl, files: Path) -> None:
    with peer(None, files) as leads_there:
        asked = umctl("probe", NAME, leads_there, "--timeout", "1s", "-o", "json")
        meant = umctl("probe", NAME, leads_there, "--transport", "TCP", "-o", "json")
    assert (asked.code, [one["reason"] for one in asked.data["findings"]]) == (2, ["PlainSIPOnTLSPort"])
    assert (meant.code, meant.data["port"], meant.data["speaks"]) == (0, 5060, "SIP")


def test_a_port_that_says_nothing_is_found_out_in_time(umctl: Umctl, files: Path) -> None:
    with peer(None, files, silent) as leads_there:
        ran = umctl("probe", NAME, leads_there, "--timeout", "300ms")
    assert ran.code == 2
    assert "Error NoAnswer" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a b",), "is not HOST or HOST:PORT"),
        (("host:0",), "the port is not between 1 and 65535"),
        (("::1",), "an IPv6 address stands in brackets"),
        ((NAME, "--timeout", "0s"), "--timeout must be longer than nothing"),
        ((NAME, "--client-key", "us.key"), "--client-key needs --client-cert"),
        ((NAME, "--client-cert", "nowhere.pem"), '"nowhere.pem" can\'t be read: No such file or directory'),
        ((NAME, "--client-cert", "us.crt"), "the client certificate or its key is not readable PEM"),
        ((NAME, "--ca-file", "us.key"), '--ca-file "us.key"'),
        ((NAME, "--connect-to", "nonsense"), "is not HOST:PORT:ADDRESS:PORT"),
    ],
)
def test_what_is_asked_for_wrongly_is_an_error(
    umctl: Umctl, files: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(files)
    ran = umctl("probe", *arguments)
    assert ran.code == 1
    assert said in " ".join(ran.err.split())
    assert "PRIVATE KEY" not in ran.err
