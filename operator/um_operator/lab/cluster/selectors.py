"""Label and field selectors of lists and watches."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeAlias

from .errors import bad_request
from .values import Json

Selector: TypeAlias = Callable[[Json], bool]

_LABEL_TERM: Final = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<no>[\w./-]+)"
    r"|(?P<key>[\w./-]+)\s*(?:(?P<equal>==?|!=)\s*(?P<value>[\w.-]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*(?:,|$)"
)


def everything(_object: Json) -> bool:
    """The selector of a request that has none."""
    return True


def label_selector(text: str) -> Selector:
    """Read a label selector: ``a=b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``, ``a``, ``!a``, with commas.

    Raises:
        StatusError: 400 when it cannot be read.
    """
    terms: list[Callable[[Mapping[str, str]], bool]] = []
    at = 0
    while at < len(text):
        found = _LABEL_TERM.match(text, at)
        if not found:
            raise bad_request(f'unable to parse requirement: "{text[at:]}"')
        terms.append(_label_term(found))
        at = found.end()
    return lambda obj: all(term(obj["metadata"].get("labels", {})) for term in terms)


def _label_term(found: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    key = found["key"] or found["no"]
    if found["absent"]:
        return lambda labels: key not in labels
    if found["equal"]:
        value, wanted = found["value"], found["equal"] != "!="
        return lambda labels: (labels.get(key) == value) is wanted
    if found["set"]:
        values, wanted = {value.strip() for value in found["values"].split(",")}, found["set"] == "in"
        return lambda labels: (labels.get(key) in values) is wanted
    return lambda labels: key in labels


def field_selector(text: str, supported: Collection[str]) -> Selector:
    """Read a field selector: ``path=value``, ``path!=value``, joined by commas; an absent field is empty.

    Args:
        text: the selector.
        supported: the paths that the resource can be selected by.

    Raises:
        StatusError: 400 for a path that is not supported, or text that cannot be read.
    """
    terms: list[tuple[list[str], str, bool]] = []
    for term in filter(None, text.split(",")):
        found = re.fullmatch(r"([^=!]+)(==?|!=)(.*)", term)
        if not found:
            raise bad_request(f'invalid selector: "{text}"; can\'t understand "{term}"')
        path, operator, value = found.groups()
        if path not in supported:
            raise bad_request(f"field label not supported: {path}")
        terms.append((path.split("."), value, operator != "!="))
    return lambda obj: all((field_value(obj, path) == value) is wanted for path, value, wanted in terms)


def field_value(obj: Json, path: list[str]) -> str:
    """The value at a path as selectors compare it."""
    value: Any = obj
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
