"""Single properties of an object of Lync. What is not understood raises ReadError and is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from um_operator.remoting.session import PSRow
from um_operator.remoting.values import NotUnderstoodError, items_of, text_of

T = TypeVar("T")


class ReadError(Exception):
    """A value that can't be understood; names the property."""

    def __init__(self, name: str) -> None:
        super().__init__(f'property "{name}" has a value that is not understood')


def text(row: PSRow, name: str) -> str:
    """Return a property's text, ``""`` for one that is nil or not there."""
    try:
        return text_of(row.properties.get(name))
    except NotUnderstoodError:
        raise ReadError(name) from None


def needed(row: PSRow, name: str) -> str:
    """Return a property's text, which must not be empty."""
    found = text(row, name)
    if not found:
        raise ReadError(name)
    return found


def texts(row: PSRow, name: str) -> tuple[str, ...]:
    """Return the texts of a property with several values, or with one."""
    try:
        return tuple(text_of(item) for item in items_of(row.properties.get(name)))
    except NotUnderstoodError:
        raise ReadError(name) from None


def flag(row: PSRow, name: str) -> bool:
    """Return a property that is true or false."""
    found = row.properties.get(name)
    if not isinstance(found, bool):
        raise ReadError(name)
    return found


def number(row: PSRow, name: str) -> int:
    """Return a property that is a whole number."""
    found = row.properties.get(name)
    if isinstance(found, bool) or not isinstance(found, int):
        raise ReadError(name)
    return found


def instant(row: PSRow, name: str) -> datetime | None:
    """Return a property that is an instant, in UTC; ``None`` for nil. One without offset says nothing."""
    found = row.properties.get(name)
    if found is None:
        return None
    try:
        read = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ReadError(name)
    return read.astimezone(UTC)


def word(row: PSRow, name: str, words: Mapping[str, T]) -> T:
    """Return what an enum's word means, found without case (keys in lower case)."""
    try:
        return words[text(row, name).casefold()]
    except KeyError:
        raise ReadError(name) from None
