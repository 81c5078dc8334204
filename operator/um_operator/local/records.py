"""The engine's Records of one organisation in one file: held in memory, every change appended at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.local import json_lines
from um_operator.local.record import Record, key_from_row
from um_operator.observed.ledger import Ledger, ObjectEntry

VERSION: Final = 1
"""Of the rows in the file; another release refuses what it does not know."""
FILE: Final = "records.jsonl"


class LocalRecords:
    """What is remembered of one organisation's resources.

    The file holds a row a change; the last row of a resource counts, and opening it for writing keeps only
    those. Opened for reading it writes nothing: what a plan remembers is gone with it.
    """

    def __init__(self, folder: Path, *, writable: bool) -> None:
        """Read what is remembered.

        Raises:
            StateDamagedError: the file holds something else than records.
        """
        self._path = folder / FILE
        self._writable = writable
        self._records: dict[ObjectKey, Record] = {}
        self._writing = asyncio.Lock()
        self._domain_controller: tuple[str, datetime] | None = None
        self.found: Final = self._path.exists()
        """Whether there was anything to read."""
        for number, row in enumerate(json_lines.read(self._path), start=1):
            try:
                self._replay(row)
            except (ValueError, KeyError, TypeError) as error:
                raise json_lines.damaged(self._path, number, f"not a record: {error}") from None
        if writable:
            json_lines.replace(self._path, self._rows())

    @property
    def records(self) -> Mapping[ObjectKey, Record]:
        """Return every record by its resource."""
        return self._records

    def keep(self, records: Iterable[Record]) -> None:
        """Keep records as they are given; blocks until they are durable."""
        kept = list(records)
        self._append([_record_row(record) for record in kept])
        self._records.update((record.key, record) for record in kept)

    def annotate(self, key: ObjectKey, name: str, value: str) -> None:
        """Annotate a resource that is declared here; what was said before is gone. Durable on return."""
        record = self._records[key]
        self.keep([replace(record, annotations={**record.annotations, name: value})])

    def forget(self, keys: Iterable[ObjectKey]) -> None:
        """Forget resources; blocks until that is durable."""
        gone = [key for key in keys if key in self._records]
        self._append([_row(released={"kind": key.kind, "name": key.name}) for key in gone])
        for key in gone:
            del self._records[key]

    async def load_ledger(self) -> Ledger:
        """Return what is remembered; an empty ledger if nothing is."""
        name, since = self._domain_controller or (None, None)
        return Ledger(name, since, {key: record.entry for key, record in self._records.items()})

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        """Keep what is remembered of these resources, but of none that was released; durable on return."""
        async with self._writing:
            kept = [
                replace(self._records[key], entry=entry)
                for key, entry in entries.items()
                if key in self._records
            ]
            await asyncio.to_thread(self.keep, kept)

    async def remember_domain_controller(self, name: str, since: datetime) -> None:
        """Keep which domain controller is worked with; returns when it is durable."""
        self._domain_controller = (name, since)
        async with self._writing:
            await asyncio.to_thread(self._append, [_domain_controller_row(name, since)])

    async def load_statuses(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses as last written."""
        return {key: record.status for key, record in self._records.items() if record.status is not None}

    async def save_statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        """Write those that say something else than before, but of no released resource; durable on return."""
        async with self._writing:
            kept = [
                replace(self._records[key], status=status)
                for key, status in statuses.items()
                if key in self._records and self._records[key].status != status
            ]
            await asyncio.to_thread(self.keep, kept)

    async def release(self, key: ObjectKey) -> None:
        """Forget a resource whose deletion is done."""
        async with self._writing:
            await asyncio.to_thread(self.forget, [key])

    def _append(self, rows: list[dict[str, Any]]) -> None:
        if rows and self._writable:
            json_lines.append(self._path, rows)

    def _rows(self) -> list[dict[str, Any]]:
        rows = [_record_row(record) for record in self._records.values()]
        return [_domain_controller_row(*self._domain_controller), *rows] if self._domain_controller else rows

    def _replay(self, row: Mapping[str, Any]) -> None:
        if row["version"] != VERSION:
            raise ValueError(f'of version "{row["version"]}", this release knows "{VERSION}"')
        if "record" in row:
            record = Record.from_row(row["record"])
            self._records[record.key] = record
        elif "released" in row:
            self._records.pop(key_from_row(row["released"]), None)
        else:
            found = row["domainController"]
            self._domain_controller = (str(found["name"]), datetime.fromisoformat(found["since"]))


def _row(**content: Any) -> dict[str, Any]:
    return {"version": VERSION, **content}


def _record_row(record: Record) -> dict[str, Any]:
    return _row(record=record.to_row())


def _domain_controller_row(name: str, since: datetime) -> dict[str, Any]:
    return _row(domainController={"name": name, "since": since.isoformat()})
