"""Files of one JSON object a line: appended durably, rewritten atomically, read strictly.

A line is durable when ``append`` returns. A crash can leave only the last line torn (without its
newline); nobody was told that it was kept, so it is dropped. Anything else that is not JSON is damage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from um_operator.local import durable
from um_operator.local.errors import StateDamagedError


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, oldest first; nothing if there is no file.

    Raises:
        StateDamagedError: a line is no JSON object.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    *lines, _torn = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        yield _object(path, number, line)


def append(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Add objects and return when they are on the disk.

    Raises:
        LocalError: the file cannot be written.
    """
    durable.append(path, _lines(rows))


def replace(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Put objects in the place of a file's content: all of them, or on a crash what was there before.

    Raises:
        LocalError: the file cannot be written.
    """
    durable.replace(path, _lines(rows))


def drop_torn_line(path: Path) -> None:
    """Cut off what a crash left of a last line, so that the next line starts on its own."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise damaged(path, number, f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise damaged(path, number, "not a JSON object")
    return row


def damaged(path: Path, number: int, why: str) -> StateDamagedError:
    """Return the error for a line that cannot be used."""
    return StateDamagedError(
        f'state file "{path}" is damaged at line {number} ({why.splitlines()[0]}); restore it from a backup, '
        "or move it away: what it remembered is then judged carefully, as adopted and not yet in force"
    )
