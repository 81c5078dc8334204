"""CEL rules of a schema (``x-kubernetes-validations``), at any depth, with ``oldSelf``.

Rules are those of the CEL core language: Kubernetes' extension functions do not exist here. A rule without
``oldSelf`` is not looked at again while its value stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import cel

from .errors import Cause
from .schema import field_path
from .values import Json

_ABSENT: Final = object()
_WITHOUT_VALUE: Final = {
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
}


@dataclass(frozen=True)
class _Rule:
    program: cel.Program
    text: str
    message: str
    message_program: cel.Program | None
    reason: str
    below: str
    transition: bool


@dataclass(frozen=True)
class Rules:
    """The rules at one place of a schema, and those below it."""

    here: tuple[_Rule, ...] = ()
    properties: dict[str, Rules] = field(default_factory=dict)
    values: Rules | None = None
    items: Rules | None = None
    map_keys: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.here or self.properties or self.values or self.items)

    @classmethod
    def of(cls, schema: Json) -> Rules:
        """Compile the rules of a schema.

        Raises:
            ValueError: a rule is no CEL expression.
        """
        below = {name: cls.of(sub) for name, sub in schema.get("properties", {}).items()}
        others, items = schema.get("additionalProperties"), schema.get("items")
        return cls(
            tuple(_compiled(rule) for rule in schema.get("x-kubernetes-validations", ())),
            {name: rules for name, rules in below.items() if rules},
            (cls.of(others) or None) if isinstance(others, dict) else None,
            (cls.of(items) or None) if items else None,
            tuple(schema.get("x-kubernetes-list-map-keys", ())),
        )

    def check(self, obj: Json, old: Json | None) -> list[Cause]:
        """What does not hold in an object, of whose metadata rules see only the names."""
        return list(self.judge(_rooted(obj), _ABSENT if old is None else _rooted(old), []))

    def judge(self, value: Any, old: Any, path: list[str | int]) -> Iterator[Cause]:
        """What does not hold in a value at a path."""
        for rule in self.here:
            if old is _ABSENT if rule.transition else value == old:
                continue
            yield from _judged(rule, value, old, path)
        if isinstance(value, dict):
            for name in value:
                rules = self.properties.get(name) or self.values
                if rules:
                    yield from rules.judge(value[name], _member(old, name), [*path, name])
        elif isinstance(value, list) and self.items:
            for index, item in enumerate(value):
                yield from self.items.judge(item, self._same(item, old), [*path, index])

    def _same(self, item: Any, old: Any) -> Any:
        """The old item of the same keys; other lists' items have no identity."""
        if not self.map_keys or not isinstance(old, list):
            return _ABSENT
        same = (o for o in old if all(o.get(key) == item.get(key) for key in self.map_keys))
        return next(same, _ABSENT)


def _compiled(rule: Json) -> _Rule:
    text = rule["rule"]
    expression = rule.get("messageExpression")
    reason = rule.get("reason", "FieldValueInvalid")
    if reason not in ("FieldValueInvalid", *_WITHOUT_VALUE):
        raise ValueError(f'"{reason}" is no reason of a rule')
    return _Rule(
        cel.compile(text),
        text,
        rule.get("message", f"failed rule: {text}"),
        cel.compile(expression) if expression else None,
        reason,
        rule.get("fieldPath", ""),
        "oldSelf" in text,
    )


def _judged(rule: _Rule, value: Any, old: Any, path: list[str | int]) -> Iterator[Cause]:
    names = {"self": value, **({} if old is _ABSENT else {"oldSelf": old})}
    where = f"{field_path(path)}{rule.below}" if path else rule.below.removeprefix(".") or "<nil>"
    try:
        if rule.program.execute(names) is True:
            return
        message = rule.message_program.execute(names) if rule.message_program else rule.message
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        message = f"{error} evaluating rule: {rule.text}"
    yield Cause(where, f"{_said(rule, value)}: {message}", rule.reason)


def _said(rule: _Rule, value: Any) -> str:
    """What stands before a rule's message; objects and lists are not shown."""
    if rule.reason in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[rule.reason]
    return "Invalid value" if isinstance(value, dict | list) else f"Invalid value: {json.dumps(value)}"


def _member(old: Any, name: str) -> Any:
    return old.get(name, _ABSENT) if isinstance(old, dict) else _ABSENT


def _rooted(obj: Json) -> Json:
    names = {key: value for key, value in obj["metadata"].items() if key in ("name", "generateName")}
    return {**obj, "metadata": names}
