"""Exit codes: what a pipeline learns without reading."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn


class ExitCode(IntEnum):
    """What a command says by its exit code."""

    NOTHING_LEFT = 0
    """Exchange is as declared."""
    ERROR = 1
    """Something could not be read, will not be tried, or was asked for wrongly."""
    DIFFERENCES = 2
    """Something differs, or is left to do."""


class Finished(SystemExit):
    """Ends a command with its exit code, told apart from the argument parser's own exits."""


def finish(code: ExitCode) -> NoReturn:
    """End the command."""
    raise Finished(int(code))
