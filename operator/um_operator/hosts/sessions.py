"""The way into each host: its own WinRM, one small pool of sessions a host, one account for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from um_operator.api.connection import Hosts
from um_operator.observed.values import name_key
from um_operator.remoting import endpoint as endpoints
from um_operator.remoting.credentials import Authentication
from um_operator.remoting.endpoint import Endpoint, EndpointError
from um_operator.remoting.errors import EndpointNotFound
from um_operator.remoting.pool import SessionPool
from um_operator.remoting.server_sessions import Limits
from um_operator.remoting.session import Command, Result

PATH: Final = "wsman"
PORTS: Final = {"HTTP": 5985, "HTTPS": 5986}
A_HOST: Final = Limits(per_endpoint=2, total=2, waiting=32)
"""One session for reading and one for writing at the same time."""


class HostInvoker(Protocol):
    """Runs commands on hosts."""

    async def invoke(self, host: str, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command on a host (FQDN) within ``deadline`` seconds; a ``write`` is sent at most once.

        Raises:
            RemotingError: there is no result; ``sent`` says whether the command may have run.
        """


@dataclass(frozen=True, slots=True)
class OneHost:
    """A host as a place to run commands, for what needs no more than one."""

    hosts: HostInvoker
    host: str

    async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command; see ``HostInvoker``."""
        return await self.hosts.invoke(self.host, command, deadline=deadline, write=write)


def endpoint_of(host: str, hosts: Hosts, account: Authentication, ca_pem: str | None = None) -> Endpoint:
    """Return the WinRM of a host as ``spec.exchange.hosts`` says.

    Raises:
        EndpointError: the account would travel unprotected.
    """
    override = next((one for one in hosts.overrides if name_key(one.name) == name_key(host)), None)
    port = (override.port if override else None) or hosts.port or PORTS[hosts.scheme]
    return endpoints.parse(
        f"{hosts.scheme.lower()}://{host}:{port}/{PATH}",
        account,
        configuration_name=hosts.configuration_name,
        ca_pem=ca_pem,
        address=override.address if override else None,
    )


class HostSessions:
    """Sessions with hosts, opened with the first command for each.

    Args:
        endpoint: gives the WinRM of a host; may raise EndpointError.
        pool: makes the pool of one endpoint; those of one account share what its refusal means.
    """

    def __init__(self, endpoint: Callable[[str], Endpoint], pool: Callable[[Endpoint], SessionPool]) -> None:
        self._endpoint = endpoint
        self._pool = pool
        self._pools: dict[str, SessionPool] = {}

    async def invoke(self, host: str, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command; see ``HostInvoker``."""
        return await self._of(host).invoke(command, deadline=deadline, write=write)

    async def close(self) -> None:
        """Free every session."""
        pools, self._pools = self._pools, {}
        await asyncio.gather(*(pool.close() for pool in pools.values()))

    def _of(self, host: str) -> SessionPool:
        key = name_key(host)
        if key not in self._pools:
            try:
                self._pools[key] = self._pool(self._endpoint(host))
            except EndpointError as error:
                raise EndpointNotFound(str(error), sent=False) from None
        return self._pools[key]
