"""Parameters as psrpcore read them from the wire, as values of the lab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psrpcore.types as ps

from um_operator.lab.powershell import EnumValue, PSObject, SecureString, Value


def to_value(received: Any) -> Value:
    """Return a deserialised parameter; what has no counterpart becomes its text."""
    if received is None:
        return None
    for kind, convert in _CONVERSIONS:
        if isinstance(received, kind):
            return convert(received)
    return _object(received)


def _enum(received: Any) -> Value:
    return EnumValue(received.PSTypeNames[0], str(received.PSObject.to_string), int(received))


def _object(received: Any) -> Value:
    data = getattr(received, "PSObject", None)
    if data is None:
        return str(received)
    properties = (*data.adapted_properties, *data.extended_properties)
    if not properties:
        return str(data.to_string or "")
    return PSObject(
        type_names=tuple(received.PSTypeNames),
        text=data.to_string or "",
        properties={item.name: to_value(item.get_value(received)) for item in properties},
    )


_CONVERSIONS: Final[Sequence[tuple[Any, Callable[[Any], Value]]]] = (
    (bool, bool),
    (ps.PSSecureString, lambda received: SecureString(str(received.decrypt()))),
    (ps.PSEnumBase, _enum),
    (int, int),
    (float, float),
    (str, str),
    (bytes, bytes),
    (UUID, lambda received: UUID(int=received.int)),
    ((datetime, timedelta), lambda received: received),
    (Mapping, lambda received: {str(key): to_value(item) for key, item in received.items()}),
    (Sequence, lambda received: tuple(to_value(item) for item in received)),
)
"""psrpcore's classes are subclasses of Python's; the first match wins, so narrower kinds come first."""
