"""Trouble with the API, by name: what a network, a rolling control plane, a rotated token do to clients."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from .audit import Request
from .errors import StatusError
from .storage import Storage
from .watches import Watches

ALWAYS: Final = 2**31
"""As ``times``: until it is taken back."""


class Broken(enum.Enum):
    """How a connection fails."""

    BEFORE = "reset before the request is looked at"
    AFTER = "reset after the request was carried out, without an answer"
    HALF = "reset after half of the answer's body"


Outcome: TypeAlias = Broken | StatusError | float
"""A broken connection, a refusal, or a delay in seconds."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which requests are meant; ``*`` and ``?`` as in file names.

    Attributes:
        verb: get, list, watch, create, update, patch, delete.
        resource: the plural; ``plural/status`` for a subresource.
        user_agent: of the client.
        nth: the first one that is hit, counted from 1 among those that match from now on.
        times: how many in a row are hit.
    """

    verb: str = "*"
    resource: str = "*"
    user_agent: str = "*"
    nth: int = 1
    times: int = 1


@dataclass(eq=False)
class _Rule:
    where: Where
    outcome: Outcome
    matched: int = 0

    def hits(self, request: Request) -> bool:
        where, sub = self.where, f"/{request.subresource}" if request.subresource else ""
        patterns = (where.verb, where.resource, where.user_agent)
        texts = (request.verb, request.resource + sub, request.user_agent)
        if not all(map(fnmatchcase, texts, patterns)):
            return False
        self.matched += 1
        return where.nth <= self.matched < where.nth + where.times


class Faults:
    """The plan of what goes wrong; the server asks before each request."""

    def __init__(self, storage: Storage, watches: Watches) -> None:
        self._storage = storage
        self._watches = watches
        self._rules: list[_Rule] = []
        self._cut_off: list[str] = []
        self.tokens_rejected = False

    def compact(self) -> None:
        """Forget all changes so far: a watch or list that goes on from before gets 410."""
        self._storage.compact()

    def close_watches(self) -> None:
        """End all open watches."""
        self._watches.close()

    @contextmanager
    def outage(self, user_agent: str = "*") -> Iterator[None]:
        """Reset the connections of whom a user agent means, open watches included, until the block ends."""
        self._cut_off.append(user_agent)
        self._watches.close()
        try:
            yield
        finally:
            self._cut_off.remove(user_agent)

    @contextmanager
    def gap(self, user_agent: str = "*") -> Iterator[None]:
        """An outage whose changes no watch can be told of afterwards: 410."""
        with self.outage(user_agent):
            yield
            self.compact()

    @contextmanager
    def rejected_tokens(self) -> Iterator[None]:
        """Answer 401 to everybody until the block ends."""
        self.tokens_rejected = True
        try:
            yield
        finally:
            self.tokens_rejected = False

    def refuse(self, where: Where, error: StatusError) -> Callable[[], None]:
        """Refuse requests before they do anything; returns what takes it back."""
        return self._plan(where, error)

    def delay(self, where: Where, seconds: float) -> Callable[[], None]:
        """Have requests wait, in real seconds; returns what takes it back."""
        return self._plan(where, seconds)

    def break_connection(self, where: Where, how: Broken) -> Callable[[], None]:
        """Break connections; returns what takes it back."""
        return self._plan(where, how)

    def fail_list_half_way(self, resource: str, times: int = 1) -> Callable[[], None]:
        """Break lists of a resource in the middle of their body; returns what takes it back."""
        return self._plan(Where("list", resource, times=times), Broken.HALF)

    def cuts_off(self, request: Request) -> bool:
        """Whether there is an outage for whoever sent a request."""
        return any(fnmatchcase(request.user_agent, pattern) for pattern in self._cut_off)

    async def before(self, request: Request) -> Broken | None:
        """Let planned trouble happen to a request.

        Returns:
            how its connection breaks, if it does.

        Raises:
            StatusError: it is refused.
        """
        if self.cuts_off(request):
            return Broken.BEFORE
        outcomes = [rule.outcome for rule in self._rules if rule.hits(request)]
        for outcome in outcomes:
            if isinstance(outcome, StatusError):
                raise outcome
            if isinstance(outcome, float | int):
                await asyncio.sleep(outcome)
        return next((outcome for outcome in outcomes if isinstance(outcome, Broken)), None)

    def _plan(self, where: Where, outcome: Outcome) -> Callable[[], None]:
        rule = _Rule(where, outcome)
        self._rules.append(rule)
        return lambda: self._rules.remove(rule)
