"""YAML text to plain data, with the line of every value, as ``kubectl`` would read it or not at all.

YAML loaders disagree about many plain scalars: ``y`` is true to kubectl and text to PyYAML, ``22:00`` is
text or 1320, ``089`` is 89 or text, ``1e5`` a number or text (measured; manifests notes 5). Such a scalar
is a problem, so that a directory means the same here and on the API server; what stands around it is read all
the same, so that a person is told everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.cyaml import CBaseLoader
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from um_operator.api.validation import FieldPath, Problem, shown

MAX_DEPTH = 64
"""Levels of nesting in one document; our deepest field stands at ten."""
MAX_VALUES = 200_000
"""Values in one document, each expansion of an alias counted anew."""

_DIFFERS: Final = "YAML loaders read it in different ways; put it in quotes"
_PLAIN = "plain"
_STRING = "tag:yaml.org,2002:str"
_MAPPING = "tag:yaml.org,2002:map"
_SEQUENCE = "tag:yaml.org,2002:seq"
_MERGE = "<<"

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_AMBIGUOUS = re.compile(
    r"""
      y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF      # YAML 1.1 booleans
    | [-+]?0[0-9_]+                                          # octal, decimal or text
    | [-+]?0[xXoObB][0-9a-fA-F_]+
    | [-+]?[0-9][0-9_]*_[0-9_]*
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?           # base 60 in YAML 1.1
    | [-+]?(\.[0-9_]+|[0-9][0-9_]*\.?[0-9_]*)([eE][-+]?[0-9]+)?
    | [-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ \t].*)?            # a date, an instant or text
    | =                                                      # YAML 1.1: the default value
    """,
    re.VERBOSE,
)


class DocumentError(Exception):
    """A text of which no more can be read: it is no YAML, or no manifest. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document; lines count from 1.

    Attributes:
        value: what it says; a scalar on which loaders differ stands there as text.
        line: where it starts.
        lines: where each value stands.
        problems: scalars on which loaders differ, and keys that stand twice.
    """

    value: Any
    line: int
    lines: Mapping[FieldPath, int]
    problems: tuple[Problem, ...] = ()


def read_yaml(text: str) -> Iterator[YamlDocument]:
    """Yield the documents of a YAML text; empty ones are left out, as kubectl does.

    Raises:
        DocumentError: a document is malformed, too large, or has what no manifest has.
    """
    try:
        composer = _BoundedComposer(text)
        while composer.check_node():
            node = composer.get_node()
            assert node is not None
            reading = _Reading()
            value = reading.value(node, ())
            if value is not None:
                yield YamlDocument(value, _line(node), reading.lines, tuple(reading.problems))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise DocumentError(1, f"not YAML: {str(error).splitlines()[0]}") from None


class _BoundedComposer(Composer, CBaseLoader):
    """Builds the node tree and keeps apart what was written plain and what was quoted or tagged.

    libyaml gives the events: kubectl's parser is a translation of it, and it is six times cheaper than the
    one in Python. Its own composer, which recurs without a bound, is hidden by the one in Python.
    """

    def __init__(self, text: str) -> None:
        CBaseLoader.__init__(self, text)
        Composer.__init__(self)
        self._depth = 0

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:  # noqa: ARG002
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else _STRING
        return _SEQUENCE if kind is SequenceNode else _MAPPING

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        if parent is not None and self._depth > MAX_DEPTH:
            raise DocumentError(_line(parent), f'nested deeper than "{MAX_DEPTH}" levels')
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Reading:
    """One walk over a document's nodes."""

    def __init__(self) -> None:
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Node, path: FieldPath) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise DocumentError(_line(node), f'more than "{MAX_VALUES}" values in one document')
        self.lines.setdefault(path, _line(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            raise DocumentError(_line(node), "an anchor's value contains itself")
        self._open.add(id(node))
        try:
            return self._collection(node, path)
        finally:
            self._open.remove(id(node))

    def _scalar(self, node: ScalarNode, path: FieldPath) -> bool | int | float | str | None:
        if _is_ambiguous(node):
            self.problems.append(Problem(path, shown(node.value), _DIFFERS))
            return str(node.value)
        return _scalar(node)

    def _collection(self, node: Node, path: FieldPath) -> Any:
        if isinstance(node, MappingNode):
            _expect_tag(node, _MAPPING)
            return self._mapping(node, path)
        _expect_tag(node, _SEQUENCE)
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: FieldPath) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                for name, value in self._merge(value_node, path).items():
                    merged.setdefault(name, value)
                continue
            key = _key(key_node)
            if key in own:
                self.problems.append(Problem((*path, key), "", "stands here twice"))
            self.lines[*path, key] = _line(key_node)
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merge(self, node: Node, path: FieldPath) -> dict[str, Any]:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in sources:
            if not isinstance(source, MappingNode):
                raise DocumentError(_line(source), '"<<" takes a mapping or a list of mappings')
            for name, value in self.value(source, path).items():
                merged.setdefault(name, value)
        return merged


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_merge(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _PLAIN and node.value == _MERGE


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise DocumentError(_line(node), "a key must be text")
    value = None if _is_ambiguous(node) else _scalar(node)
    if not isinstance(value, str):
        raise DocumentError(_line(node), f'the key {node.value or "~"} is not text; quote it: "{node.value}"')
    return value


def _is_ambiguous(node: ScalarNode) -> bool:
    """Whether loaders differ on it: beyond 64 bits, too, and a telephone number may be that long."""
    text = node.value
    if node.tag != _PLAIN or text in _NULLS or text in _BOOLEANS or _DECIMAL.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return len(text) > len(f"{_SMALLEST}") or not _SMALLEST <= int(text) <= _LARGEST
    return _AMBIGUOUS.fullmatch(text) is not None


def _scalar(node: ScalarNode) -> bool | int | float | str | None:
    if node.tag == _PLAIN:
        return _plain_scalar(node.value)
    _expect_tag(node, _STRING)
    return str(node.value)


def _plain_scalar(text: str) -> bool | int | float | str | None:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _expect_tag(node: Node, tag: str) -> None:
    if node.tag != tag:
        raise DocumentError(_line(node), f'the tag "{node.tag}" is not used in manifests')
