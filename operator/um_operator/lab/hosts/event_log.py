"""A log of a machine: entries with record ids that only grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from um_operator.lab.clock import Clock
from um_operator.lab.journal import Journal, Readable

APPLICATION, LYNC_SERVER = "Application", "Lync Server"
"""Names of logs; Lync has one of its own."""
Level = Literal["Error", "Warning", "Information"]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    Attributes:
        record_id: its number in the log of its machine.
        id: what kind of event it is, for its source.
        insertions: what the message is made of, by name.
        log: the name of the log that it is in.
    """

    record_id: int
    time: datetime
    source: str
    id: int
    level: Level
    message: str
    insertions: Mapping[str, Readable] = field(default_factory=dict)
    log: str = APPLICATION


class EventLog:
    """The log of one machine; what is written is an occurrence ``Event`` of the estate's journal, too.

    Args:
        fqdn: the machine.
        name: of the log.
        first: record id of the first entry; a machine that has run for years is not at 1.
    """

    def __init__(
        self, fqdn: str, clock: Clock, journal: Journal, *, first: int = 1, name: str = APPLICATION
    ) -> None:
        self.name = name
        self._fqdn = fqdn
        self._clock = clock
        self._journal = journal
        self._next = first
        self._entries: list[Event] = []

    @property
    def last_record_id(self) -> int:
        """Record id of the newest entry there ever was."""
        return self._next - 1

    def write(
        self, source: str, event_id: int, message: str, *, level: Level = "Error", **insertions: Readable
    ) -> Event:
        """Add an entry."""
        event = Event(self._next, self._clock.now(), source, event_id, level, message, insertions, self.name)
        self._next += 1
        self._entries.append(event)
        self._journal.note("Event", server=self._fqdn, id=event_id, source=source, **insertions)
        return event

    def after(self, record_id: int = 0, *, sources: frozenset[str] = frozenset()) -> list[Event]:
        """The entries behind a record id, of some sources or of all, in order."""
        return [e for e in self._entries if e.record_id > record_id and (not sources or e.source in sources)]

    def clear(self) -> None:
        """Forget the entries, as an administrator may; record ids begin again at 1."""
        self._entries.clear()
        self._next = 1
