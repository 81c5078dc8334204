"""The engine's Journal in the cluster: one log line before each effect and one after it.

The log is what a cluster collects and keeps; the last entries are held in memory for whoever asks.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from um_operator.engine.ports import JournalEntry

KEPT: Final = 1_000

log = logging.getLogger("um_operator.journal")


class LogJournal:
    """The journal of one organisation."""

    def __init__(self, organization: str) -> None:
        self._organization = organization
        self._last: deque[JournalEntry] = deque(maxlen=KEPT)

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write the entries, in order."""
        for entry in entries:
            self._last.append(entry)
            outcome = entry.outcome
            ended = f" {outcome.kind} {outcome.reason}".rstrip() if outcome else ""
            log.info(
                '%s "%s" %s %s: %s%s',
                entry.phase,
                self._organization,
                entry.subject,
                entry.step_id[:12],
                entry.sentence,
                ended,
            )

    def read(self) -> Iterable[JournalEntry]:
        """Return the last entries, oldest first."""
        return tuple(self._last)
