"""Values as remoting brings them: one that is an enum, an object or text; a list that may be one value."""

from __future__ import annotations

from um_operator.remoting.session import PSEnum, PSRow, PSValue


class NotUnderstoodError(Exception):
    """A value is not of the kind that was expected; whoever reads the object knows the property's name."""


def text_of(value: PSValue) -> str:
    """Return the text of a scalar or object, ``""`` for nil.

    Raises:
        NotUnderstoodError: a list, a hashtable or bytes has no such text.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case PSEnum() | PSRow():
            return value.text
        case bool() | int():
            return str(value)
    raise NotUnderstoodError


def items_of(value: PSValue) -> tuple[PSValue, ...]:
    """Return the values of a multi-valued property, whose empty form is nil, ``""`` or an empty list."""
    if value is None or value == "":
        return ()
    return value if isinstance(value, tuple) else (value,)
