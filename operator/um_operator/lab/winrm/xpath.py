"""As much of XPath as selects events: ``*[System[Provider[@Name='A'] and (EventID=1 or EventID=2)]]``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from um_operator.lab.hosts.event_log import Event

Test = Callable[[Event], bool]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<mark>\*|[\[\]()])|(?P<word>@?[A-Za-z]\w*)|(?P<sign>>=|<=|!=|=|>|<)|(?P<number>\d+)|'(?P<text>[^']*)')"
)
_SIGNS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
LEVELS: Final = {"Error": 2, "Warning": 3, "Information": 4}
_NUMBERS: Final[Mapping[str, Callable[[Event], int]]] = {
    "EventID": lambda event: event.id,
    "EventRecordID": lambda event: event.record_id,
    "Level": lambda event: LEVELS[event.level],
}


class XPathError(Exception):
    """The text is no expression that an event log takes."""


def parse(text: str) -> Test:
    """Return what an expression says of an event.

    Raises:
        XPathError: it is none.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ""]
        self._at = 0

    def whole(self) -> Test:
        self._expect("*")
        test: Test = lambda _event: True  # noqa: E731 - the expression that selects everything
        if self._next_is("["):
            self._expect("System")
            self._expect("[")
            test = self._either()
            self._expect("]")
            self._expect("]")
        self._expect("")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next_is("or"):
            tests.append(self._both())
        return lambda event: any(test(event) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._next_is("and"):
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._next_is("("):
            inner = self._either()
            self._expect(")")
            return inner
        if self._next_is("Provider"):
            self._expect("[")
            inner = self._either()
            self._expect("]")
            return inner
        if self._next_is("@Name"):
            self._expect("=")
            return self._provider(self._take())
        return self._comparison(self._take())

    def _provider(self, quoted: str) -> Test:
        if not quoted.startswith("'"):
            raise XPathError
        name = quoted[1:].lower()
        return lambda event: event.source.lower() == name

    def _comparison(self, name: str) -> Test:
        read, compare, number = _NUMBERS.get(name), _SIGNS.get(self._take()), self._take()
        if read is None or compare is None or not number.isdecimal():
            raise XPathError
        limit = int(number)
        return lambda event: compare(read(event), limit)

    def _next_is(self, token: str) -> bool:
        if self._tokens[self._at] != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._next_is(token):
            raise XPathError

    def _take(self) -> str:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _tokens(text: str) -> Iterator[str]:
    """The tokens of a text; a quoted one begins with its quotation mark, and may be empty behind it."""
    at = 0
    while at < len(text.rstrip()):
        if (match := _TOKEN.match(text, at)) is None:
            raise XPathError
        yield f"'{match['text']}" if match["text"] is not None else match[match.lastgroup or 0]
        at = match.end()
