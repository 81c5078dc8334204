"""Lync as the engine reads it: its lists through the remote shell, what is local only on a front end.

Nothing here raises: what failed, or came only in part, is Unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from um_operator.api.reasons import Reason
from um_operator.lync import commands, fabric, rows, topology
from um_operator.lync.reader import Reader, unknown
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.front_ends import FRONT_END_SERVICE, FabricState, LyncServiceFact, PoolReadiness
from um_operator.observed.lync import (
    AssignedCertificate,
    ContactFact,
    MediaFact,
    PoolFact,
    PoolState,
    ReplicaFact,
)
from um_operator.observed.values import name_key
from um_operator.remoting.session import Command, PSRow

T = TypeVar("T")
Services = Mapping[str, LyncServiceFact]

COMPUTERS_AT_A_TIME: Final = 4
"""Front ends that are asked at the same time."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What Lync shows as a whole."""

    pools: Fact[Mapping[str, PoolFact]]
    replicas: Fact[Mapping[str, ReplicaFact]]
    media: Fact[tuple[MediaFact, ...]]
    contacts: Fact[tuple[ContactFact, ...]]


@dataclass(frozen=True, slots=True)
class LyncEstate:
    """Reads Lync.

    Attributes:
        shell: the remote shell of Lync.
        on: gives what reads on a computer itself, by its FQDN.
    """

    shell: Reader
    on: Callable[[str], Reader]
    _at_a_time: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COMPUTERS_AT_A_TIME))

    async def lists(self, declared: Sequence[str], before: Lists | None) -> Lists:
        """Read the lists; ``declared`` are the pools whose computers are wanted in order."""
        shell = self.shell
        async with asyncio.TaskGroup() as group:
            pools = group.create_task(
                shell.fact(before.pools if before else None, lambda: topology.pools(shell, declared))
            )
            replicas = group.create_task(
                shell.fact(before.replicas if before else None, lambda: topology.replicas(shell))
            )
            media = group.create_task(
                shell.fact(before.media if before else None, lambda: topology.media(shell))
            )
            contacts = group.create_task(
                shell.fact(before.contacts if before else None, lambda: topology.contacts(shell))
            )
        return Lists(pools.result(), replicas.result(), media.result(), contacts.result())

    async def services(self, computer: str, before: Fact[Services] | None) -> Fact[Services]:
        """Read the Windows services of Lync on a computer, by name in lower case."""

        async def read() -> Services:
            found = map(rows.service, await self.shell.rows(commands.services(computer)))
            return {fact.name.casefold(): fact for fact in found}

        async with self._at_a_time:
            return await self.shell.fact(before, read)

    async def certificates(
        self, computer: str, before: Fact[tuple[AssignedCertificate, ...]] | None
    ) -> Fact[tuple[AssignedCertificate, ...]]:
        """Read with which certificate a computer speaks SIP."""
        reader = self.on(computer)

        async def read() -> tuple[AssignedCertificate, ...]:
            return tuple(map(rows.certificate, await reader.rows(commands.CERTIFICATES)))

        return await reader.fact(before, read)

    async def pool(
        self,
        pool: PoolFact,
        services: Mapping[str, Fact[Services]],
        before: PoolState | None,
        *,
        readiness: Command | None,
    ) -> PoolState:
        """Read what a pool shows beside the topology.

        Args:
            pool: which one.
            services: of its computers, by ``name_key``: only one that runs can tell of the pool.
            before: what was known.
            readiness: what tells on a front end of its product how ready the pool is, if anything does.
        """
        return PoolState(
            users_homed=await self._users_homed(pool, before.users_homed if before else None),
            readiness=await self._told(
                pool,
                services,
                before.readiness if before else None,
                partial(self._readiness, readiness or commands.READINESS),
                applies=readiness is not None,
            ),
            fabric=await self._told(
                pool,
                services,
                before.fabric if before else None,
                self._fabric,
                applies=pool.edition == "Enterprise",
            ),
        )

    async def _users_homed(self, pool: PoolFact, before: Fact[int] | None) -> Fact[int]:
        async def read() -> int:
            return rows.count(await self.shell.one(commands.users_homed(pool.fqdn)))

        return await self.shell.fact(before, read)

    async def _told(
        self,
        pool: PoolFact,
        services: Mapping[str, Fact[Services]],
        before: Fact[T | None] | None,
        ask: Callable[[PoolFact, str], Awaitable[T]],
        *,
        applies: bool,
    ) -> Fact[T | None]:
        """Ask the front ends that run, one after another, until one tells."""
        now = self.shell.now()
        if not applies or pool.edition == "Standard":
            return Known(None, now)
        message = f'no front end of pool "{pool.fqdn}" is known to run that could tell'
        found: Fact[T | None] = unknown(Reason.NOT_READ, message, now, before)
        for computer in pool.computers:
            if not _runs(services.get(name_key(computer))):
                continue
            found = await self._asked(pool, computer, before, ask)
            if isinstance(found, Known):
                break
        return found

    async def _asked(
        self,
        pool: PoolFact,
        computer: str,
        before: Fact[T | None] | None,
        ask: Callable[[PoolFact, str], Awaitable[T]],
    ) -> Fact[T | None]:
        async def read() -> T | None:
            return await ask(pool, computer)

        return await self.shell.fact(before, read)

    async def _readiness(self, command: Command, pool: PoolFact, computer: str) -> PoolReadiness:
        del pool  # a front end tells of its own
        return rows.readiness(await self.on(computer).one(command), computer)

    async def _fabric(self, pool: PoolFact, computer: str) -> FabricState:
        command = commands.fabric(pool.fqdn)
        found = await self.on(computer).values(command)
        texts = [one.text if isinstance(one, PSRow) else one for one in found]
        if not all(isinstance(one, str) for one in texts):
            raise NotReadError(Reason.NOT_READ, f"{command.name} shows something that is no text")
        return fabric.read(str(one) for one in texts)


def _runs(services: Fact[Services] | None) -> bool:
    if services is None or isinstance(services, Unknown):
        return False
    service = services.value.get(FRONT_END_SERVICE.casefold())
    return service is not None and service.status == "Running"
