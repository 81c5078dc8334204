"""The canonical form in which declared and observed properties are compared."""

from __future__ import annotations

from typing import TypeAlias

PropertyValue: TypeAlias = bool | int | str | tuple["PropertyValue", ...] | None
"""A property of a dial plan or gateway, the same on both sides of a comparison.

Durations are the shortest text that the API has for them, enums the words of the API, lists without order
sorted tuples, rule groups tuples of (group, numberMask, dialedNumber, comment). Empty or unset text is
``None``, an empty list ``()``.
"""


def name_key(name: str) -> str:
    """Return the key under which Exchange compares a name: without case."""
    return name.casefold()


def display(value: PropertyValue) -> str:
    """Return a value as messages, plans and ``status.drift`` show it: one deterministic text, unquoted."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(
                " ".join(display(part) for part in item) if isinstance(item, tuple) else display(item)
                for item in value
            )
        case _:
            return str(value)
