"""Each way to authenticate, with what a server must refuse; the client is unmodified pypsrp."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError

from um_operator.lab.wsman.accounts import Accounts
from um_operator.lab.wsman.auth import Authenticator, Method, Policy
from um_operator.lab.wsman.server import default_policy
from um_operator.lab.wsman.tls import Authority
from wsman_support import ACCOUNT, OTHER, SERVER, ToyHost, name_leads_to_loopback, running, session, transport

NTLM: dict[str, Any] = {"auth": "ntlm", "encryption": "auto"}


class Secure:
    """A server with an HTTPS listener, and the files that a client needs."""

    def __init__(self, host: ToyHost, port: int, authority: Authority, folder: Path) -> None:
        self.host, self.port, self.authority, self.folder = host, port, authority, folder
        self.trust = self.write("ca.pem", authority.pem)

    def write(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    async def caller(self, **settings: Any) -> str:
        """Open a session over HTTPS, invoke one cmdlet, return the account that the cmdlet saw."""
        defaults = {"ssl": True, "encryption": "auto", "cert_validation": self.trust}
        await asyncio.to_thread(self._invoke, {**defaults, **settings})
        return self.host.callers[-1].account

    def _invoke(self, settings: dict[str, Any]) -> None:
        with name_leads_to_loopback(SERVER), session(self.port, server=SERVER, **settings) as remote:
            remote.invoke("Get-UMService")


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Secure]:
    authority = Authority(datetime.now(UTC))
    host = ToyHost()
    async with running(host) as (server, _):
        port = await server.listen("127.0.0.1", 0, tls=authority.listener([SERVER]))
        yield Secure(host, port, authority, tmp_path)


async def invoke_over_http(port: int, **settings: Any) -> None:
    def work() -> None:
        with session(port, **settings) as remote:
            remote.invoke("Get-UMService")

    await asyncio.to_thread(work)


async def test_basic_names_the_account_by_principal_name_as_well(secure: Secure) -> None:
    assert await secure.caller(auth="basic", username="SVC-UM@contoso.com") == ACCOUNT.name


async def test_ntlm_over_https_is_bound_to_the_channel(secure: Secure) -> None:
    assert await secure.caller(auth="ntlm") == ACCOUNT.name


async def test_ntlm_without_channel_binding_is_refused(secure: Secure) -> None:
    with pytest.raises(AuthenticationError):
        await secure.caller(auth="ntlm", negotiate_send_cbt=False)


async def test_ntlm_bound_to_another_channel_is_refused(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = b"tls-server-end-point:" + b"\x01" * 32
    monkeypatch.setattr("pypsrp.negotiate.HTTPNegotiateAuth._get_cbt_data", staticmethod(lambda _: other))
    with pytest.raises(AuthenticationError):
        await secure.caller(auth="ntlm")


async def test_messages_may_be_encrypted_over_https_too(secure: Secure) -> None:
    assert await secure.caller(auth="ntlm", encryption="always") == ACCOUNT.name


async def test_a_client_certificate_maps_to_the_account_of_its_principal_name(secure: Secure) -> None:
    issued = secure.authority.client(OTHER.upn)
    files = {
        "certificate_pem": secure.write("client.pem", issued.certificate_pem),
        "certificate_key_pem": secure.write("client.key", issued.key_pem),
    }
    assert await secure.caller(auth="certificate", username=None, password=None, **files) == OTHER.name


async def test_a_client_certificate_of_nobody_is_refused(secure: Secure) -> None:
    issued = secure.authority.client("nobody@contoso.com")
    files = {
        "certificate_pem": secure.write("client.pem", issued.certificate_pem),
        "certificate_key_pem": secure.write("client.key", issued.key_pem),
    }
    with pytest.raises(AuthenticationError):
        await secure.caller(auth="certificate", **files)


async def test_a_client_certificate_of_another_authority_is_refused(secure: Secure) -> None:
    issued = Authority(datetime.now(UTC), "Somebody Else").client(ACCOUNT.upn)
    files = {
        "certificate_pem": secure.write("client.pem", issued.certificate_pem),
        "certificate_key_pem": secure.write("client.key", issued.key_pem),
    }
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.SSLError)):
        await secure.caller(auth="certificate", **files)


async def test_the_server_s_leaf_verifies_by_its_own_name(secure: Secure) -> None:
    context = ssl.create_default_context(cafile=secure.trust)
    _, writer = await asyncio.open_connection("127.0.0.1", secure.port, ssl=context, server_hostname=SERVER)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("name", ["CONTOSO\\svc-um", "svc-um@contoso.com"])
async def test_ntlm_over_http_encrypts_messages(name: str, gap: bool) -> None:
    host = ToyHost()
    policy = replace(default_policy(SERVER, secure=False), gap_in_boundary=gap)
    async with running(host, policy=policy) as (_, port):
        await invoke_over_http(port, **NTLM, username=name)
    assert host.callers[-1].account == ACCOUNT.name


async def test_a_plain_message_over_http_is_refused() -> None:
    host = ToyHost()
    async with running(host, policy=default_policy(SERVER, secure=False)) as (_, port):
        with pytest.raises(WinRMTransportError) as refused:
            await invoke_over_http(port, auth="ntlm", encryption="never")
    assert refused.value.code == 500
    assert host.received == []


async def test_basic_is_not_offered_over_http() -> None:
    async with running(ToyHost(), policy=default_policy(SERVER, secure=False)) as (server, port):
        with pytest.raises(AuthenticationError):
            await invoke_over_http(port)
        assert server.counters.refused_credentials == 1


@pytest.mark.parametrize("settings", [NTLM, {}], ids=["ntlm", "basic"])
@pytest.mark.parametrize("who", [{"password": "wrong"}, {"username": "CONTOSO\\nobody"}], ids=str)
async def test_wrong_credentials_are_refused(settings: dict[str, Any], who: dict[str, str]) -> None:
    policy = Policy(frozenset({Method.NEGOTIATE, Method.BASIC}), allow_unencrypted=True)
    async with running(ToyHost(), policy=policy) as (server, port):
        with pytest.raises(AuthenticationError):
            await invoke_over_http(port, **settings, **who)
        assert server.service.shells == {}


class Ticket:
    """A Kerberos context that is complete, as the acceptor's library shows it."""

    complete = True
    client_principal = ACCOUNT.upn.upper()

    def __init__(self, target: str) -> None:
        self._context = SimpleNamespace(target_name=target)

    def step(self, token: bytes) -> bytes:
        return token


