"""A server with a toy cmdlet host, and unmodified pypsrp as its client: for tests of the lab's protocol."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from pypsrp.complex_objects import RunspacePoolState
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from um_operator.lab.clock import Clock
from um_operator.lab.powershell import (
    Caller,
    CmdletError,
    EnumValue,
    Invocation,
    PSObject,
    SecureString,
    Streams,
)
from um_operator.lab.wsman.accounts import Account, Accounts
from um_operator.lab.wsman.auth import Method, Policy
from um_operator.lab.wsman.clixml import EnumStyle
from um_operator.lab.wsman.interference import Interference
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import Endpoint, Quotas

SERVER = "ex01.contoso.com"
ACCOUNT = Account("CONTOSO\\svc-um", "Blue-Harbour-7", "svc-um@contoso.com")
OTHER = Account("CONTOSO\\admin", "Red-Harbour-8", "admin@contoso.com")
PLAIN_BASIC = Policy(frozenset({Method.BASIC}), allow_unencrypted=True)
UM_SERVICE = ("Microsoft.Exchange.Data.Directory.Management.UMServer", "System.Object")


class ToyHost:
    """Cmdlets that show each kind of output, and what arrived of each kind of parameter."""

    def __init__(self) -> None:
        self.received: list[Invocation] = []
        self.callers: list[Caller] = []
        self.effects = 0
        self.release = asyncio.Event()

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        self.received.append(invocation)
        self.callers.append(caller)
        cmdlet = getattr(self, invocation.cmdlet.replace("-", "_").lower(), None)
        if cmdlet is None:
            raise CmdletError(
                f"The term '{invocation.cmdlet}' is not recognized.",
                "CommandNotFoundException",
                "ObjectNotFound",
                "System.Management.Automation.CommandNotFoundException",
                target=invocation.cmdlet,
            )
        await cmdlet(invocation, streams)

    async def get_umservice(self, invocation: Invocation, streams: Streams) -> None:
        count = invocation.parameters.get("ResultSize", 1)
        assert isinstance(count, int)
        for number in range(1, count + 1):
            name = f"ex{number:02d}"
            streams.output(
                PSObject(
                    UM_SERVICE,
                    name,
                    {
                        "Name": name,
                        "MaxCallsAllowed": 100,
                        "DialPlans": ["Berlin", "Köln"],
                        "UMStartupMode": EnumValue("Microsoft.Exchange.Data.UMStartupMode", "Dual", 2),
                        "SipTlsListeningPort": None,
                    },
                )
            )

    async def set_umservice(self, _invocation: Invocation, streams: Streams) -> None:
        self.effects += 1
        streams.warning("Changes take effect after a restart.")

    async def import_exchangecertificate(self, invocation: Invocation, streams: Streams) -> None:
        password, data = invocation.parameters["Password"], invocation.parameters["FileData"]
        assert isinstance(password, SecureString)
        assert isinstance(data, bytes)
        streams.output(f"{len(password.plain)} characters, {len(data)} bytes")

    async def get_umdialplan(self, invocation: Invocation, streams: Streams) -> None:
        identity = str(invocation.parameters["Identity"])
        streams.error(
            CmdletError(
                f"The operation couldn't be performed because object '{identity}' couldn't be found.",
                "[Server=EX01,RequestId=1,TimeStamp=1/5/2026 9:00:00 AM] "
                "[FailureCategory=Cmdlet-ManagementObjectNotFoundException] A1B2C3D4,"
                "Microsoft.Exchange.Management.SystemConfigurationTasks.GetUMDialplan",
                "NotSpecified",
                "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
                target=identity,
                activity="Get-UMDialPlan",
            )
        )
        streams.output("went on")

    async def wait_release(self, _invocation: Invocation, streams: Streams) -> None:
        await self.release.wait()
        self.effects += 1
        streams.output("released")

    async def write_input(self, invocation: Invocation, streams: Streams) -> None:
        for value in (*invocation.positional, *invocation.pipeline_input):
            streams.output(value)


@asynccontextmanager
async def running(
    host: ToyHost,
    *,
    policy: Policy | None = None,
    clock: Clock | None = None,
    quotas: Quotas | None = None,
    interference: Interference | None = None,
    enums: EnumStyle = EnumStyle.OBJECT,
    accounts: Sequence[Account] = (ACCOUNT, OTHER),
) -> AsyncIterator[tuple[WSManServer, int]]:
    """Run a server with ``/PowerShell/`` on loopback over HTTP; give it and its port."""
    known = Accounts(accounts)
    endpoint = Endpoint("/PowerShell/", "Microsoft.Exchange", host, enums)
    server = WSManServer(SERVER, [endpoint], known, clock=clock, quotas=quotas, interference=interference)
    try:
        yield server, await server.listen("127.0.0.1", 0, policy=policy or PLAIN_BASIC)
    finally:
        await server.stop()
        known.close()


@contextmanager
def name_leads_to_loopback(name: str) -> Iterator[None]:
    """Resolve one host name to 127.0.0.1, so that names, SPNs and certificates are the true ones."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *rest: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == name else host, *rest, **options)

    socket.getaddrinfo = resolved
    try:
        yield
    finally:
        socket.getaddrinfo = resolve


def transport(port: int, server: str = "127.0.0.1", **settings: Any) -> WSMan:
    """A pypsrp transport with Basic over plain HTTP unless told otherwise."""
    defaults: dict[str, Any] = {
        "port": port,
        "ssl": False,
        "path": "PowerShell/",
        "auth": "basic",
        "encryption": "never",
        "username": ACCOUNT.name,
        "password": ACCOUNT.password,
        "no_proxy": True,
        "reconnection_backoff": 0.01,
    }
    return WSMan(server, **{**defaults, **settings})


class Remote:
    """An open pypsrp pool; blocking, so tests call it in a thread."""

    def __init__(self, pool: RunspacePool) -> None:
        self.pool = pool

    def invoke(self, name: str, given: list[Any] | None = None, **parameters: Any) -> PowerShell:
        """Invoke one cmdlet and close its pipeline."""
        shell = PowerShell(self.pool).add_cmdlet(name).add_parameters(parameters)
        shell.invoke(given)  # type: ignore[arg-type]  # its annotation forgets lists
        shell.close()
        return shell

    def forget(self) -> None:
        """Leave the shell on the server as it is: the pool is not closed any more."""
        self.pool.state = RunspacePoolState.CLOSED

    def each_send(self, change: Callable[[Callable[..., bytes], bytes], bytes]) -> None:
        """Pass every message through ``change(send, message)``."""
        send = self.pool.connection.transport.send
        self.pool.connection.transport.send = lambda message, **_: change(send, message)  # type: ignore[method-assign]


@contextmanager
def session(port: int, **settings: Any) -> Any:
    """Open a pool on ``Microsoft.Exchange``."""
    with (
        transport(port, **settings) as wsman,
        RunspacePool(wsman, configuration_name="Microsoft.Exchange") as pool,
    ):
        yield Remote(pool)
