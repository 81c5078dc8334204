"""Tables: what ``kubectl get`` prints, computed by the server from printer columns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from .values import Json

_Step: TypeAlias = "str | int | tuple[list[str], str]"
"""A member's name (``*``: all), an item's index, or a filter: the path in an item and what stands there."""

_STEP: Final = re.compile(
    r"\.(?P<name>[A-Za-z_][\w-]*|\*)|\[(?:(?P<index>\d+)|(?P<all>\*)|'(?P<quoted>[^']*)'"
    r"|\?\(@\.(?P<path>[\w.]+)\s*==\s*[\"'](?P<value>[^\"']*)[\"']\))\]"
)
_TYPES: Final = {"integer": int, "number": int | float, "boolean": bool}
_UNITS: Final = (
    (2 * 60, 1, "s", 0, ""),
    (10 * 60, 60, "m", 1, "s"),
    (3 * 3600, 60, "m", 0, ""),
    (8 * 3600, 3600, "h", 60, "m"),
    (48 * 3600, 3600, "h", 0, ""),
    (8 * 86400, 86400, "d", 3600, "h"),
    (2 * 365 * 86400, 86400, "d", 0, ""),
    (8 * 365 * 86400, 365 * 86400, "y", 86400, "d"),
)
"""Up to so many seconds: the unit, its letter, the rest's unit and letter (apimachinery's HumanDuration)."""


@dataclass(frozen=True)
class Column:
    """A printer column; ``value`` is what it shows of an object before that is formatted by the type."""

    name: str
    type: str
    value: Callable[[Json], Any]
    description: str = ""
    format: str = ""
    priority: int = 0

    @classmethod
    def of(cls, column: Json) -> Column:
        """Read one of ``additionalPrinterColumns``; one of ours may have ``count`` instead of ``jsonPath``.

        Raises:
            ValueError: its JSONPath is more than members, indices, ``[*]`` and one ``[?(@.a=="b")]`` a step.
        """
        given = {key: column[key] for key in ("description", "format", "priority") if key in column}
        value = first_at(column["jsonPath"]) if "jsonPath" in column else _count_at(column["count"])
        return cls(column["name"], column["type"], value, **given)

    def definition(self) -> Json:
        """The column as a table declares it."""
        described = self.description or f"Custom resource definition column (in JSONPath format): {self.name}"
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": described,
            "priority": self.priority,
        }

    def cell(self, obj: Json, now: datetime) -> Any:
        """What the column shows of an object."""
        value = self.value(obj)
        return None if value is None else _shown(value, self.type, now)


def first_at(path: str) -> Callable[[Json], Any]:
    """What gives the first match of a JSONPath, or ``None``.

    Raises:
        ValueError: the path is not understood.
    """
    steps = tuple(_steps(path))

    def first(obj: Json) -> Any:
        found: list[Any] = [obj]
        for step in steps:
            found = [value for each in found for value in _follow(each, step)]
        return found[0] if found else None

    return first


def _count_at(path: str) -> Callable[[Json], int]:
    members = first_at(path)
    return lambda obj: len(members(obj) or ())


def table(
    columns: Iterable[Column], objects: Iterable[Json], metadata: Json, now: datetime, include: str
) -> Json:
    """A table of objects.

    Args:
        columns: of the table.
        objects: its rows.
        metadata: of the list or object that it stands for.
        now: for ages.
        include: what each row has of its object: ``Metadata``, ``Object`` or ``None``.
    """
    shown = tuple(columns)
    rows = [([column.cell(obj, now) for column in shown], obj) for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [column.definition() for column in shown],
        "rows": [{"cells": cells, "object": _included(obj, include)} for cells, obj in rows],
    }


def _included(obj: Json, include: str) -> Json | None:
    if include == "None":
        return None
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return obj if include == "Object" else head


def _steps(path: str) -> Iterable[_Step]:
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise ValueError(f'the JSONPath "{path}" is not understood from "{path[at:]}" on')
        at = found.end()
        if found["path"]:
            yield found["path"].split("."), found["value"]
        elif found["index"]:
            yield int(found["index"])
        else:
            yield found["name"] or found["quoted"] or "*"


def _follow(value: Any, step: _Step) -> list[Any]:
    if step == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    items = value if isinstance(value, list) else []
    if isinstance(step, int):
        return items[step : step + 1]
    path, wanted = step
    return [item for item in items if _at(item, path) == wanted]


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _shown(value: Any, kind: str, now: datetime) -> Any:
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if kind == "date":
        return _age(str(value), now)
    return value if isinstance(value, _TYPES[kind]) else None


def _age(text: str, now: datetime) -> str:
    try:
        seconds = int((now - datetime.fromisoformat(text)).total_seconds())
    except (ValueError, TypeError):
        return "<invalid>"
    if seconds < -1:
        return "<invalid>"
    seconds = max(seconds, 0)
    for limit, unit, letter, rest, rest_letter in _UNITS:
        if seconds < limit:
            left = seconds % unit // rest if rest else 0
            return f"{seconds // unit}{letter}" + (f"{left}{rest_letter}" if left else "")
    return f"{seconds // (365 * 86400)}y"


NAME: Final = Column("Name", "string", first_at(".metadata.name"), format="name")
AGE: Final = Column("Age", "date", first_at(".metadata.creationTimestamp"))