@pytest.mark.parametrize(
    ("target", "account"),
    [
        ("HTTP/ex01.contoso.com@CONTOSO.COM", ACCOUNT.name),
        ("HOST/EX01@CONTOSO.COM", ACCOUNT.name),
        ("HTTP/ex02.contoso.com@CONTOSO.COM", None),
        ("ldap/ex01.contoso.com@CONTOSO.COM", None),
        ("", None),
    ],
)
def test_a_ticket_counts_for_the_server_s_own_principals_only(
    monkeypatch: pytest.MonkeyPatch, target: str, account: str | None
) -> None:
    monkeypatch.setattr("spnego.server", lambda **_: Ticket(target))
    accounts = Accounts([ACCOUNT])
    try:
        verdict = Authenticator(default_policy(SERVER, secure=False), accounts).judge("Negotiate AAAA")
        assert verdict.account == account
    finally:
        accounts.close()


async def test_a_new_connection_must_prove_itself_anew() -> None:
    def reconnect(port: int) -> None:
        with session(port, **NTLM) as remote:
            remote.pool.connection.transport.session.close()
            remote.invoke("Get-UMService")

    async with running(ToyHost(), policy=default_policy(SERVER, secure=False)) as (_, port):
        with pytest.raises(WinRMTransportError) as refused:
            await asyncio.to_thread(reconnect, port)
    assert refused.value.code == 400


async def test_two_accounts_do_not_see_each_other_s_shells() -> None:
    def steal(port: int) -> None:
        with session(port) as remote, transport(port, username=OTHER.name, password=OTHER.password) as wsman:
            remote.pool.connection = wsman
            remote.pool.shell.wsman = wsman
            remote.invoke("Get-UMService")

    async with running(ToyHost()) as (server, port):
        with pytest.raises(Exception, match="invalid selectors"):
            await asyncio.to_thread(steal, port)
        assert server.counters.faults[2150858843]


async def test_the_password_file_exists_only_while_the_server_does() -> None:
    before = dict(os.environ)
    async with running(ToyHost(), policy=default_policy(SERVER, secure=False)) as (_, port):
        await invoke_over_http(port, **NTLM)
    assert dict(os.environ) == before
