"""Events: core/v1 and events.k8s.io/v1 are two names of the same objects, kept in the core's form."""

from __future__ import annotations

import re
from typing import Final

from .errors import Cause
from .tables import Column, first_at
from .values import Json

_NAMES: Final = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedCount": "count",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
}
"""Fields of events.k8s.io/v1, and how the core calls them."""
_CORE_NAMES: Final = {core: new for new, core in _NAMES.items()}
_LIMITS: Final = {"reason": 128, "action": 128, "reportingInstance": 128, "reportingComponent": 128}
"""Needed in an event with an eventTime, and at most so many characters."""
_QUALIFIED_NAME: Final = re.compile(
    r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
NOTE_LIMIT: Final = 1024
_CHANGEABLE: Final = frozenset({"series", "metadata"})


def _last_seen(event: Json) -> str | None:
    series: Json = event.get("series") or {}
    return series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")


def _first_seen(event: Json) -> str | None:
    return event.get("firstTimestamp") or event.get("eventTime")


def _about(event: Json) -> str:
    about = event.get("involvedObject", {})
    return f"{about.get('kind', '').lower()}/{about.get('name', '')}"


def _source(event: Json) -> str:
    source: Json = event.get("source") or {}
    legacy = (source.get("component"), source.get("host"))
    named = (event.get("reportingComponent"), event.get("reportingInstance"))
    return ", ".join(filter(None, legacy if any(legacy) else named))


def _count(event: Json) -> str:
    return str((event.get("series") or event).get("count", 1))


COLUMNS: Final = (
    Column("Last Seen", "date", _last_seen),
    Column("Type", "string", first_at(".type")),
    Column("Reason", "string", first_at(".reason")),
    Column("Object", "string", _about),
    Column("Subobject", "string", first_at(".involvedObject.fieldPath"), priority=1),
    Column("Source", "string", _source, priority=1),
    Column("Message", "string", first_at(".message")),
    Column("First Seen", "date", _first_seen, priority=1),
    Column("Count", "string", _count, priority=1),
    Column("Name", "string", first_at(".metadata.name"), priority=1, format="name"),
)


def to_core(event: Json) -> Json:
    """An event of events.k8s.io/v1 as the core has it."""
    return {**{_NAMES.get(key, key): value for key, value in event.items()}, "apiVersion": "v1"}


def from_core(event: Json) -> Json:
    """An event as events.k8s.io/v1 has it."""
    renamed = {_CORE_NAMES.get(key, key): value for key, value in event.items()}
    return {**renamed, "apiVersion": "events.k8s.io/v1"}


def core_faults(event: Json, _old: Json | None) -> list[Cause]:
    """What the core refuses: events are in the namespace of what they are about."""
    causes = _faults(event) if event.get("eventTime") else []
    about = event.get("involvedObject", {}).get("namespace", "")
    if about != event["metadata"]["namespace"] and (about or event["metadata"]["namespace"] != "default"):
        causes.append(_elsewhere(about))
    return causes


def faults(event: Json, old: Json | None) -> list[Cause]:
    """What events.k8s.io/v1 refuses; after its creation only an event's series may change."""
    if old is not None:
        changed = {key for key in {*event, *old} - _CHANGEABLE if event.get(key) != old.get(key)}
        return [Cause(_NAMES.get(key, key), "Invalid value: field is immutable") for key in sorted(changed)]
    causes = _faults(to_core(event))
    if not event.get("regarding", {}).get("namespace") and event["metadata"]["namespace"] != "default":
        causes.append(_elsewhere(""))
    return causes


def _elsewhere(about: str) -> Cause:
    return Cause("involvedObject.namespace", f'Invalid value: "{about}": does not match event.namespace')


def _faults(event: Json) -> list[Cause]:
    """What does not hold in an event that has an eventTime, or should have one."""
    causes = [] if event.get("eventTime") else [Cause("eventTime", "Required value", "FieldValueRequired")]
    for name, limit in _LIMITS.items():
        if not event.get(name):
            causes.append(Cause(name, "Required value", "FieldValueRequired"))
        elif len(event[name]) > limit:
            causes.append(Cause(name, f"Invalid value: can have at most {limit} characters"))
    if not _QUALIFIED_NAME.fullmatch(event.get("reportingComponent", "")):
        causes.append(Cause("reportingController", "Invalid value: is no qualified name"))
    if event.get("type") not in ("Normal", "Warning"):
        causes.append(Cause("type", f'Invalid value: "": has invalid value: {event.get("type", "")}'))
    if len(event.get("message", "")) > NOTE_LIMIT:
        causes.append(Cause("message", f"Invalid value: can have at most {NOTE_LIMIT} characters"))
    series = event.get("series")
    if series is not None and not (series.get("count", 0) >= 2 and series.get("lastObservedTime")):
        causes.append(Cause("series", "Invalid value: needs a count of at least 2 and a lastObservedTime"))
    return causes
