"""Kerberos from a real KDC: pypsrp does everything, and a server refuses tickets that are not for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import spnego
from pypsrp.exceptions import AuthenticationError

import kerberos_kdc
from kerberos_kdc import KDC, REALM, running_kdc
from um_operator.lab.wsman.accounts import Accounts
from um_operator.lab.wsman.auth import Method, Policy
from um_operator.lab.wsman.server import WSManServer, default_policy
from um_operator.lab.wsman.service import Endpoint
from um_operator.lab.wsman.tls import Authority
from wsman_everything import everything
from wsman_support import ACCOUNT, SERVER, ToyHost, name_leads_to_loopback, session

pytestmark = pytest.mark.skipif(bool(kerberos_kdc.missing()), reason=kerberos_kdc.missing() or "-")
NEIGHBOUR = "ex02.contoso.com"
USER = f"svc-um@{REALM}"


@dataclass(frozen=True)
class Realm:
    """A KDC and the keytab of two servers."""

    kdc: KDC
    servers: Path


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    with running_kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        kdc.user("svc-um", ACCOUNT.password)
        kdc.user("stranger", ACCOUNT.password)
        hosts = [f"{service}/{host}" for service in ("HTTP", "host") for host in (SERVER, NEIGHBOUR)]
        yield Realm(kdc, kdc.keytab("servers.keytab", hosts))


@pytest.fixture(autouse=True)
def realm_is_known(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in realm.kdc.environment.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True)
class Lab:
    """A server that holds the keytab, and how to reach it."""

    server: WSManServer
    host: ToyHost
    http: int
    https: int
    trust: str

    async def everything(self, **settings: Any) -> None:
        """Do everything in one session."""
        await asyncio.to_thread(self._everything, settings)

    def _everything(self, settings: dict[str, Any]) -> None:
        defaults = {
            "server": SERVER,
            "auth": "kerberos",
            "encryption": "auto",
            "username": USER,
            "negotiate_service": "HTTP",
            "cert_validation": self.trust,
        }
        port = self.https if settings.get("ssl") else self.http
        with name_leads_to_loopback(SERVER), session(port, **{**defaults, **settings}) as remote:
            everything(remote)


@asynccontextmanager
async def lab_of(realm: Realm, folder: Path, policy: Policy | None = None) -> AsyncIterator[Lab]:
    accounts = Accounts([ACCOUNT], realm.servers)
    host = ToyHost()
    server = WSManServer(SERVER, [Endpoint("/PowerShell/", "Microsoft.Exchange", host)], accounts)
    authority = Authority(datetime.now(UTC))
    (folder / "ca.pem").write_bytes(authority.pem)
    http = await server.listen("127.0.0.1", 0, policy=policy)
    https = await server.listen("127.0.0.1", 0, tls=authority.listener([SERVER]))
    try:
        yield Lab(server, host, http, https, str(folder / "ca.pem"))
    finally:
        await server.stop()
        accounts.close()


@pytest.mark.parametrize("service", ["HTTP", "host"])
async def test_everything_over_http_is_encrypted(realm: Realm, tmp_path: Path, service: str) -> None:
    async with lab_of(realm, tmp_path) as lab:
        await lab.everything(negotiate_service=service)
        assert {caller.account for caller in lab.host.callers} == {ACCOUNT.name}
        assert lab.server.counters.faults == {}


async def test_everything_over_https_is_bound_to_the_channel(realm: Realm, tmp_path: Path) -> None:
    async with lab_of(realm, tmp_path) as lab:
        await lab.everything(ssl=True)
        assert {caller.account for caller in lab.host.callers} == {ACCOUNT.name}


async def test_everything_where_only_kerberos_is_offered(realm: Realm, tmp_path: Path) -> None:
    principals = default_policy(SERVER, secure=False).principals
    async with lab_of(realm, tmp_path, Policy(frozenset({Method.KERBEROS}), principals)) as lab:
        await lab.everything()
        assert lab.host.callers


async def test_a_keytab_does_what_a_password_does(realm: Realm, tmp_path: Path) -> None:
    keytab = spnego.KerberosKeytab(keytab=f"FILE:{realm.kdc.keytab_of_user('svc-um')}", principal=USER)
    async with lab_of(realm, tmp_path) as lab:
        await lab.everything(username=keytab, password=None)
        assert {caller.account for caller in lab.host.callers} == {ACCOUNT.name}


async def test_a_ticket_for_another_server_is_refused(realm: Realm, tmp_path: Path) -> None:
    async with lab_of(realm, tmp_path) as lab:
        with pytest.raises(AuthenticationError):
            await lab.everything(negotiate_hostname_override=NEIGHBOUR)
        assert lab.server.service.shells == {}


async def test_it_is_the_principal_alone_that_decides_whose_ticket_it_is(
    realm: Realm, tmp_path: Path
) -> None:
    principals = default_policy(NEIGHBOUR, secure=False).principals
    async with lab_of(realm, tmp_path, Policy(frozenset({Method.NEGOTIATE}), principals)) as lab:
        await lab.everything(negotiate_hostname_override=NEIGHBOUR)
        assert lab.host.callers


async def test_a_ticket_without_the_channel_s_binding_is_refused(
    realm: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = b"tls-server-end-point:" + b"\x01" * 32
    monkeypatch.setattr("pypsrp.negotiate.HTTPNegotiateAuth._get_cbt_data", staticmethod(lambda _: other))
    async with lab_of(realm, tmp_path) as lab:
        with pytest.raises(AuthenticationError):
            await lab.everything(ssl=True)


async def test_a_principal_without_account_is_refused(realm: Realm, tmp_path: Path) -> None:
    async with lab_of(realm, tmp_path) as lab:
        with pytest.raises(AuthenticationError):
            await lab.everything(username=f"stranger@{REALM}")


async def test_the_kdc_refuses_a_wrong_password(realm: Realm, tmp_path: Path) -> None:
    async with lab_of(realm, tmp_path) as lab:
        with pytest.raises(Exception, match="Decrypt integrity check failed"):
            await lab.everything(password="wrong")
        assert lab.server.service.shells == {}
