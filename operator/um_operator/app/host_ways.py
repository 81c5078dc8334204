"""The ways to the hosts of a product: each its own WinRM, one account for all."""

from __future__ import annotations

from functools import partial

from um_operator.api.connection import Hosts
from um_operator.hosts.sessions import A_HOST, HostSessions, endpoint_of
from um_operator.remoting.credentials import Authentication
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.pool import Observer, SessionPool, account_breaker


def host_sessions(
    hosts: Hosts, account: Authentication, ca_pem: str | None, observe: Observer
) -> HostSessions:
    """Return the ways to the hosts: what refuses the account once is not asked again by the others."""
    refused = account_breaker()

    def pool(endpoint: Endpoint) -> SessionPool:
        return SessionPool([endpoint], limits=A_HOST, observe=observe, account=refused)

    return HostSessions(partial(endpoint_of, hosts=hosts, account=account, ca_pem=ca_pem), pool)
