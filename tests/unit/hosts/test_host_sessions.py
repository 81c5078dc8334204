from __future__ import annotations

import pytest

from remoting_support import ACCOUNT, Estate, Server
from um_operator.api.connection import Hosts
from um_operator.hosts.sessions import A_HOST, HostSessions, endpoint_of
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.endpoint import Endpoint, EndpointError
from um_operator.remoting.errors import AuthenticationFailed, EndpointNotFound
from um_operator.remoting.pool import SessionPool, account_breaker
from um_operator.remoting.session import Command

READ = Command("Get-CimInstance")
BASIC = Authentication(Method.BASIC, Password("svc-um", "Blue-Harbour-7"))


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (Hosts(), "http://ex01.contoso.com:5985/wsman"),
        (Hosts(scheme="HTTPS"), "https://ex01.contoso.com:5986/wsman"),
        (Hosts(port=15985), "http://ex01.contoso.com:15985/wsman"),
    ],
)
def test_a_host_answers_under_its_own_name_on_the_port_of_winrm(hosts: Hosts, url: str) -> None:
    endpoint = endpoint_of("ex01.contoso.com", hosts, ACCOUNT)
    assert (endpoint.url, endpoint.configuration_name, endpoint.address) == (
        url,
        "Microsoft.PowerShell",
        None,
    )


def test_an_override_changes_where_one_server_is_reached_and_not_its_name() -> None:
    elsewhere = {"name": "EX01.contoso.com", "address": "10.0.0.7", "port": 25985}
    hosts = Hosts.model_validate({"configurationName": "UMOperator", "overrides": [elsewhere]})
    there, other = (endpoint_of(f"{name}.contoso.com", hosts, ACCOUNT, "CA") for name in ("ex01", "ex02"))
    assert (there.url, there.address) == ("http://ex01.contoso.com:25985/wsman", "10.0.0.7")
    assert (other.url, other.address) == ("http://ex02.contoso.com:5985/wsman", None)
    assert (there.configuration_name, there.ca_pem) == ("UMOperator", "CA")


def test_an_account_that_does_not_encrypt_needs_https() -> None:
    with pytest.raises(EndpointError, match="must be https"):
        endpoint_of("ex01.contoso.com", Hosts(), BASIC)


class Farm(Estate):
    """Hosts that share an account."""

    def __init__(self) -> None:
        super().__init__({name: Server() for name in ("ex01", "ex02", "ex03")})
        self.account = account_breaker()

    def pool(self, endpoint: Endpoint) -> SessionPool:
        return SessionPool([endpoint], limits=A_HOST, open_session=self.session, account=self.account)

    def sessions(self) -> HostSessions:
        return HostSessions(lambda host: endpoint_of(host, Hosts(), ACCOUNT), self.pool)


async def test_each_host_has_sessions_of_its_own_and_all_are_freed() -> None:
    farm = Farm()
    sessions = farm.sessions()
    for host in ("ex01.contoso.com", "EX01.contoso.com", "ex02.contoso.com"):
        await sessions.invoke(host, READ, deadline=5, write=False)
    assert [server.opened for server in farm.servers.values()] == [1, 1, 0]
    assert [len(server.ran) for server in farm.servers.values()] == [2, 1, 0]
    await sessions.close()
    assert [server.shells for server in farm.servers.values()] == [0, 0, 0]


async def test_an_account_that_one_host_refused_is_not_tried_on_the_others() -> None:
    farm = Farm()
    sessions = farm.sessions()

    def refuse() -> None:
        raise AuthenticationFailed("no", sent=False)

    farm.servers["ex01"].opening = refuse
    for host in ("ex01.contoso.com", "ex02.contoso.com", "ex03.contoso.com"):
        with pytest.raises(AuthenticationFailed):
            await sessions.invoke(host, READ, deadline=5, write=False)
    assert [server.opened for server in farm.servers.values()] == [1, 0, 0]
    await sessions.close()


async def test_a_host_that_may_not_be_reached_this_way_is_unusable_and_not_sent_to() -> None:
    sessions = HostSessions(lambda host: endpoint_of(host, Hosts(), BASIC), Farm().pool)
    with pytest.raises(EndpointNotFound) as error:
        await sessions.invoke("ex01.contoso.com", READ, deadline=5, write=True)
    assert not error.value.sent
