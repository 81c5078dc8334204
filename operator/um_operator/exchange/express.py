"""What of a live object can be said in the API: a document, less the fields that the API refuses. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from um_operator.api.select import Invalid, parse
from um_operator.api.validation import Problem
from um_operator.exchange import codecs
from um_operator.exchange.codecs import Codec
from um_operator.observed.values import PropertyValue

Document = dict[str, Any]
REFS = "dialPlanRefs"
IDENTITY = frozenset({"name", "organizationRef"})


@dataclass(frozen=True, slots=True)
class Dropped:
    """A field that could not be said, and why; ``field`` empty means the whole object."""

    field: str
    why: str


def spoken(codec: Codec, value: PropertyValue) -> Any:
    """Return a canonical value as a manifest has it, ``None`` for what is empty."""
    if value is None or value == ():
        return None
    if codec is codecs.GROUPS:
        assert isinstance(value, tuple)
        return list(_groups(value))
    return list(value) if isinstance(value, tuple) else value


def _groups(rules: tuple[PropertyValue, ...]) -> Iterator[Document]:
    by_group: dict[str, list[Document]] = {}
    for rule in rules:
        assert isinstance(rule, tuple)
        group, mask, number, comment = (str(part) for part in rule)
        said = {"numberMask": mask, "dialedNumber": number} | ({"comment": comment} if comment else {})
        by_group.setdefault(group, []).append(said)
    for group, its_rules in by_group.items():
        yield {"name": group, "rules": its_rules}


def acceptable(document: Document) -> tuple[Document | None, tuple[Dropped, ...]]:
    """Return a document that the API accepts, and what had to go; ``None`` when a required field had to.

    A property goes as a whole, for half of a list would be a change; of ``dialPlanRefs`` only the entry goes,
    for hunt groups that are not listed are kept.
    """
    dropped: dict[str, Dropped] = {}
    while isinstance(judged := parse(document), Invalid):
        spec = dict(document["spec"])
        refs: set[int] = set()
        for problem in judged.problems:
            field = _field(problem)
            if field not in spec or field in IDENTITY:
                cause = dropped.get(field, Dropped(field, str(problem)))
                return None, (Dropped("", cause.why),)
            if field == REFS and len(problem.path) > 2:
                refs.add(int(problem.path[2]))
            else:
                del spec[field]
            dropped[str(problem)] = dropped[field] = Dropped(field, str(problem))
        if REFS in spec:
            spec[REFS] = [ref for index, ref in enumerate(spec[REFS]) if index not in refs]
        document = {**document, "spec": spec}
    return document, tuple(dict.fromkeys(dropped.values()))


def _field(problem: Problem) -> str:
    """Return the field of the spec that a problem is about; empty when it is about something above."""
    return str(problem.path[1]) if len(problem.path) > 1 and problem.path[0] == "spec" else ""
