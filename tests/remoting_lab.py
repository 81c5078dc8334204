"""The lab's WSMan server for backends of the Session port: a toy host, trouble at will, ways to connect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Self

import pytest

from um_operator.lab.powershell import CmdletError, Invocation, PSObject, SecureString, Streams
from um_operator.lab.wsman.auth import Policy
from um_operator.lab.wsman.faults import WSManFault
from um_operator.lab.wsman.interference import Disturbance, Seen
from um_operator.lab.wsman.server import WSManServer, default_policy
from um_operator.lab.wsman.service import Quotas
from um_operator.lab.wsman.tls import Authority
from um_operator.remoting import endpoint
from um_operator.remoting.credentials import (
    Account,
    Authentication,
    ClientCertificate,
    Method,
    Password,
)
from um_operator.remoting.endpoint import Endpoint, Timeouts
from um_operator.remoting.session import Command, Result, Session
from wsman_support import ACCOUNT, SERVER, ToyHost, running

Backend = Callable[[Endpoint], Session]
PASSWORD = Password(ACCOUNT.name, ACCOUNT.password)
QUICK = Timeouts(connect=2, operation=1, read=3, close=2)


class Way(Enum):
    """How a session connects: who encrypts, and what proves the account."""

    NTLM_HTTP = "NTLM over HTTP"
    NTLM_HTTPS = "NTLM over HTTPS"
    BASIC_HTTPS = "Basic over HTTPS"
    CERTIFICATE_HTTPS = "certificate over HTTPS"


A_WAY_OF_EACH_KIND = pytest.mark.parametrize(
    "way",
    [
        pytest.param(
            way,
            id=way.name.lower(),
            marks=() if way in {Way.NTLM_HTTP, Way.BASIC_HTTPS} else pytest.mark.night,
        )
        for way in Way
    ],
)
"""For what is the same however the account is proven: by day once encrypted by the protocol, once by TLS."""


class SessionHost(ToyHost):
    """Cmdlets that give back what they got, and ones that end badly."""

    async def get_nothing(self, _invocation: Invocation, _streams: Streams) -> None:
        self.effects += 0

    async def get_null(self, _invocation: Invocation, streams: Streams) -> None:
        streams.output(None)

    async def get_argument(self, invocation: Invocation, streams: Streams) -> None:
        value = invocation.parameters["Value"]
        streams.output(f"secret of {len(value.plain)}" if isinstance(value, SecureString) else value)

    async def get_arguments(self, invocation: Invocation, streams: Streams) -> None:
        streams.output(PSObject(("Lab.Arguments",), "", invocation.parameters))

    async def get_length(self, invocation: Invocation, streams: Streams) -> None:
        value = invocation.parameters["Value"]
        assert isinstance(value, bytes)
        streams.output(len(value))

    async def select_object(self, invocation: Invocation, streams: Streams) -> None:
        wanted = invocation.parameters["Property"]
        assert isinstance(wanted, Sequence)
        for given in invocation.pipeline_input:
            assert isinstance(given, PSObject)
            streams.output(
                PSObject(("Selected",), "", {str(name): given.properties[str(name)] for name in wanted})
            )

    async def set_brokenly(self, _invocation: Invocation, streams: Streams) -> None:
        self.effects += 1
        streams.output("first")
        raise CmdletError(
            "The operation failed.",
            "[Server=EX01,RequestId=1,TimeStamp=1] [FailureCategory=Cmdlet-ADTransientException] A1,Set-X",
            "ResourceUnavailable",
            "Microsoft.Exchange.Data.Directory.ADTransientException",
            target="Berlin",
        )


@dataclass
class Trouble:
    """What shall happen to the next requests of a verb, in order."""

    script: list[tuple[str, Disturbance | WSManFault]] = field(default_factory=list)
    down: bool = False

    def accepts(self, _server: str) -> bool:
        return not self.down

    async def before(self, seen: Seen) -> Disturbance:
        for number, (verb, disturbance) in enumerate(self.script):
            if verb == seen.verb:
                del self.script[number]
                if isinstance(disturbance, WSManFault):
                    raise disturbance
                return disturbance
        return Disturbance.NONE

    def at(self, verb: str, *disturbances: Disturbance | WSManFault) -> None:
        self.script.extend((verb, disturbance) for disturbance in disturbances)


@dataclass
class Farm:
    """One server, its toy host, and the backend under test."""

    backend: Backend
    server: WSManServer
    host: SessionHost
    trouble: Trouble
    endpoint: Endpoint

    @property
    def shells(self) -> int:
        return len(self.server.service.shells)

    @property
    def commands(self) -> int:
        return sum(len(opened.shell.commands) for opened in self.server.service.shells.values())

    async def open(self, *, deadline: float = 20, **changes: object) -> Remote:
        """Open a session with the endpoint, some of whose fields are changed; closed if it fails to open."""
        session = self.backend(replace(self.endpoint, **changes))  # type: ignore[arg-type]
        try:
            await asyncio.to_thread(session.open, deadline)
        except BaseException:
            await asyncio.to_thread(session.close)
            raise
        return Remote(session)


@dataclass
class Remote:
    """An open session for tests that await."""

    session: Session

    async def __call__(self, name: str, *, deadline: float = 20, **parameters: object) -> Result:
        return await self.run(Command(name, parameters), deadline=deadline)  # type: ignore[arg-type]

    async def run(self, command: Command, *, deadline: float = 20) -> Result:
        return await asyncio.to_thread(self.session.invoke, command, deadline)

    async def close(self) -> None:
        await asyncio.to_thread(self.session.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@asynccontextmanager
async def farm(backend: Backend, way: Way, *, quotas: Quotas | None = None) -> AsyncIterator[Farm]:
    """Run a server that is reached in one way; its name leads to loopback only under ``connect_to``."""
    host, trouble = SessionHost(), Trouble()
    policy = default_policy(SERVER, secure=False)
    async with running(host, policy=policy, interference=trouble, quotas=quotas) as (server, port):
        if way is Way.NTLM_HTTP:
            target = endpoint.parse(
                f"http://{SERVER}:{port}/PowerShell/", Authentication(Method.NTLM, PASSWORD)
            )
        else:
            target = await _over_tls(server, way)
        yield Farm(backend, server, host, trouble, replace(target, timeouts=QUICK))


async def _over_tls(server: WSManServer, way: Way) -> Endpoint:
    authority = Authority(datetime.now(UTC))
    policy: Policy | None = None
    account: Account = PASSWORD
    method = {Way.NTLM_HTTPS: Method.NTLM, Way.BASIC_HTTPS: Method.BASIC}.get(way, Method.CERTIFICATE)
    if method is Method.CERTIFICATE:
        issued = authority.client(ACCOUNT.upn)
        account = ClientCertificate(issued.certificate_pem, issued.key_pem)
    port = await server.listen("127.0.0.1", 0, tls=authority.listener([SERVER]), policy=policy)
    return endpoint.parse(
        f"https://{SERVER}:{port}/PowerShell/",
        Authentication(method, account),
        ca_pem=authority.pem.decode(),
    )
