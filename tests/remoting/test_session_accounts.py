"""Accounts and certificates that do not fit, and what becomes of secrets."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remoting_lab import PASSWORD, Farm, Way
from um_operator.lab.wsman.tls import Authority
from um_operator.remoting.credentials import Authentication, ClientCertificate, Keytab, Method, Password
from um_operator.remoting.errors import AuthenticationFailed, NotTrusted, SessionLost, Unreachable
from um_operator.remoting.session import Secret

SECRET = "Green-Harbour-9"


async def test_the_cmdlet_sees_the_account_of_the_session(lab: Farm) -> None:
    async with await lab.open() as remote:
        await remote("Get-UMService")
    assert lab.host.callers[-1].account == PASSWORD.username


@pytest.mark.parametrize("account", [Password(PASSWORD.username, "wrong"), Password("CONTOSO\\nobody", "x")])
async def test_a_wrong_account_is_refused_once_and_not_by_name(lab: Farm, account: Password) -> None:
    method = lab.endpoint.authentication.method
    if method is Method.CERTIFICATE:
        method = Method.NTLM
    with pytest.raises(AuthenticationFailed) as caught:
        await lab.open(authentication=Authentication(method, account))
    assert not caught.value.sent
    assert "wrong" not in str(caught.value)
    assert lab.shells == 0
    assert lab.server.counters.wsman["Create"] == 0


@pytest.mark.parametrize("way", [w for w in Way if w is not Way.NTLM_HTTP], ids=lambda way: way.name.lower())
async def test_a_server_of_another_authority_is_not_trusted(lab: Farm) -> None:
    other = Authority(datetime.now(UTC)).pem.decode()
    for ca in (other, None):
        with pytest.raises(NotTrusted, match="not trusted") as caught:
            await lab.open(ca_pem=ca)
        assert not caught.value.sent


@pytest.mark.parametrize("way", [Way.BASIC_HTTPS], ids=["basic_https"])
async def test_a_server_of_another_name_is_not_trusted(lab: Farm) -> None:
    with pytest.raises(NotTrusted):
        await lab.open(host="127.0.0.1")


@pytest.mark.parametrize("way", [Way.CERTIFICATE_HTTPS], ids=["certificate_https"])
async def test_a_certificate_of_nobody_or_of_another_authority_opens_nothing(lab: Farm) -> None:
    foreign = Authority(datetime.now(UTC), "Somebody Else").client("svc-um@contoso.com")
    certificate = ClientCertificate(foreign.certificate_pem, foreign.key_pem)
    with pytest.raises((AuthenticationFailed, SessionLost, Unreachable)) as caught:
        await lab.open(authentication=Authentication(Method.CERTIFICATE, certificate))
    assert not caught.value.sent
    assert lab.shells == 0


@pytest.mark.parametrize("way", [Way.CERTIFICATE_HTTPS], ids=["certificate_https"])
async def test_certificates_that_cannot_be_read_are_named_and_not_shown(lab: Farm) -> None:
    account = lab.endpoint.authentication.account
    assert isinstance(account, ClientCertificate)
    broken = replace(account, key=b"-----BEGIN PRIVATE KEY-----\nGreenHarbour\n-----END PRIVATE KEY-----\n")
    with pytest.raises(AuthenticationFailed, match=r'"tls\.key"') as key:
        await lab.open(authentication=Authentication(Method.CERTIFICATE, broken))
    with pytest.raises(NotTrusted, match="the CA holds no PEM"):
        await lab.open(ca_pem="no certificate")
    assert "Harbour" not in str(key.value)


@pytest.mark.parametrize("way", [Way.NTLM_HTTP], ids=["ntlm_http"])
async def test_a_keytab_is_a_private_file_for_the_life_of_its_session(
    lab: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    account = Authentication(Method.KERBEROS, Keytab("svc-um@CONTOSO.COM", b"\x05\x02"))
    session = lab.backend(replace(lab.endpoint, authentication=account))
    with pytest.raises(AuthenticationFailed) as caught:
        await asyncio.to_thread(session.open, 5)
    assert not caught.value.sent
    (keytab,) = await asyncio.to_thread(lambda: list(tmp_path.rglob("keytab")))
    assert stat.S_IMODE(keytab.stat().st_mode) == 0o600
    assert stat.S_IMODE(keytab.parent.stat().st_mode) == 0o700
    await asyncio.to_thread(session.close)
    assert os.listdir(tmp_path) == []


async def test_no_private_file_outlives_its_session(
    lab: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with await lab.open():
        assert [path for path in os.listdir(tmp_path) if "um-operator" in path] == []
    assert os.listdir(tmp_path) == []


async def test_no_log_shows_what_was_sent_or_received(lab: Farm, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("pypsrp", "pypsrp.wsman", "spnego", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    async with await lab.open() as remote:
        await remote("Get-Argument", Value=Secret(SECRET))
        await remote("Get-Argument", Value="Plain-Harbour")
    ours = [record for record in caplog.records if not record.name.startswith("psrpcore")]
    assert [record.name for record in ours if "Harbour" in record.getMessage()] == []
    assert [record.name for record in ours if record.name.startswith(("pypsrp", "urllib3"))] == []
