"""PowerShell's conversions of a sent value to a .NET type that any cmdlet may declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from um_operator.lab.binding import ConversionError, ParameterType
from um_operator.lab.powershell import EnumValue, PSObject, SecureString, Value

INT32 = range(-(2**31), 2**31)
_BYTE = range(256)


def _cannot(value: Value, type_name: str, why: str) -> ConversionError:
    shown = value if isinstance(value, str) else repr(value)
    return ConversionError(f'Cannot convert value "{shown}" to type "{type_name}". Error: "{why}"')


def _to_bool(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    raise ConversionError(
        f'Cannot convert value "{value}" to type "System.Boolean". Boolean parameters accept only Boolean '
        "values and numbers, such as $True, $False, 1 or 0."
    )


def _to_int32(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _cannot(value, "System.Int32", "Input string was not in a correct format.")
    try:
        number = int(value)
    except ValueError:
        raise _cannot(value, "System.Int32", "Input string was not in a correct format.") from None
    if number not in INT32:
        raise _cannot(value, "System.Int32", "Value was either too large or too small for an Int32.")
    return number


def to_text(value: Value) -> str | None:
    """A .NET string: numbers are converted, lists and hashtables are not."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, PSObject):
        return value.text
    if isinstance(value, EnumValue):
        return value.name
    if isinstance(value, SecureString | bytes | Mapping | Sequence):
        raise ConversionError(f"Cannot convert '{type(value).__name__}' to the type 'System.String'.")
    return str(value)


def _to_bytes(value: Value) -> bytes:
    """A byte array: bytes, or numbers from 0 to 255."""
    if isinstance(value, bytes):
        return value
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    numbers = [item for item in many if isinstance(item, int) and item in _BYTE]
    if len(numbers) != len(many):
        raise _cannot(value, "System.Byte[]", "Input string was not in a correct format.")
    return bytes(numbers)


def _to_secret(value: Value) -> SecureString | None:
    """A SecureString, and nothing that could be made one: not a plain string."""
    if value is None or isinstance(value, SecureString):
        return value
    type_name = f"System.{type(value).__name__.capitalize()}"
    raise ConversionError(
        f'Cannot convert the value of type "{type_name}" to type "System.Security.SecureString".'
    )


BOOLEAN = ParameterType("System.Boolean", _to_bool, nullable=False)
SWITCH = ParameterType("System.Management.Automation.SwitchParameter", _to_bool, nullable=False)
INTEGER = ParameterType("System.Int32", _to_int32, nullable=False)
STRING = ParameterType("System.String", to_text)
BYTES = ParameterType("System.Byte[]", _to_bytes)
SECURE_STRING = ParameterType("System.Security.SecureString", _to_secret)
ANYTHING = ParameterType("System.Object", lambda value: value)


@dataclass(frozen=True, slots=True)
class EnumType:
    """A .NET enum: its members with their numbers, in order."""

    name: str
    members: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, name: str, *members: str) -> EnumType:
        """An enum whose members count from 0."""
        return cls(name, tuple((member, number) for number, member in enumerate(members)))

    def __call__(self, member: str) -> EnumValue:
        """The value of that name, in any case."""
        name, number = next(m for m in self.members if m[0].lower() == member.lower())
        return EnumValue(self.name, name, number)

    def convert(self, value: Value) -> EnumValue:
        """PowerShell's conversion: a name without regard to case, or a number."""
        text = to_text(value)
        for name, number in self.members:
            if text is not None and text.lower() in (name.lower(), str(number)):
                return EnumValue(self.name, name, number)
        raise _cannot(
            value,
            self.name,
            f"Unable to match the identifier name {text} to a valid enumerator name. Specify one of the "
            f"following enumerator names and try again: {', '.join(n for n, _ in self.members)}",
        )

    @property
    def parameter(self) -> ParameterType:
        """The enum as the type of a parameter."""
        return ParameterType(self.name, self.convert, nullable=False)


@dataclass(frozen=True, slots=True)
class Replace:
    """A multi-valued argument that overwrites what was there."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A multi-valued argument ``@{Add=…; Remove=…}`` that keeps the rest."""

    add: tuple[Any, ...]
    remove: tuple[Any, ...]


def multi_valued(element: ParameterType) -> ParameterType:
    """A MultiValuedProperty of that element: a list, a single value, ``$null``, or a hashtable of edits."""
    name = "Microsoft.Exchange.Data.MultiValuedProperty"

    def convert(value: Value) -> Replace | Edit:
        if isinstance(value, Mapping):
            edits = {str(key).lower(): several(given) for key, given in value.items()}
            if not edits or not edits.keys() <= {"add", "remove"}:
                raise _cannot(value, name, "The hashtable may have only the keys Add and Remove.")
            return Edit(edits.get("add", ()), edits.get("remove", ()))
        return Replace(several(value))

    def several(value: Value) -> tuple[Any, ...]:
        if value is None:
            return ()
        many = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        return tuple(element.convert(item) for item in many)

    return ParameterType(name, convert)
