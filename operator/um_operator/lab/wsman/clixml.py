"""Values to CLIXML, as a Windows server writes it: adapted properties under ``<Props>``, typed lists.

Templated text, not an element tree: a row of thirty properties costs some ten microseconds (MS-PSRP 2.2.5;
field notes 1.7 and 1.9). Type names carry no ``Deserialized.`` prefix: the reader adds it.
"""

from __future__ import annotations

import base64
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from um_operator.lab.powershell import EnumValue, Int64, PSObject, UInt32, Value


class EnumStyle(Enum):
    """How a .NET enum travels; the field notes (7.4 and 1.9) name both."""

    OBJECT = "object"
    TEXT = "text"


_HASHTABLE: Final = ("System.Collections.Hashtable", "System.Object")
_ENUM_BASES: Final = ("System.Enum", "System.ValueType", "System.Object")
_STRING: Final = "System.String, mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
_EXCHANGE: Final = "Version=15.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
_INT32: Final = range(-(2**31), 2**31)
_INT64: Final = range(-(2**63), 2**63)
_is_plain: Final = re.compile(r"[ !-%'-;=?-^`-~]*").fullmatch
_TEXT_TO_ENCODE: Final = re.compile(
    "_(?=[xX][0-9A-Fa-f]{4}_)|[\\x00-\\x1f\\x7f-\\x9f\ud800-\udfff\ufffe\uffff]"
)


_texts: dict[tuple[int, EnumStyle], str] = {}


def encode_text(text: str) -> str:
    """Return text for an element: ``_xHHHH_`` for what XML cannot carry (MS-PSRP 2.2.5.3.2)."""
    if _is_plain(text):
        return text
    return escape(_TEXT_TO_ENCODE.sub(lambda match: f"_x{ord(match[0]):04X}_", text))


def to_clixml(value: Value, enums: EnumStyle = EnumStyle.OBJECT) -> str:
    """Return one value as the body of a PSRP message.

    The text of an object is kept for as long as the object lives: nobody changes an object that was shown,
    and a large organisation shows the same ones with every list.

    Raises:
        TypeError: the value cannot leave the server, a SecureString for one.
    """
    if not isinstance(value, PSObject):
        return Writer(enums).write(value)
    key = id(value), enums
    if key not in _texts:
        _texts[key] = Writer(enums).write(value)
        weakref.finalize(value, _texts.pop, key, None).atexit = False
    return _texts[key]


class Writer:
    """Writes the values of one message; reference ids are unique within it."""

    def __init__(self, enums: EnumStyle = EnumStyle.OBJECT) -> None:
        self._enums = enums
        self._objects = 0
        self._types: dict[tuple[str, ...], int] = {}
        self._written: dict[int, int] = {}

    @property
    def next_reference(self) -> int:
        """The reference id of the object that is written next."""
        return self._objects

    def write(self, value: Value, name: str | None = None) -> str:
        """Return one value as an element, with its name when it is a property or an entry."""
        attribute = _name(name) if name is not None else ""
        scalar = _SCALARS.get(type(value))
        if scalar is not None:
            return scalar(attribute, value)
        if isinstance(value, PSObject):
            return self._object(attribute, value)
        if isinstance(value, EnumValue):
            return self._enum(attribute, value)
        if isinstance(value, Mapping):
            return self._hashtable(attribute, value)
        scalar = _scalar_of_base(value)
        if scalar is not None:
            return scalar(attribute, value)
        if isinstance(value, Sequence):
            return self._list(attribute, value)
        raise TypeError(f'a value of type "{type(value).__name__}" cannot leave the server')

    def open(self, attribute: str, type_names: tuple[str, ...]) -> str:
        """Return the start of an object: its reference ids and its type names, a known one by reference."""
        reference = self._objects
        self._objects += 1
        return f'<Obj{attribute} RefId="{reference}">{self._type_names(type_names)}'

    def _type_names(self, type_names: tuple[str, ...]) -> str:
        if not type_names:
            return ""
        known = self._types.get(type_names)
        if known is not None:
            return f'<TNRef RefId="{known}" />'
        number = self._types[type_names] = len(self._types)
        return f'<TN RefId="{number}">{_type_elements(type_names)}</TN>'

    def _object(self, attribute: str, value: PSObject) -> str:
        known = self._written.get(id(value))
        if known is not None:
            return f'<Ref{attribute} RefId="{known}" />'
        self._written[id(value)] = self.next_reference
        parts = [self.open(attribute, value.type_names)]
        if value.text:
            parts.append(f"<ToString>{encode_text(value.text)}</ToString>")
        if value.base is not None:
            parts.append(self.write(value.base))
        if isinstance(value.items, Mapping):
            parts.append(f"<DCT>{self._entries(value.items)}</DCT>")
        elif value.items is not None:
            parts.append(f"<LST>{''.join([self.write(item) for item in value.items])}</LST>")
        properties = value.properties
        if value.sent is not None:
            properties = {name: item for name, item in properties.items() if name in value.sent}
        parts += (self._members("Props", properties), self._members("MS", value.notes), "</Obj>")
        return "".join(parts)

    def _members(self, element: str, members: Mapping[str, Value]) -> str:
        if not members:
            return ""
        parts = [f"<{element}>"]
        for name, item in members.items():
            scalar = _SCALARS.get(type(item))
            parts.append(scalar(_name(name), item) if scalar is not None else self.write(item, name))
        parts.append(f"</{element}>")
        return "".join(parts)

    def _enum(self, attribute: str, value: EnumValue) -> str:
        if self._enums is EnumStyle.TEXT:
            return _text(attribute, value.name)
        start = self.open(attribute, (value.type_name, *_ENUM_BASES))
        return f"{start}<ToString>{encode_text(value.name)}</ToString><I32>{value.number}</I32></Obj>"

    def _hashtable(self, attribute: str, value: Mapping[str, Value]) -> str:
        start = self.open(attribute, _HASHTABLE)
        return f"{start}<DCT>{self._entries(value)}</DCT></Obj>"

    def _entries(self, value: Mapping[str, Value]) -> str:
        key = _name("Key")
        return "".join(
            [f"<En>{_text(key, name)}{self.write(item, 'Value')}</En>" for name, item in value.items()]
        )

    def _list(self, attribute: str, value: Sequence[Value]) -> str:
        start = self.open(attribute, _list_type(value))
        return f"{start}<LST>{''.join([self.write(item) for item in value])}</LST></Obj>"


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    return f" N={quoteattr(encode_text(name))}" if name else ' N=""'


