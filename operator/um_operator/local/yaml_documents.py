"""The documents of the folders and files given by ``-f``, as plain data with file and line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from um_operator.api.validation import FieldPath, Problem
from um_operator.local.yaml_nodes import DocumentError, YamlDocument, read_yaml

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STANDARD_INPUT = "-"
MAX_FILE_BYTES = 8 << 20
"""Bytes of one file. The API server takes 3 MiB a request; a file may hold many documents."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    Attributes:
        source: which ``-f`` it came by, counted from 0; a later one wins over an earlier one.
        file: the path as given, for messages.
        index: its place in the file, counted from 1.
        line: where it starts, counted from 1.
        problems: what is wrong with it as YAML.
    """

    source: int
    file: str
    index: int
    line: int
    value: Any
    lines: Mapping[FieldPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: FieldPath) -> int:
        """Return the line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of which no more could be read, at a line, and why."""

    file: str
    line: int
    message: str


def read_documents(sources: Iterable[str]) -> tuple[list[Document], list[Unreadable]]:
    """Read every document of the folders and files, in order; what can't be read is told, not raised.

    A folder gives its ``*.yaml``, ``*.yml`` and ``*.json`` in the order of their names, as kubectl does,
    and nothing below it; ``-`` is standard input. A link that leads nowhere is a file that can't be read:
    what stood in it has not vanished.
    """
    documents: list[Document] = []
    problems: list[Unreadable] = []
    for number, source in enumerate(sources):
        try:
            files = list(_files(source))
        except OSError as error:
            problems.append(Unreadable(source, 0, f"cannot be read: {error.strerror}"))
            continue
        if not files:
            problems.append(Unreadable(source, 0, "holds no *.yaml, *.yml or *.json file"))
        for file in files:
            try:
                documents.extend(_read_file(number, file))
            except DocumentError as problem:
                problems.append(Unreadable(file, problem.line, problem.message))
            except OSError as error:
                problems.append(Unreadable(file, 0, f"cannot be read: {error.strerror}"))
    return documents, problems


def _files(source: str) -> Iterator[str]:
    path = Path(source)
    if source == STANDARD_INPUT or not path.is_dir():
        yield source
        return
    for entry in sorted(path.iterdir()):
        if entry.suffix in SUFFIXES and (entry.is_file() or not entry.exists()):
            yield str(entry)


def _read_file(source: int, file: str) -> Iterator[Document]:
    text = _text(file)
    read = _read_json(text) if file.endswith(".json") else read_yaml(text)
    for index, one in enumerate(read, start=1):
        yield Document(source, file, index, one.line, one.value, one.lines, one.problems)


def _text(file: str) -> str:
    if file == STANDARD_INPUT:
        content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    else:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError(1, f'larger than "{MAX_FILE_BYTES >> 20}" MiB')
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(line, "not UTF-8") from None


def _read_json(text: str) -> Iterator[YamlDocument]:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DocumentError(error.lineno, f"not JSON: {error.msg}") from None
    except UnicodeEncodeError:
        raise DocumentError(1, "half of a surrogate pair stands alone, which is no text") from None
    except ValueError:
        raise DocumentError(1, "a number has too many digits") from None
    except RecursionError:
        raise DocumentError(1, "nested too deeply") from None
    yield YamlDocument(value, 1, {})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise DocumentError(1, f'"{twice}" stands twice in one object')
    return unique


def _refuse_constant(word: str) -> None:
    raise DocumentError(1, f'"{word}" is not JSON')
