"""Sessions that do as a test says, endpoints to nowhere, and a clock that only the test moves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from um_operator.remoting import endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.session import Command, Result

ACCOUNT = Authentication(Method.NTLM, Password("CONTOSO\\svc-um", "Blue-Harbour-7"))
READ = Command("Get-UMDialPlan")
WRITE = Command("Set-UMDialPlan", {"Identity": "Berlin"})

Act = Callable[[Command], Result]


def endpoint_of(name: str) -> Endpoint:
    return endpoint.parse(f"http://{name}.contoso.com/PowerShell/", ACCOUNT)


async def eventually(check: Callable[[], bool]) -> None:
    """Wait until something that threads or servers change is so."""
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 - no event of ours says so
            await asyncio.sleep(0.002)


@dataclass
class ManualClock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)
        await asyncio.sleep(0)


@dataclass
class Server:
    """What one server's sessions do: ``opening`` and ``invoking`` raise or return for each call."""

    opening: Callable[[], None] = lambda: None
    invoking: Act = lambda _: Result(rows=())
    opened: int = 0
    closed: int = 0
    most_open: int = 0
    ran: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def shells(self) -> int:
        return self.opened - self.closed


@dataclass
class ScriptedSession:
    """A Session; fails the test's server when two threads use it at once."""

    server: Server
    busy: threading.Lock = field(default_factory=threading.Lock)
    is_open: bool = False

    def open(self, _deadline: float) -> None:
        with self.server.lock:
            self.server.opened += 1
            self.server.most_open = max(self.server.most_open, self.server.shells)
        self.is_open = True
        self.server.opening()

    def invoke(self, command: Command, _deadline: float) -> Result:
        assert self.is_open
        assert self.busy.acquire(blocking=False), "two threads use one session"
        try:
            self.server.ran.append(command.name)
            return self.server.invoking(command)
        finally:
            self.busy.release()

    def close(self) -> None:
        if self.is_open:
            with self.server.lock:
                self.server.closed += 1
            self.is_open = False


@dataclass
class Estate:
    """Servers by host name, and a factory of sessions with them."""

    servers: dict[str, Server]

    def session(self, target: Endpoint) -> ScriptedSession:
        return ScriptedSession(self.servers[target.host.partition(".")[0]])

    def endpoints(self) -> list[Endpoint]:
        return [endpoint_of(name) for name in self.servers]
