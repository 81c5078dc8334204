"""A pool of sessions for asyncio: bounded, with retries for reads, and fail-over along the endpoints.

Sessions block and belong to one thread while they work, so each runs in a thread of the pool's own executor.
What is retried is decided here alone: a read whenever a new session or another server may help, a write only
while it certainly did not run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any, Self, TypeAlias, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from um_operator.remoting.breaker import Breaker
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    RemotingError,
    SessionLost,
    Throttled,
)
from um_operator.remoting.server_sessions import Lease, Limits, ServerSessions
from um_operator.remoting.session import Command, Result, Session

T = TypeVar("T")
Observer: TypeAlias = Callable[[str, str, float, str], None]
"""Takes the endpoint's URL, the cmdlet, the seconds, and the outcome of one attempt: ``ok``, ``error`` (with
error records), or the name of what was raised."""

_GRACE = 1.0
"""Sessions keep deadlines themselves; but a resolver, or a server that drips, can hold a thread longer."""

_ACCOUNT_PAUSE = 60.0
_LONGEST_ACCOUNT_PAUSE = 900.0
_BACKOFF = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)


def _pypsrp(endpoint: Endpoint) -> Session:
    """Load the backend with the first session, in a thread: most commands begin without a connection."""
    from um_operator.remoting.pypsrp_backend import PypsrpSession  # noqa: PLC0415

    return PypsrpSession(endpoint)


class SessionPool:
    """Sessions with the servers of one organisation, for one account.

    Args:
        endpoints: tried in order; the next one is used while those before it fail.
        open_session: makes an unopened session; another backend in its place must pass tests/remoting.
        observe: told of each attempt, on the event loop.
        account: shared by pools of one account: what one was refused, none tries again for a while.
        clock: monotonic seconds.
        sleep: how a retry waits.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        limits: Limits | None = None,
        open_session: Callable[[Endpoint], Session] = _pypsrp,
        observe: Observer = lambda *_: None,
        account: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits or Limits()
        self._servers = [self._server(endpoint) for endpoint in endpoints]
        self._open_session = open_session
        self._observe = observe
        self._clock = clock
        self._sleep = sleep
        self._account = account or account_breaker()
        self._total = asyncio.Semaphore(self._limits.total)
        self._executor = ThreadPoolExecutor(self._limits.total, thread_name_prefix="powershell")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._in_use = 0
        self._waiting = 0
        self._closed = False
        self.answered_by: str | None = None
        """The URL of the endpoint that answered last."""

    async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command within ``deadline`` seconds; a write is sent at most once.

        A cancelled caller does not stop a command that runs: it ends by itself within its deadline, and its
        session serves on.

        Raises:
            RemotingError: of the last attempt; ``sent`` says whether the command may have run.
        """
        limit = self._clock() + deadline
        retrying = AsyncRetrying(
            sleep=self._sleep,
            wait=self._pause,
            stop=lambda state: self._gives_up(state, limit),
            retry=retry_if_exception(lambda error: may_repeat(error, write=write)),
            reraise=True,
        )
        return await retrying(self._attempt, command, limit)

    @property
    def sessions(self) -> int:
        """Return how many sessions are open or being opened, at work or at rest."""
        return self._in_use + sum(len(server.at_rest) for server in self._servers)

    async def close(self) -> None:
        """Let what runs finish, for a bounded time, then delete every shell."""
        self._closed = True
        try:
            async with asyncio.timeout(self._limits.closing):
                while self._tasks:
                    await asyncio.wait(self._tasks)
                at_rest = [pooled for server in self._servers for pooled in server.take_all()]
                await asyncio.gather(*(self._in_thread(pooled.session.close) for pooled in at_rest))
        except TimeoutError:
            pass  # threads that still hang end with their own deadlines
        finally:
            self._executor.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _server(self, endpoint: Endpoint) -> ServerSessions:
        slots = asyncio.Semaphore(self._limits.per_endpoint)
        return ServerSessions(endpoint, slots, Breaker(1.0, self._limits.longest_pause))

    async def _attempt(self, command: Command, limit: float) -> Result:
        server = self._choose()
        held = await self._slot(server, limit)
        work = self._track(self._run(server, held, command, limit))
        try:
            async with asyncio.timeout(max(0.0, limit - self._clock()) + _GRACE):
                return await asyncio.shield(work)
        except TimeoutError:
            message = f'"{server.endpoint.url}" keeps its thread past the deadline'
            raise DeadlineExceeded(message, sent=True) from None

    def _choose(self) -> ServerSessions:
        now = self._clock()
        if self._account.wait(now) > 0:
            raise self._account.refusal()
        for server in self._servers:
            if server.breaker.wait(now) <= 0:
                return server
        raise min(self._servers, key=lambda server: server.breaker.wait(now)).breaker.refusal()

    async def _slot(self, server: ServerSessions, limit: float) -> AsyncExitStack:
        """Wait for one of the server's slots and one of all; closing the stack gives both back."""
        url = server.endpoint.url
        if self._waiting >= self._limits.waiting:
            raise Throttled(f'{self._waiting} commands already wait for a session with "{url}"', sent=False)
        self._waiting += 1
        try:
            async with asyncio.timeout(max(0.0, limit - self._clock())), AsyncExitStack() as held:
                await held.enter_async_context(server.slots)
                await held.enter_async_context(self._total)
                if self._closed:
                    raise SessionLost(f'the sessions with "{url}" are closed', sent=False)
                return held.pop_all()
        except TimeoutError:
            raise DeadlineExceeded(f'no session with "{url}" became free in time', sent=False) from None
        finally:
            self._waiting -= 1

    async def _run(
        self, server: ServerSessions, held: AsyncExitStack, command: Command, limit: float
    ) -> Result:
        """Run one command in a thread and put its session back, or have it closed behind the caller."""
        lease = self._lease(server)
        began = self._clock()
        try:
            result = await self._in_thread(lease.run, command, limit)
        except BaseException as error:
            self._track(self._discard(lease, held))
            if isinstance(error, RemotingError):
                self._failed(server, lease, error)
            self._observe(server.endpoint.url, command.name, self._clock() - began, type(error).__name__)
            raise
        self.answered_by = server.endpoint.url
        server.breaker.succeeded()
        self._account.succeeded()
        self._in_use -= 1
        server.put_back(lease)
        await held.aclose()
        outcome = "error" if result.errors else "ok"
        self._observe(server.endpoint.url, command.name, self._clock() - began, outcome)
        return result

    def _lease(self, server: ServerSessions) -> Lease:
        """Take a session; at the total cap, one that rests with another server makes room for a new one."""
        self._in_use += 1
        pooled, worn = server.take(self._limits, self._clock())
        if pooled is None and self.sessions > self._limits.total:
            worn.append(next(other for other in self._servers if other.at_rest).at_rest.pop(0))
        return Lease(self._open_session, server.endpoint, self._clock, pooled, worn)

    async def _discard(self, lease: Lease, held: AsyncExitStack) -> None:
        """Close a session that failed; its slot is free only when its shell is."""
        async with held:
            try:
                await self._in_thread(lease.close)
            finally:
                self._in_use -= 1

    def _failed(self, server: ServerSessions, lease: Lease, error: RemotingError) -> None:
        if lease.rested and isinstance(error, SessionLost):
            server.doubt_rested()
            return
        breaker = self._account if isinstance(error, AuthenticationFailed) else server.breaker
        breaker.failed(error, self._clock())

    def _pause(self, state: RetryCallState) -> float:
        """Wait a little; when every server is held back, until the first may be tried again."""
        now = self._clock()
        return max(_BACKOFF(state), min(server.breaker.wait(now) for server in self._servers))

    def _gives_up(self, state: RetryCallState, limit: float) -> bool:
        pause = state.upcoming_sleep
        no_time = pause > self._limits.patience or self._clock() + pause >= limit
        return no_time or self._closed or state.attempt_number >= self._limits.attempts

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)

    def _track(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that ``close`` waits for; nobody may be left to hear of its failure."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()


def account_breaker() -> Breaker:
    """Return what holds an account back that was refused: directories lock accounts."""
    return Breaker(_ACCOUNT_PAUSE, _LONGEST_ACCOUNT_PAUSE)


def may_repeat(error: BaseException, *, write: bool) -> bool:
    """Say whether a command that met this error may be sent again without harm and with hope."""
    return isinstance(error, RemotingError) and error.passing and not (write and error.sent)
