"""Runs Get- cmdlets of Lync and turns what comes back into Known or Unknown: only all of it counts (R1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from um_operator.api.reasons import Reason
from um_operator.lync.errors import not_complete, not_read
from um_operator.lync.values import ReadError
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, Invoker, PSRow, PSValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads through one way in: the remote shell of Lync, or a front end's own endpoint.

    Attributes:
        invoker: where commands run.
        now: the present instant.
        deadline: of one command, in seconds.
    """

    invoker: Invoker
    now: Callable[[], datetime]
    deadline: float = 60.0

    async def values(self, command: Command) -> tuple[PSValue, ...]:
        """Return everything that a command shows.

        Raises:
            NotReadError: it failed, or what came may not be all.
        """
        try:
            result = await self.invoker.invoke(command, deadline=self.deadline, write=False)
        except RemotingError as error:
            raise not_read(error) from error
        if result.errors:
            raise not_complete(command, result.errors[0])
        return result.rows

    async def rows(self, command: Command) -> tuple[PSRow, ...]:
        """Return every object that a command shows; raises as ``values`` does, and for what is no object."""
        found = await self.values(command)
        rows = tuple(value for value in found if isinstance(value, PSRow))
        if len(rows) != len(found):
            raise NotReadError(Reason.NOT_READ, f"{command.name} shows something that is no object")
        return rows

    async def one(self, command: Command) -> PSRow:
        """Return the only object that a command shows; raises as ``rows`` does, and for none or several."""
        found = await self.rows(command)
        if len(found) != 1:
            message = f"{command.name} shows {len(found)} objects where one was expected"
            raise NotReadError(Reason.NOT_READ, message)
        return found[0]

    async def fact(self, before: Fact[T] | None, read: Callable[[], Awaitable[T]]) -> Fact[T]:
        """Return what ``read`` gives as Known since now; what it raises as Unknown.

        An Unknown that was Unknown ``before`` keeps the instant since when.
        """
        began = self.now()
        try:
            return Known(await read(), began)
        except NotReadError as error:
            return unknown(error.reason, error.message, began, before)
        except ReadError as error:
            return unknown(Reason.NOT_READ, str(error), began, before)


def unknown(reason: str, message: str, now: datetime, before: Fact[T] | None = None) -> Unknown:
    """Return Unknown, since now or since it became so."""
    return Unknown(reason, message, before.since if isinstance(before, Unknown) else now)
