"""The engine's Journal in a file: a line before each effect and a line after it, never rewritten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from um_operator.engine.ports import JournalEntry
from um_operator.local import json_lines

FILE: Final = "journal.jsonl"

_ENTRY: Final = TypeAdapter(JournalEntry)


class LocalJournal:
    """Every step that ran for one organisation, and how it ended."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def repair(self) -> None:
        """Drop the line that a crash tore, before anything is appended."""
        json_lines.drop_torn_line(self._path)

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        """Make the entries durable, in order."""
        rows = [_ENTRY.dump_python(entry, mode="json") for entry in entries]
        await asyncio.to_thread(json_lines.append, self._path, rows)

    def read(self) -> Iterator[JournalEntry]:
        """Yield all entries, oldest first.

        Raises:
            StateDamagedError: a line is no entry.
        """
        for number, row in enumerate(json_lines.read(self._path), start=1):
            try:
                yield _ENTRY.validate_python(row)
            except ValidationError as error:
                raise json_lines.damaged(self._path, number, f"not a journal entry: {error}") from None
