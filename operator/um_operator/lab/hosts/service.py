"""One Windows service under the service control manager: pending states, processes, crashes.

What the service does is a :class:`Program`; the manager knows nothing of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Protocol

from um_operator.lab.clock import Clock
from um_operator.lab.hosts.event_log import EventLog
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Author, Journal, Readable

SERVICE_CONTROL_MANAGER = "Service Control Manager"
STOPPED_WITH_ERROR, TERMINATED = 7024, 7031
"""Event ids of the service control manager: a service ended with an error of its own, or unexpectedly."""
KIND = "Service"
r"""Kind of a service's effects in the journal; their name is ``fqdn\service``."""
STOPPED = "the service has stopped"


Work = Callable[[], Coroutine[Any, Any, str]]
"""Something that takes its time; the value says why it failed, empty if it did not."""


class Status(StrEnum):
    """As Get-Service shows it."""

    STOPPED = "Stopped"
    START_PENDING = "StartPending"
    STOP_PENDING = "StopPending"
    RUNNING = "Running"


class NotStartedError(Exception):
    """A program can't start; the text says why."""


class ServiceError(Exception):
    """The service control manager can't do what it was asked for; the text says why."""


class Program(Protocol):
    """What a service does."""

    def load(self) -> None:
        """Read the configuration, as the first thing of a new process.

        Raises:
            NotStartedError: with it the service can't start.
        """

    async def open(self, warm_at: datetime) -> None:
        """Open the ports; what needs a warm worker is refused before that instant."""

    async def close(self, why: str) -> None:
        """Close the ports and drop everything, at once."""

    @property
    def listening(self) -> Mapping[int, str]:
        """The open ports, with the thumbprint that each shows; empty for one without TLS."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a service."""

    id: int
    started: datetime


