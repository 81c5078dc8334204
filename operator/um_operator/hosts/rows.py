"""One row of a host's command to one observed fact. Pure; what is not understood raises ReadError."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from um_operator.observed.hosts import HostEvent, ServiceFact, ServiceStatus
from um_operator.remoting.session import PSRow, PSValue

_STATES: Final[Mapping[str, ServiceStatus]] = {
    "running": "Running",
    "stopped": "Stopped",
    "start pending": "StartPending",
    "stop pending": "StopPending",
    "paused": "Paused",
}
"""Win32_Service.State; its other words (Continue Pending, Pause Pending, Unknown) need not be told apart."""


class ReadError(Exception):
    """A value that can't be understood; names the property, never guesses."""

    def __init__(self, name: str) -> None:
        super().__init__(f'property "{name}" has a value that is not understood')


def service(row: PSRow, started_at: datetime | None) -> ServiceFact:
    """Read an instance of Win32_Service; ``started_at`` is that of its process."""
    status = _STATES.get(text(row, "State").casefold(), "Other")
    return ServiceFact(text(row, "Name"), status, started_at)


def process_id(row: PSRow) -> int | None:
    """Return the process of an instance of Win32_Service, ``None`` while it has none (0)."""
    return number(row, "ProcessId") or None


def process_start(row: PSRow) -> tuple[int, datetime]:
    """Return id and start of a process."""
    return number(row, "Id"), instant(row, "StartTime")


def fingerprint(row: PSRow) -> str:
    """Return the SHA-256 of a certificate: over remoting its bytes are all there is (field notes 1.5)."""
    raw = row.properties.get("RawData")
    if not isinstance(raw, bytes) or not raw:
        raise ReadError("RawData")
    return hashlib.sha256(raw).hexdigest()


def event(row: PSRow) -> HostEvent:
    """Read an event of the log. Its message may be missing: the text files of its source may be gone."""
    said = row.properties.get("Message")
    return HostEvent(
        record_id=number(row, "RecordId"),
        event_id=number(row, "Id"),
        at=instant(row, "TimeCreated"),
        message=said if isinstance(said, str) else "",
    )


def record_id(row: PSRow) -> int:
    """Return the number of an event in its log."""
    return number(row, "RecordId")


def counted(row: PSRow) -> int:
    """Return the value of a sample set's only sample."""
    samples = row.properties.get("CounterSamples")
    only = samples if isinstance(samples, tuple) else (samples,)
    if len(only) != 1 or not isinstance(only[0], PSRow):
        raise ReadError("CounterSamples")
    value = only[0].properties.get("CookedValue")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReadError("CookedValue")
    return int(value)


def text(row: PSRow, name: str) -> str:
    """Return a property that is text and not empty."""
    value = row.properties.get(name)
    if not isinstance(value, str) or not value:
        raise ReadError(name)
    return value


def number(row: PSRow, name: str) -> int:
    """Return a property that is a whole number."""
    value: PSValue = row.properties.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ReadError(name)
    return value


def instant(row: PSRow, name: str) -> datetime:
    """Return a property that is an instant, in UTC; one without its offset says nothing."""
    value = row.properties.get(name)
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ReadError(name)
    return read.astimezone(UTC)
