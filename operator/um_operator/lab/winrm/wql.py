"""As much of WQL as selects services: ``SELECT * FROM Class WHERE Name = 'A' OR Name = 'B'``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from um_operator.lab.winrm.call import HostCall

_SELECT = re.compile(r"\s*SELECT\s+\*\s+FROM\s+(\w+)(?:\s+WHERE\s+(.+))?\s*", re.IGNORECASE)
_EQUALS = re.compile(r"\s*(\w+)\s*=\s*'([^']*)'\s*")
_OR = re.compile(r"\s+OR\s+", re.IGNORECASE)

Condition = Callable[[Mapping[str, str]], bool]
"""Takes properties by their names in lower case."""


def query(call: HostCall, text: str) -> tuple[str, str | None]:
    """Return the class and the condition of a query.

    Raises:
        CmdletError: it is none.
    """
    if (match := _SELECT.fullmatch(text)) is None:
        raise _invalid(call, text)
    return match[1], match[2]


def condition(call: HostCall, text: str | None) -> Condition:
    """Return what a condition says; everything holds where there is none.

    Raises:
        CmdletError: it is none.
    """
    if text is None:
        return lambda _properties: True
    parts = [_EQUALS.fullmatch(part) for part in _OR.split(text)]
    if any(part is None for part in parts):
        raise _invalid(call, text)
    wanted = [(part[1].lower(), part[2].lower()) for part in parts if part is not None]
    return lambda properties: any(properties.get(name, "").lower() == value for name, value in wanted)


def _invalid(call: HostCall, text: str) -> Exception:
    return call.error(
        "HRESULT 0x80041017",
        "Invalid query ",
        category="InvalidArgument",
        exception="Microsoft.Management.Infrastructure.CimException",
        target=text,
    )
