"""Files that are on the disk when a call returns, readable by their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from um_operator.local.errors import LocalError

PRIVATE: Final = 0o600


def append(path: Path, content: bytes) -> None:
    """Add to a file.

    Raises:
        LocalError: the file cannot be written.
    """
    with _told(path):
        is_new = not path.exists()
        _write(path, os.O_APPEND, content)
        if is_new:
            _sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put this in the place of a file's content: all of it, or on a crash what was there before.

    Raises:
        LocalError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.new")
    with _told(path):
        _write(draft, os.O_TRUNC, content)
        draft.replace(path)
        _sync_folder(path.parent)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LocalError(
            f'state file "{path}" cannot be written: {error.strerror}; see to it, then run again'
        ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, flag: int, content: bytes) -> None:
    rest = memoryview(content)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flag, PRIVATE)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
