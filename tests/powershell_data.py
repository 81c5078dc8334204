"""PowerShell data files (.psd1, .psrc, .pssc) as values: hashtables, arrays, strings, booleans, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<open>@\{|@\()
      | (?P<mark>[}\)=,;])
      | '(?P<single>(?:[^']|'')*)'
      | "(?P<double>(?:[^"`$]|"")*)"
      | (?P<constant>\$true|\$false|\$null)
      | (?P<word>[A-Za-z]\w*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONSTANTS = {"$true": True, "$false": False, "$null": None}


class PowerShellDataError(Exception):
    """The text is no data file; nothing in it is ever run."""


def load(path: Path) -> dict[str, Any]:
    """Read a file; it holds one hashtable.

    Raises:
        PowerShellDataError: it does not, or holds something that is no data.
    """
    found = parse(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise PowerShellDataError(f'"{path}" holds no hashtable')
    return found


def parse(text: str) -> Any:
    """Read one value."""
    reader = _Reader(text)
    value = reader.value()
    reader.expect("end", "")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def value(self) -> Any:
        """One element, or several with commas between them."""
        values = [self._element()]
        while self._next_is("mark", ","):
            values.append(self._element())
        return values if len(values) > 1 else values[0]

    def expect(self, kind: str, text: str) -> None:
        if not self._next_is(kind, text):
            raise PowerShellDataError(f'"{text}" is missing before {self._tokens[self._at]}')

    def _element(self) -> Any:
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "string":
                return text
            case "constant":
                return _CONSTANTS[text.lower()]
            case "open":
                return self._hashtable() if text == "@{" else self._array()
        raise PowerShellDataError(f'"{text}" is no data')

    def _hashtable(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._next_is("mark", "}"):
            kind, key = self._tokens[self._at]
            self._at += 1
            if kind not in ("word", "string") or key in found:
                raise PowerShellDataError(f'"{key}" is no key')
            self.expect("mark", "=")
            found[key] = self.value()
            self._next_is("mark", ";")
        return found

    def _array(self) -> list[Any]:
        found: list[Any] = []
        while not self._next_is("mark", ")"):
            value = self.value()
            found += value if isinstance(value, list) else [value]
            self._next_is("mark", ";")
        return found

    def _next_is(self, kind: str, text: str) -> bool:
        if self._tokens[self._at] != (kind, text):
            return False
        self._at += 1
        return True


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        if (match := _TOKEN.match(text, at)) is None:
            raise PowerShellDataError(f"cannot read {text[at : at + 20]!r}")
        at = match.end()
        kind = match.lastgroup or ""
        if kind in ("single", "double"):
            quote = "'" if kind == "single" else '"'
            yield "string", match[kind].replace(quote * 2, quote)
        elif kind != "space":
            yield kind, match[kind]
    yield "end", ""