class WindowsService:
    """A service that is installed on a machine and starts with it.

    Attributes:
        name: such as ``MSExchangeUM``.
        display_name: as a person reads it.
        status: as Get-Service shows it.
        process: the present one; None while there is none.
        program: what it does.
        times: how long things take; may be changed at any time.
        crashes: how many of the next starts crash, whatever chance says.
    """

    def __init__(
        self,
        fqdn: str,
        name: str,
        display_name: str,
        *,
        program: Program,
        clock: Clock,
        journal: Journal,
        events: EventLog,
        times: ServiceTimes,
        random: Random,
    ) -> None:
        self.name = name
        self.display_name = display_name
        self.status = Status.STOPPED
        self.process: Process | None = None
        self.times = times
        self.crashes = 0
        self._warm_at = self._lost = clock.now()
        self._fqdn = fqdn
        self.program = program
        self._clock = clock
        self._journal = journal
        self._events = events
        self._random = random
        self._operation: asyncio.Task[str] | None = None
        self._fate: asyncio.Task[None] | None = None

    @property
    def unready_since(self) -> datetime | None:
        """Since when it does not do its work; None while it runs with a warm worker."""
        ready = self.status is Status.RUNNING and self._clock.now() >= self._warm_at
        return None if ready else self._lost

    async def start(self, by: Author) -> None:
        """Start-Service: returns when it runs; nothing happens if it does already.

        Raises:
            ServiceError: it can't start, or is on its way to another state.
        """
        if self.status is not Status.RUNNING:
            await self._command(by, Status.START_PENDING, self._start)

    async def stop(self, by: Author) -> None:
        """Stop-Service: returns when it has stopped; nothing happens if it has already.

        Raises:
            ServiceError: it is on its way to another state.
        """
        if self.status is not Status.STOPPED:
            await self._command(by, Status.STOP_PENDING, self._stop)

    async def restart(self, by: Author) -> None:
        """Restart-Service: one command that goes on to its end, even if whoever gave it is gone.

        Raises:
            ServiceError: it can't start, or is on its way to another state.
        """
        running = self.status is not Status.STOPPED
        pending = Status.STOP_PENDING if running else Status.START_PENDING
        await self._command(by, pending, self._restart if running else self._start)

    async def run(self) -> None:
        """Run since long ago: open ports, a warm worker, no waiting; why not is in the journal."""
        age = timedelta(days=self._random.uniform(1, 60))
        await self._begin(self._clock.now() - age, timedelta(0), timedelta(0))

    def boot(self) -> None:
        """Start with the machine, by itself."""
        self._operation = asyncio.create_task(self._start())

    async def kill(self, why: str) -> None:
        """End at once, together with whatever the service was about to do: its machine is gone."""
        self._lose()
        for task in (self._operation, self._fate):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._operation = self._fate = None
        await self._end(why)

    async def crash(self) -> None:
        """End unexpectedly; the service control manager may start it again after a while."""
        self._lose()
        self._events.write(
            SERVICE_CONTROL_MANAGER,
            TERMINATED,
            f"The {self.display_name} service terminated unexpectedly.",
            service=self.name,
        )
        self._note("ServiceCrashed")
        await self._end("the service has crashed")
        if self.times.recovery is not None:
            await self._clock.sleep(self.times.recovery)
            if self.status is Status.STOPPED:
                self.boot()

    async def _command(self, by: Author, pending: Status, work: Work) -> None:
        """Carry out what somebody asked for, as an effect of his; it goes on when he no longer waits."""
        if self._operation is not None and not self._operation.done():
            raise ServiceError(f"{self._titled} cannot be controlled: it is in the state {self.status}.")
        self._journal.about_to_change(by.caller)
        self._spare()
        self._lose()
        before, self.status = self.status, pending
        self._operation = operation = asyncio.create_task(work())
        self._journal.record_of(
            by,
            kind=KIND,
            name=f"{self._fqdn}\\{self.name}",
            before={"Status": str(before)},
            after={"Status": str(pending)},
        )
        try:
            refusal = await asyncio.shield(operation)
        except asyncio.CancelledError:
            if operation.cancelled():
                raise ServiceError(f'the machine "{self._fqdn}" went down.') from None
            raise
        if refusal:
            raise ServiceError(f"Failed to start service {self._titled}: {refusal}.")

    async def _start(self) -> str:
        """Start, and say why not."""
        return await self._begin(
            self._clock.now(), self.times.start.draw(self._random), self.times.warm.draw(self._random)
        )

    async def _stop(self) -> str:
        self.status = Status.STOP_PENDING
        gone = self._clock.now() + self.times.stop.draw(self._random)
        await self.program.close(STOPPED)
        await self._clock.sleep_until(gone)
        await self._end(STOPPED)
        self._note("ServiceStopped")
        return ""

    async def _restart(self) -> str:
        await self._stop()
        return await self._start()

    async def _begin(self, started: datetime, pending: timedelta, warm: timedelta) -> str:
        self.status = Status.START_PENDING
        self.process = Process(self._random.randrange(1000, 30_000, 4), started)
        try:
            self.program.load()
        except NotStartedError as error:
            await self._refuse(str(error))
            return str(error)
        opens = self._clock.now() + pending
        await self._clock.sleep_until(opens)
        self._warm_at = opens + warm
        await self.program.open(self._warm_at)
        self.status = Status.RUNNING
        self._note("ServiceStarted", process=self.process.id, warm_after=warm.total_seconds())
        if self._is_doomed():
            self._fate = asyncio.create_task(self._crash_soon())
        return ""

    async def _refuse(self, why: str) -> None:
        """End of a process that could not begin."""
        self._events.write(
            SERVICE_CONTROL_MANAGER,
            STOPPED_WITH_ERROR,
            f"The {self.display_name} service terminated with a service-specific error: {why}.",
            service=self.name,
            why=why,
        )
        self._note("ServiceNotStarted", why=why)
        await self._end(why)

    async def _end(self, why: str) -> None:
        await self.program.close(why)
        self.process = None
        self.status = Status.STOPPED

    def _is_doomed(self) -> bool:
        """Whether this start is one that crashes."""
        if self.crashes:
            self.crashes -= 1
            return True
        return self._random.random() < self.times.crash_chance

    async def _crash_soon(self) -> None:
        await self._clock.sleep(self.times.crash_after)
        await self.crash()

    def _lose(self) -> None:
        """Remember since when the work is not done."""
        self._lost = self.unready_since or self._clock.now()

    def _spare(self) -> None:
        """Take a crash that was to come back."""
        if self._fate is not None:
            self._fate.cancel()
            self._fate = None

    def _note(self, what: str, **details: Readable) -> None:
        self._journal.note(what, server=self._fqdn, service=self.name, **details)

    @property
    def _titled(self) -> str:
        return f"'{self.display_name} ({self.name})'"
