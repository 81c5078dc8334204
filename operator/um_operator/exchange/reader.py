"""Runs Get- cmdlets and turns what comes back into Known or Unknown: only a complete answer counts (R1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from um_operator.api.reasons import Reason
from um_operator.exchange import rows
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.errors import not_complete, not_read
from um_operator.observed.fact import Fact, Known, NotReadError, Unknown
from um_operator.observed.values import name_key
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Argument, Command, Invoker, PSRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads through one domain controller.

    Attributes:
        invoker: where commands run.
        now: the present instant.
        deadline: of one command, in seconds.
        domain_controller: whose view is read; ``None`` leaves it to Exchange.
        unavailable: shared by the readings of an organisation: controllers that failed in their last one.
    """

    invoker: Invoker
    now: Callable[[], datetime]
    deadline: float
    domain_controller: str | None = None
    unavailable: set[str] = field(default_factory=set)

    async def rows(self, cmdlet: str, **parameters: Argument) -> tuple[PSRow, ...]:
        """Return every object that a cmdlet shows.

        Raises:
            NotReadError: it failed, or what came may not be all.
        """
        if self.domain_controller is not None:
            parameters["DomainController"] = self.domain_controller
        return await self.run(Command(cmdlet, parameters))

    async def run(self, command: Command) -> tuple[PSRow, ...]:
        """Return every object that a command shows, as it stands; raises as ``rows`` does."""
        try:
            result = await self.invoker.invoke(command, deadline=self.deadline, write=False)
        except RemotingError as error:
            raise not_read(error) from error
        if result.errors:
            raise self._blamed(not_complete(command, result.errors))
        return tuple(_object(command.name, row) for row in result.rows)

    async def one(self, cmdlet: str, **parameters: Argument) -> PSRow:
        """Return the only object that a cmdlet shows.

        Raises:
            NotReadError: as ``rows`` does, and for none or several.
        """
        found = await self.rows(cmdlet, **parameters)
        if len(found) != 1:
            raise NotReadError(Reason.NOT_READ, f"{cmdlet} shows {len(found)} objects where one was expected")
        return found[0]

    async def fact(
        self,
        before: Fact[T] | None,
        read: Callable[[Reader], Awaitable[T]],
        began: datetime | None = None,
    ) -> Fact[T]:
        """Return what ``read`` gives as Known since ``began`` (else now); what it raises as Unknown.

        An Unknown that was Unknown ``before`` keeps the instant since when.
        """
        began = began or self.now()
        try:
            return Known(await read(self), began)
        except NotReadError as error:
            return unknown(error.reason, error.message, began, before)
        except ReadError as error:
            return unknown(Reason.NOT_READ, str(error), began, before)

    def _blamed(self, error: NotReadError) -> NotReadError:
        if error.reason == Reason.DOMAIN_CONTROLLER_UNAVAILABLE and self.domain_controller is not None:
            self.unavailable.add(self.domain_controller)
        return error


def unknown(reason: str, message: str, now: datetime, before: Fact[T] | None = None) -> Unknown:
    """Return Unknown, since now or since it became so."""
    since = before.since if isinstance(before, Unknown) else now
    return Unknown(reason, message, since)


def by_name(
    cmdlet: str,
    found: Iterable[PSRow],
    fact_of: Callable[[PSRow], T],
    now: datetime,
) -> Mapping[str, Fact[T]]:
    """Return one fact a name; a row that is not understood, or whose name comes twice, is Unknown.

    Raises:
        NotReadError: a row has no name, so that nobody knows which object is missing from the list.
    """
    facts: dict[str, Fact[T]] = {}
    for row in found:
        name = _name(cmdlet, row)
        key = name_key(name)
        if key in facts:
            facts[key] = unknown(Reason.NOT_READ, f'{cmdlet} shows two objects named "{name}"', now)
            continue
        try:
            facts[key] = Known(fact_of(row), now)
        except ReadError as error:
            facts[key] = unknown(Reason.NOT_READ, f'{cmdlet}, "{name}": {error}', now)
    return facts


def _name(cmdlet: str, row: PSRow) -> str:
    try:
        return rows.name(row)
    except ReadError as error:
        raise NotReadError(Reason.NOT_READ, f"{cmdlet}: {error}") from error


def _object(cmdlet: str, value: object) -> PSRow:
    if not isinstance(value, PSRow):
        raise NotReadError(Reason.NOT_READ, f'{cmdlet} shows a value of type "{type(value).__name__}"')
    return value
