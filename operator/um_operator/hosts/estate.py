"""What hosts show of themselves: services, trusted certificates, telling events, calls rejected.

Each reading is a fact: what failed, or came only in part, is Unknown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from um_operator.api.reasons import Reason
from um_operator.hosts import commands, rows
from um_operator.hosts.commands import EXCHANGE_SERVER, Machine, TrustStore
from um_operator.hosts.errors import not_complete, not_read
from um_operator.hosts.rows import ReadError
from um_operator.hosts.sessions import HostInvoker
from um_operator.observed.certificates import HostStores
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.hosts import HostEvent, ServiceFact
from um_operator.remoting.error_records import ErrorKind, kind
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, PSRow

T = TypeVar("T")

LOOK_BACK: Final = 10_000
"""How many records of a log are gone through by a first reading: what happened while nobody looked."""
MOST_KEPT: Final = 100
"""How many events of a host are kept, the newest ones."""


@dataclass(frozen=True, slots=True)
class HostEstate:
    """Reads hosts by their FQDN. Nothing in it raises.

    Attributes:
        invoker: where commands run.
        now: the present instant.
        deadline: of one command, in seconds.
        machine: what kind of hosts they are.
    """

    invoker: HostInvoker
    now: Callable[[], datetime]
    deadline: float = 30.0
    machine: Machine = EXCHANGE_SERVER

    async def services(
        self, host: str, wanted: Iterable[str], before: Mapping[str, Fact[ServiceFact]]
    ) -> Mapping[str, Fact[ServiceFact]]:
        """Read services by Windows name; one that the host does not have is Unknown."""
        began = self.now()
        listed = await self._fact(None, lambda: self._services(host))

        def one(name: str) -> Fact[ServiceFact]:
            if isinstance(listed, Unknown):
                return _unknown(listed.reason, listed.message, began, before.get(name))
            found = listed.value.get(name.casefold())
            if found is None:
                message = f'"{host}" shows no service "{name}"'
                return _unknown(Reason.NOT_READ, message, began, before.get(name))
            return Known(found, began)

        return {name: one(name) for name in wanted}

    async def stores(self, host: str, before: Fact[HostStores] | None) -> Fact[HostStores]:
        """Read what the host trusts."""

        async def read() -> HostStores:
            return HostStores(
                roots=await self._fingerprints(host, "Root"),
                intermediates=await self._fingerprints(host, "CA"),
            )

        return await self._fact(before, read)

    async def events(
        self, host: str, before: Fact[tuple[HostEvent, ...]] | None
    ) -> Fact[tuple[HostEvent, ...]]:
        """Read the telling events, those of ``before`` included; the oldest first."""
        known = before.value if isinstance(before, Known) else ()

        async def read() -> tuple[HostEvent, ...]:
            newest = await self._newest(host)
            last = max((event.record_id for event in known), default=newest - LOOK_BACK)
            if newest < last:  # the log was cleared and counts anew
                return await self._events_after(host, 0)
            found = await self._events_after(host, max(0, last)) if newest > last else ()
            return (*known, *found)[-MOST_KEPT:]

        return await self._fact(before, read)

    async def rejected_calls(self, host: str, before: Fact[int | None] | None) -> Fact[int | None]:
        """Read how many calls the call router has rejected since it began; it is there while that runs."""

        async def read() -> int | None:
            (row,) = await self._rows(host, commands.rejected_calls(), exactly=1)
            return rows.counted(row)

        return await self._fact(before, read)

    async def _services(self, host: str) -> Mapping[str, ServiceFact]:
        found = await self._rows(host, commands.services(self.machine))
        processes = {rows.process_id(row) for row in found} - {None}
        started = await self._started(host, [number for number in processes if number is not None])
        facts = [rows.service(row, started.get(rows.process_id(row) or 0)) for row in found]
        return {fact.name.casefold(): fact for fact in facts}

    async def _started(self, host: str, processes: list[int]) -> Mapping[int, datetime]:
        """Return when processes began; none of those that are gone, or of a host that does not show it."""
        if not processes:
            return {}
        try:
            found = await self._rows(host, commands.processes(processes), absent_is_error=False)
        except NotReadError as error:
            if error.reason is Reason.FORBIDDEN:
                return {}
            raise
        return dict(rows.process_start(row) for row in found)

    async def _fingerprints(self, host: str, store: TrustStore) -> frozenset[str]:
        return frozenset(map(rows.fingerprint, await self._rows(host, commands.certificates(store))))

    async def _newest(self, host: str) -> int:
        found = await self._rows(host, commands.newest_event(self.machine.log), absent_is_error=False)
        return rows.record_id(found[0]) if found else 0

    async def _events_after(self, host: str, record: int) -> tuple[HostEvent, ...]:
        found = await self._rows(host, commands.events_after(record, self.machine.log), absent_is_error=False)
        return tuple(map(rows.event, found))

    async def _rows(
        self, host: str, command: Command, *, exactly: int | None = None, absent_is_error: bool = True
    ) -> tuple[PSRow, ...]:
        """Return the objects that a command shows.

        Get-WinEvent and Get-Process call it an error when something they are asked for is not there.

        Raises:
            NotReadError: it failed, or what came may not be all.
        """
        try:
            result = await self.invoker.invoke(host, command, deadline=self.deadline, write=False)
        except RemotingError as error:
            raise not_read(error) from error
        for record in result.errors:
            if absent_is_error or kind(record) is not ErrorKind.NOT_FOUND:
                raise not_complete(host, command, record)
        found = tuple(row for row in result.rows if isinstance(row, PSRow))
        if len(found) != len(result.rows) or exactly not in (None, len(found)):
            message = f'{command.name} on "{host}" shows {len(result.rows)} objects that are not as expected'
            raise NotReadError(Reason.NOT_READ, message)
        return found

    async def _fact(self, before: Fact[T] | None, read: Callable[[], Awaitable[T]]) -> Fact[T]:
        began = self.now()
        try:
            return Known(await read(), began)
        except NotReadError as error:
            return _unknown(error.reason, error.message, began, before)
        except ReadError as error:
            return _unknown(Reason.NOT_READ, str(error), began, before)


def _unknown(reason: str, message: str, now: datetime, before: Fact[T] | None) -> Unknown:
    """Return Unknown, since now or since it became so."""
    return Unknown(reason, message, before.since if isinstance(before, Unknown) else now)