@lru_cache(maxsize=512)
def _type_elements(type_names: tuple[str, ...]) -> str:
    return "".join([f"<T>{escape(name)}</T>" for name in type_names])


def _scalar_of_base(value: Value) -> Callable[[str, Any], str] | None:
    kinds = (kind for kind in (str, int, float, bytes) if isinstance(value, kind))
    return _SCALARS.get(next(kinds, object))


def _list_type(value: Sequence[Value]) -> tuple[str, ...]:
    first = value[0] if value else None
    return _multi_valued(first.type_names[0] if isinstance(first, PSObject) and first.type_names else "")


@lru_cache(maxsize=64)
def _multi_valued(element: str) -> tuple[str, ...]:
    qualified = f"{element}, {'.'.join(element.split('.')[:3])}, {_EXCHANGE}" if element else _STRING
    return (
        f"Microsoft.Exchange.Data.MultiValuedProperty`1[[{qualified}]]",
        "Microsoft.Exchange.Data.MultiValuedPropertyBase",
        "System.Object",
    )


def _integer(attribute: str, value: int) -> str:
    if value in _INT32:
        return f"<I32{attribute}>{value}</I32>"
    if value in _INT64:
        return f"<I64{attribute}>{value}</I64>"
    raise TypeError("an integer beyond 64 bits cannot leave the server")


def _text(attribute: str, value: str) -> str:
    return f"<S{attribute}>{value if _is_plain(value) else encode_text(value)}</S>"


def _instant(attribute: str, value: datetime) -> str:
    """UTC with a ``Z``, the local time of a host with its offset: .NET keeps the kind of a DateTime."""
    instant = value if value.tzinfo else value.astimezone(UTC)
    offset = "Z" if instant.tzinfo is UTC else f"{instant:%z}"
    zone = offset if offset == "Z" else f"{offset[:3]}:{offset[3:]}"
    return f"<DT{attribute}>{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond * 10:07d}{zone}</DT>"


def _span(attribute: str, value: timedelta) -> str:
    sign, length = ("-", -value) if value < timedelta() else ("", value)
    hours, rest = divmod(length.seconds, 3600)
    days = f"{length.days}D" if length.days else ""
    fraction = f".{length.microseconds * 10:07d}" if length.microseconds else ""
    return f"<TS{attribute}>{sign}P{days}T{hours}H{rest // 60}M{rest % 60}{fraction}S</TS>"


_SCALARS: Final[Mapping[type, Callable[[str, Any], str]]] = {
    type(None): lambda attribute, _: f"<Nil{attribute} />",
    bool: lambda attribute, value: f"<B{attribute}>{'true' if value else 'false'}</B>",
    int: _integer,
    Int64: lambda attribute, value: f"<I64{attribute}>{int(value)}</I64>",
    UInt32: lambda attribute, value: f"<U32{attribute}>{int(value)}</U32>",
    float: lambda attribute, value: f"<Db{attribute}>{value!r}</Db>",
    str: _text,
    bytes: lambda attribute, value: f"<BA{attribute}>{base64.b64encode(value).decode()}</BA>",
    UUID: lambda attribute, value: f"<G{attribute}>{value}</G>",
    datetime: _instant,
    timedelta: _span,
}
