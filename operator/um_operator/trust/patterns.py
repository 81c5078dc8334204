"""The regular expressions of recipes, which somebody else wrote, on what devices answer, which nobody knows.

They are RE2's: matched in a time that grows with the text and no faster, so that none of them can hold up the
event loop (https://github.com/google/re2/wiki/Syntax). Without look-around and back-references.
"""

from __future__ import annotations

from typing import Protocol

import re2

from um_operator.trust.errors import RecipeError


class Found(Protocol):
    """A match."""

    @property
    def lastindex(self) -> int | None:
        """Number of the last group that matched, ``None`` if none did."""

    def __getitem__(self, group: int) -> str:
        """Return a group's text, 0 for all of it."""


class Pattern(Protocol):
    """A compiled expression, as Python's own are asked."""

    def search(self, text: str) -> Found | None:
        """Return the first match anywhere."""

    def fullmatch(self, text: str) -> Found | None:
        """Return the match of the whole text."""


def compiled(pattern: str) -> Pattern:
    """Compile an expression.

    Raises:
        RecipeError: it is none, or none of RE2's.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        found: Pattern = re2.compile(pattern, options)  # type: ignore[no-untyped-call]
    except re2.error as error:
        [why] = error.args
        raise RecipeError(f'"{pattern}" is no regular expression of RE2: {why.decode()}') from None
    return found


def escape(text: str) -> str:
    """Return an expression that stands for a text."""
    escaped: str = re2.escape(text)  # type: ignore[no-untyped-call]
    return escaped
