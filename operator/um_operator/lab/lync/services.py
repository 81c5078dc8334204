"""The Windows services of a front end, what depends on what, and how Lync stops and starts them.

Which service depends on which is common knowledge; that stopping takes dependents along and starting does not
is documented (field notes 5.5).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from um_operator.lab.gateways.tasks import end
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.service import ServiceError, Status, WindowsService
from um_operator.lab.journal import Author, Journal
from um_operator.lab.lync.sessions import Sessions

FRONT_END: Final = "RTCSRV"
MEDIATION: Final = "RTCMEDSRV"
REPLICA: Final = "REPLICA"
DRAIN_KIND: Final = "CsWindowsService"
r"""Kind of a graceful stop that has begun; its name is ``fqdn\service``, as of the stop itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A service as set-up installs it: its display name, its role, and what it needs."""

    display_name: str
    role: str
    needs: tuple[str, ...] = ()


SERVICES: Final[Mapping[str, Kind]] = {
    FRONT_END: Kind("Lync Server Front-End", "Registrar"),
    "RTCIMMCU": Kind("Lync Server IM Conferencing", "ConferencingServer", (FRONT_END,)),
    "RTCASMCU": Kind("Lync Server Application Sharing", "ConferencingServer", (FRONT_END,)),
    "RTCAVMCU": Kind("Lync Server Audio/Video Conferencing", "ConferencingServer", (FRONT_END,)),
    "RTCCAA": Kind("Lync Server Conferencing Attendant", "ApplicationServer", (FRONT_END,)),
    "RTCCPS": Kind("Lync Server Call Park", "ApplicationServer", (FRONT_END,)),
    "RTCRGS": Kind("Lync Server Response Group", "ApplicationServer", (FRONT_END,)),
    MEDIATION: Kind("Lync Server Mediation", "MediationServer"),
    REPLICA: Kind("Lync Server Replica Replicator Agent", "Replica"),
}


class Services:
    """The services of one front end.

    Attributes:
        draining: those that take nothing new any more and stop when their sessions are over.
    """

    def __init__(self, host: Host, journal: Journal, sessions: Sessions) -> None:
        self.draining: set[str] = set()
        self._host = host
        self._journal = journal
        self._sessions = sessions
        self._tasks: set[asyncio.Task[None]] = set()

    def installed(self) -> dict[str, WindowsService]:
        """By name."""
        return self._host.services

    def dependents(self, name: str) -> list[str]:
        """The installed services that need one."""
        return [other for other in self._host.services if name in SERVICES[other].needs]

    async def stop(self, names: Iterable[str], by: Author, *, graceful: bool) -> None:
        """Stop services, with what needs them first.

        Raises:
            ServiceError: one of them is on its way to another state, or somebody started what needs it
                meanwhile.
        """
        order = list(dict.fromkeys(one for name in names for one in (*self.dependents(name), name)))
        running = [name for name in order if self._host.services[name].status is not Status.STOPPED]
        if graceful and running and not await self._drained(running, by):
            return
        try:
            for name in running:
                self._none_needs(name)
                await self._host.services[name].stop(by)
        finally:
            self.draining.difference_update(running)

    async def start(self, names: Iterable[str], by: Author) -> None:
        """Start services, with what they need first; what runs already goes on, and takes new sessions.

        Raises:
            ServiceError: one of them can't start.
        """
        for name in dict.fromkeys(one for asked in names for one in (*SERVICES[asked].needs, asked)):
            self.draining.discard(name)
            await self._host.services[name].start(by)

    async def restart(self, name: str, by: Author) -> None:
        """Stop a service at once, with what needs it, and start whatever of it ran before.

        Raises:
            ServiceError: one of them is on its way to another state, or can't start.
        """
        running = [
            one
            for one in (name, *self.dependents(name))
            if self._host.services[one].status is not Status.STOPPED
        ]
        await self.stop([name], by, graceful=False)
        await self.start(running or [name], by)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with something when nobody waits for it; how it ends shows in the services' states."""

        async def run() -> None:
            with contextlib.suppress(ServiceError):
                await work

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Give up what goes on in the background."""
        await end(tuple(self._tasks))

    def _none_needs(self, name: str) -> None:
        """Refuse to stop what another service needs that runs, as the service control manager does."""
        needing = [
            one for one in self.dependents(name) if self._host.services[one].status is not Status.STOPPED
        ]
        if needing:
            title = self._host.services[name].display_name
            raise ServiceError(f"'{title} ({name})' cannot be stopped: {', '.join(needing)} depends on it.")

    async def _drained(self, names: list[str], by: Author) -> bool:
        """Wait for the end of all sessions; false when somebody started or stopped the services meanwhile."""
        fresh = [name for name in names if name not in self.draining]
        if fresh:
            self._journal.about_to_change(by.caller)
        for name in fresh:
            self.draining.add(name)
            self._journal.record_of(
                by,
                kind=DRAIN_KIND,
                name=f"{self._host.fqdn}\\{name}",
                before={"Draining": False},
                after={"Draining": True},
            )
        await self._sessions.over()
        return self.draining.issuperset(names)
