"""How one property looks in Exchange's output, in a parameter, and in the canonical form between them.

Reading takes every shape that was seen or told of (field notes 7.4): an enum as text or as ToString + Int32,
one value instead of a list, an object or only its text, nil for empty. Writing has one shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from um_operator.api import durations
from um_operator.observed.values import PropertyValue
from um_operator.remoting.session import Argument, PSRow, PSValue
from um_operator.remoting.values import NotUnderstoodError, items_of, text_of


class ReadError(Exception):
    """A value that can't be understood; names the property and what came, never guesses."""

    def __init__(self, name: str, value: PSValue) -> None:
        super().__init__(
            f'property "{name}" has a value that is not understood, of type "{type_name(value)}"'
        )


@dataclass(frozen=True, slots=True)
class Codec:
    """Two ways of one kind of value. ``write(read(x))`` is what Exchange would store again as ``x``.

    ``example`` is a value of this kind, for trying whether a parameter is there.
    """

    reading: Callable[[PSValue], PropertyValue]
    writing: Callable[[PropertyValue], Argument]
    example: PropertyValue

    def read(self, name: str, value: PSValue) -> PropertyValue:
        """Return the canonical form of what came as property ``name``.

        Raises:
            ReadError: it is not of this kind.
        """
        try:
            return self.reading(value)
        except NotUnderstoodError:
            raise ReadError(name, value) from None

    def write(self, value: PropertyValue) -> Argument:
        """Return the argument that sets the canonical value; ``None`` (``$null``) clears."""
        return self.writing(value)


def type_name(value: PSValue) -> str:
    """Return what PowerShell calls the type, as far as it is known."""
    if isinstance(value, PSRow) and value.type_names:
        return value.type_names[0]
    return "nil" if value is None else type(value).__name__


def name_of(value: PSValue) -> str:
    """Return the name of the object that an ADObjectId refers to: its property Name, else its text."""
    if isinstance(value, PSRow):
        name = value.properties.get("Name")
        if isinstance(name, str) and name:
            return name
    return text_of(value)


def seconds_of(value: PSValue, unit: int) -> int:
    """Return seconds: a number counts ``unit`` seconds each, an (Enhanced)TimeSpan is ``[d.]hh:mm:ss``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * unit
    text = text_of(value)
    if re.fullmatch(r"\d{1,9}", text):
        return int(text) * unit
    span = _TIME_SPAN.fullmatch(text)
    if span is None:
        raise NotUnderstoodError
    days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


_TIME_SPAN = re.compile(r"(?:(\d{1,8})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.0+)?")


def _read_bool(value: PSValue) -> PropertyValue:
    if value is None or isinstance(value, bool):
        return value
    try:
        return {"true": True, "false": False}[text_of(value).lower()]
    except KeyError:
        raise NotUnderstoodError from None


def _read_int(value: PSValue) -> PropertyValue:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    text = text_of(value)
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise NotUnderstoodError
    return int(text)


def _read_text(value: PSValue) -> PropertyValue:
    return text_of(value) or None


def _read_name(value: PSValue) -> PropertyValue:
    return name_of(value) or None


def _read_set(value: PSValue) -> PropertyValue:
    return tuple(sorted({text_of(item) for item in items_of(value)}))


def _read_groups(value: PSValue) -> PropertyValue:
    return tuple(sorted({_rule(item) for item in items_of(value)}))


def _rule(item: PSValue) -> tuple[str, str, str, str]:
    """Read one DialGroupEntry: an object with its four parts, or ``group,mask,number,comment``.

    Only the comment may hold a comma, so the first three commas part the fields.
    """
    if isinstance(item, PSRow) and "NumberMask" in item.properties:
        parts = [
            text_of(item.properties.get(name)) for name in ("Name", "NumberMask", "DialedNumber", "Comment")
        ]
    else:
        parts = text_of(item).split(",", 3)
    if len(parts) == 3:
        parts.append("")
    if len(parts) != 4:
        raise NotUnderstoodError
    group, mask, number, comment = parts
    return group, mask, number, comment


def _write_scalar(value: PropertyValue) -> Argument:
    assert not isinstance(value, tuple)
    return value


def _write_list(value: PropertyValue) -> Argument:
    assert isinstance(value, tuple)
    return [str(item) for item in value] or None


def _write_groups(value: PropertyValue) -> Argument:
    assert isinstance(value, tuple)
    return [",".join(str(part) for part in rule) for rule in value if isinstance(rule, tuple)] or None


def _time(unit: int) -> Codec:
    def read(value: PSValue) -> PropertyValue:
        if value is None or value == "":
            return None
        return durations.canonical(timedelta(seconds=seconds_of(value, unit)))

    def write(value: PropertyValue) -> Argument:
        return durations.parse(str(value)) // timedelta(seconds=unit)

    return Codec(read, write, durations.canonical(timedelta(seconds=unit)))


def words(*same: str, **other: str) -> Codec:
    """Return the codec of an enum: words shared with the API, and ``api=exchange`` for the others."""
    to_exchange: Mapping[str, str] = {**{word: word for word in same}, **other}
    to_api = {theirs.casefold(): ours for ours, theirs in to_exchange.items()}

    def read(value: PSValue) -> PropertyValue:
        if value is None or value == "":
            return None
        try:
            return to_api[text_of(value).casefold()]
        except KeyError:
            raise NotUnderstoodError from None

    def write(value: PropertyValue) -> Argument:
        return to_exchange[str(value)]

    return Codec(read, write, next(iter(to_exchange)))


BOOL = Codec(_read_bool, _write_scalar, False)
INT = Codec(_read_int, _write_scalar, 3)
TEXT = Codec(_read_text, _write_scalar, "1")
REFERENCE = Codec(_read_name, _write_scalar, "1")
"""An ADObjectId, known by the name of what it refers to."""
LANGUAGE = Codec(_read_name, _write_scalar, "en-US")
"""A UMLanguage: the name of its culture, such as ``de-DE``."""
TEXT_SET = Codec(_read_set, _write_list, ())
GROUPS = Codec(_read_groups, _write_groups, ())
"""Dialling rules: tuples of (group, numberMask, dialedNumber, comment)."""
MINUTES = _time(60)
SECONDS = _time(1)
