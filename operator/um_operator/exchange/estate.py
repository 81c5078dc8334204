"""The Exchange organisation as the engine reads it: a scope read concurrently and merged into a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from um_operator.api.reasons import Reason
from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange import calls, read, servers
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.reader import Reader, unknown
from um_operator.observed.exchange import ServerFact
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.scope import Scope
from um_operator.planning.steps import SnapshotField
from um_operator.remoting.session import Invoker

T = TypeVar("T")

MOST_ASKED = 4
"""How many servers are asked for their domain controllers before the choice is left to the next pass."""


class Sessions(Invoker, Protocol):
    """An invoker that holds sessions to be freed."""

    @property
    def answered_by(self) -> str | None:
        """Return the URL of the endpoint that answered last."""

    async def close(self) -> None:
        """Free every session."""


class ExchangeEstate:
    """Reads one organisation.

    The number of commands does not depend on the number of plans, gateways or hunt groups: seven lists, one
    command a call router, and while a gateway is being emptied one a UM service.
    """

    def __init__(
        self,
        sessions: Sessions,
        now: Callable[[], datetime],
        *,
        selection: ServerPatterns = ServerPatterns(),  # noqa: B008 - frozen
        endpoints: tuple[str, ...] = (),
        deadline: float = 60.0,
    ) -> None:
        """Take what to read through.

        Args:
            sessions: where commands run.
            now: the present instant.
            selection: which servers count.
            endpoints: host names of the endpoints: whose domain controllers are preferred.
            deadline: of one command, in seconds.
        """
        self._sessions = sessions
        self._selection = selection
        self._endpoints = tuple(name_key(host) for host in endpoints)
        self._reader = Reader(sessions, now, deadline)

    def reader_of(self, domain_controller: str | None) -> Reader:
        """Return what reads through a domain controller, as this estate does."""
        return replace(self._reader, domain_controller=domain_controller)

    async def read(self, scope: Scope, previous: Snapshot | None, domain_controller: str | None) -> Snapshot:
        """Read what ``scope`` names (all of it the first time), merged into ``previous``. Never raises."""
        reader = self.reader_of(domain_controller)
        reader.unavailable.discard(domain_controller or "")
        before = previous or Snapshot.unread(Reason.NOT_READ, "not yet read", reader.now())
        reading = _Pass(reader, Scope() if previous is None else scope)

        async with asyncio.TaskGroup() as group:
            organization = group.create_task(reading.list(None, before.organization, read.organization))
            known = group.create_task(
                reading.list(None, before.servers, partial(self._servers, unfinished=scope.unfinished))
            )
            dial_plans = group.create_task(reading.list("dial_plans", before.dial_plans, read.dial_plans))
            gateways = group.create_task(reading.list("gateways", before.gateways, read.gateways))
            hunt_groups = group.create_task(reading.list("hunt_groups", before.hunt_groups, read.hunt_groups))
            policies = group.create_task(
                reading.list("mailbox_policies", before.mailbox_policies, read.mailbox_policies)
            )
            um_services = group.create_task(
                reading.of_servers("um_services", known, before.um_services, servers.um_services)
            )
            call_routers = group.create_task(
                reading.of_servers("call_routers", known, before.call_routers, servers.call_routers)
            )
        active_calls = await calls.active_calls(
            reader, scope.active_calls, known.result(), gateways.result(), before.active_calls
        )
        return Snapshot(
            organization=organization.result(),
            servers=known.result(),
            dial_plans=dial_plans.result(),
            gateways=gateways.result(),
            hunt_groups=hunt_groups.result(),
            mailbox_policies=policies.result(),
            um_services=um_services.result(),
            call_routers=call_routers.result(),
            active_calls=active_calls,
            endpoint=self._sessions.answered_by or before.endpoint,
        )

    async def choose_domain_controller(self, snapshot: Snapshot, current: str | None) -> str | None:
        """Return ``current`` while it answers, else one that a server of the organisation works with.

        The endpoints' own servers are asked first. ``None`` if no other is found: then there is no choice.
        """
        failed = self._reader.unavailable
        if current is not None and current not in failed:
            return current
        others: list[str] = []
        for fqdn in await self._whom_to_ask(snapshot):
            try:
                offered = await servers.domain_controllers(self._reader, fqdn)
            except (NotReadError, ReadError):
                continue
            others += [name for name in offered if name != current]
            if any(name not in failed for name in others):
                break
        # One that failed before the current one did may answer again by now.
        return min(others, key=lambda name: name in failed, default=None)

    async def close(self) -> None:
        """Free every session."""
        await self._sessions.close()

    async def _servers(self, reader: Reader, unfinished: Collection[str] = ()) -> Mapping[str, ServerFact]:
        return await read.servers(reader, self._selection, unfinished)

    async def _whom_to_ask(self, snapshot: Snapshot) -> list[str]:
        """Return some servers; asked anew when the controller that failed took the list with it."""
        known = snapshot.servers
        if isinstance(known, Unknown):
            known = await self._reader.fact(None, self._servers)
        if isinstance(known, Unknown):
            return []
        able = [server.fqdn for server in known.value.values() if server.runs_um]
        able.sort(key=lambda fqdn: (name_key(fqdn) not in self._endpoints, name_key(fqdn)))
        return able[:MOST_ASKED]


@dataclass(frozen=True, slots=True)
class _Pass:
    """One reading: what its scope names is read again, the rest stays as it was."""

    reader: Reader
    scope: Scope

    async def list(
        self, field: SnapshotField | None, before: Fact[T], get: Callable[[Reader], Awaitable[T]]
    ) -> Fact[T]:
        """Read a list; one without ``field`` belongs to full readings only."""
        named = self.scope.everything if field is None else self.scope.names(field)
        return await self.reader.fact(before, get) if named else before

    async def of_servers(
        self,
        field: SnapshotField,
        known: Awaitable[Fact[Mapping[str, ServerFact]]],
        before: Mapping[str, Fact[T]],
        get: Callable[
            [Reader, Mapping[str, ServerFact], Mapping[str, Fact[T]]], Awaitable[dict[str, Fact[T]]]
        ],
    ) -> Mapping[str, Fact[T]]:
        """Read settings of the servers that are looked at, once it is known which servers there are."""
        if not self.scope.names(field):
            return before
        servers = await known
        if isinstance(servers, Known):
            passed_over = {key for key in servers.value if key in before and not self.scope.looks_at(key)}
            asked = {key: server for key, server in servers.value.items() if key not in passed_over}
            return {key: before[key] for key in passed_over} | await get(self.reader, asked, before)
        now = self.reader.now()
        return {key: unknown(servers.reason, servers.message, now, fact) for key, fact in before.items()}
