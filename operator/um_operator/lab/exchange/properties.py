"""A settable property of a noun, declared once: parameter type, default, limits, shape on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from um_operator.lab.binding import Parameter, ParameterType
from um_operator.lab.powershell import Value
from um_operator.lab.values import Edit, Replace

Check = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Property:
    """One row of a noun's table.

    Attributes:
        name: the property's and the parameter's name.
        type: what the parameter takes.
        default: what a new object has.
        on_new: whether New- takes it.
        on_set: whether Set- takes it.
        check: the sentence that refuses a value, or None for a good one; of a list, for each element.
        many: whether it holds a list.
        show: shape on the wire; of a list, of each element. None for as stored.
    """

    name: str
    type: ParameterType
    default: Any = None
    on_new: bool = False
    on_set: bool = True
    check: Check | None = None
    many: bool = False
    show: Callable[[Any], Value] | None = None

    def parameter(self, **overrides: Any) -> Parameter:
        """The parameter that sets it."""
        return Parameter(self.name, self.type, **overrides)

    def problem(self, value: Any) -> str | None:
        """Why Exchange refuses the value, or None."""
        if self.check is None or value is None:
            return None
        return next((p for v in (value if self.many else (value,)) if (p := self.check(v))), None)

    def shown(self, value: Any) -> Any:
        """The value on the wire; a list element by element."""
        if self.show is None or value is None:
            return value
        return [self.show(v) for v in value] if self.many else self.show(value)


def changed_list(current: tuple[Any, ...], argument: Replace | Edit) -> tuple[Any, ...]:
    """A multi-valued property after an argument: overwritten, or edited."""
    if isinstance(argument, Replace):
        return tuple(dict.fromkeys(argument.values))
    kept = [value for value in current if value not in argument.remove]
    return tuple(dict.fromkeys((*kept, *argument.add)))


def defaults(table: tuple[Property, ...]) -> dict[str, Any]:
    """What a new object has before its parameters are applied."""
    return {row.name: row.default for row in table}


def applied(
    table: tuple[Property, ...], current: Mapping[str, Any], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The properties that the arguments change, with their new values."""
    after: dict[str, Any] = {}
    for row in table:
        if row.name in arguments:
            value = arguments[row.name]
            after[row.name] = changed_list(tuple(current.get(row.name) or ()), value) if row.many else value
    return {name: value for name, value in after.items() if value != current.get(name)}


def within(low: int, high: int) -> Check:
    """A number from low to high."""
    return lambda value: (
        None if low <= value <= high else f"The value must be between {low} and {high}. The value is {value}."
    )


def at_most(length: int) -> Check:
    """A text of at most that many characters."""
    return lambda value: (
        None
        if len(value) <= length
        else f"The length of the value is too long. Maximum length: {length}; the value is {value!r}."
    )


FORBIDDEN_IN_NAMES = '"/\\[]:;|=,+*?<>'


def object_name(longest: int) -> Check:
    """A name of at most that many characters, without those that Exchange forbids (field notes 3.1)."""

    def check(name: str) -> str | None:
        if not name.strip():
            return "The name must not be empty."
        if bad := sorted({c for c in name if c in FORBIDDEN_IN_NAMES or ord(c) < 32}):
            return f"The name {name!r} holds characters that are not allowed: {' '.join(bad)!r}."
        return at_most(longest)(name)

    return check
