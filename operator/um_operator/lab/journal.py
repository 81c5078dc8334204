"""What happened in the estate, in order: the judge of every suite.

An *effect* is a change of the directory or of a service that somebody caused. An *occurrence* is something
that happened by itself: a call, a poll, a fault. Both are kept in the order in which they happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from um_operator.lab.clock import Clock

Readable: TypeAlias = "bool | int | float | str | list[Readable] | None"
"""A value as a person reads it and JSON carries it."""


CONSOLE = "console"
"""The endpoint of an administrator who sits at the server himself."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who causes an effect that is none of the directory: the account, and by which cmdlet where."""

    caller: str
    server: str
    endpoint: str
    cmdlet: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that somebody caused.

    ``index`` counts effects from 1. ``before`` and ``after`` hold the changed properties; ``before`` is None
    for a creation (``after`` is then the whole object), ``after`` is None for a removal. ``server`` ran the
    cmdlet, ``domain_controller`` took the write (empty for an effect that is none of the directory).
    """

    index: int
    time: datetime
    server: str
    domain_controller: str
    caller: str
    endpoint: str
    cmdlet: str
    kind: str
    name: str
    before: Mapping[str, Readable] | None
    after: Mapping[str, Readable] | None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person caused it, at a console."""
        return self.endpoint == CONSOLE

    @property
    def changed(self) -> frozenset[str]:
        """Names of the properties that differ; of a creation and a removal all of them."""
        before, after = self.before or {}, self.after or {}
        return frozenset(n for n in {*before, *after} if before.get(n) != after.get(n))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened without anybody's command: what, where, and the details by name."""

    time: datetime
    server: str
    what: str
    details: Mapping[str, Readable] = field(default_factory=dict)


Entry: TypeAlias = Effect | Occurrence
Guard: TypeAlias = Callable[[str], None]
Subscriber: TypeAlias = Callable[[Effect], None]


class Journal:
    """The estate's memory. Guards run before an effect, subscribers directly after it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guards: list[Guard] = []
        self._subscribers: list[Subscriber] = []
        self.entries: list[Entry] = []
        self.effects: list[Effect] = []

    def guard(self, guard: Guard) -> Callable[[], None]:
        """Have ``guard(caller)`` called just before an effect happens; it may raise to prevent it.

        Returns:
            a function that ends it.
        """
        self._guards.append(guard)
        return lambda: self._guards.remove(guard)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have ``subscriber(effect)`` called after every effect, before its caller gets an answer.

        Returns:
            a function that ends it.
        """
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def about_to_change(self, caller: str) -> None:
        """Announce an effect to the guards."""
        for guard in tuple(self._guards):
            guard(caller)

    def record(
        self,
        *,
        server: str,
        domain_controller: str,
        caller: str,
        endpoint: str,
        cmdlet: str,
        kind: str,
        name: str,
        before: Mapping[str, Readable] | None,
        after: Mapping[str, Readable] | None,
    ) -> Effect:
        """Write down an effect that has just happened."""
        effect = Effect(
            index=len(self.effects) + 1,
            time=self._clock.now(),
            server=server,
            domain_controller=domain_controller,
            caller=caller,
            endpoint=endpoint,
            cmdlet=cmdlet,
            kind=kind,
            name=name,
            before=before,
            after=after,
        )
        self.effects.append(effect)
        self.entries.append(effect)
        for subscriber in tuple(self._subscribers):
            subscriber(effect)
        return effect

    def record_of(
        self,
        author: Author,
        *,
        kind: str,
        name: str,
        before: Mapping[str, Readable] | None,
        after: Mapping[str, Readable] | None,
    ) -> Effect:
        """Write down an effect that has just happened and is none of the directory."""
        return self.record(
            server=author.server,
            domain_controller="",
            caller=author.caller,
            endpoint=author.endpoint,
            cmdlet=author.cmdlet,
            kind=kind,
            name=name,
            before=before,
            after=after,
        )

    def note(self, what: str, *, server: str = "", **details: Readable) -> Occurrence:
        """Write down something that happened by itself."""
        occurrence = Occurrence(self._clock.now(), server, what, details)
        self.entries.append(occurrence)
        return occurrence

    def lines(self, start: int = 0, count: int | None = None) -> Iterator[str]:
        """The entries from position ``start`` on, at most ``count``, one JSON object a line."""
        for entry in self.entries[start:][:count]:
            yield json.dumps(_as_json(entry), ensure_ascii=False)

    def write(self, path: Path) -> None:
        """Export the journal as JSON lines."""
        path.write_text("".join(f"{line}\n" for line in self.lines()), encoding="utf-8")


def _as_json(entry: Entry) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(entry, name) for name in entry.__slots__}
    return {"entry": type(entry).__name__.lower(), **values, "time": entry.time.isoformat()}
