"""Walking a document's model: its objects with their paths, and what the model cannot say by its types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from um_operator.api.model import LIST_MAP_KEYS, LIST_TYPE, Mark, Model
from um_operator.api.rules import rules_of, transitions_of
from um_operator.api.validation import FieldPath, Problem, shown


def objects(model: Model, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Model]]:
    """Yield an object and every object below it, each with its path."""
    yield path, model
    for name, field in type(model).model_fields.items():
        here = (*path, field.alias or name)
        value = getattr(model, name)
        if isinstance(value, Model):
            yield from objects(value, here)
        elif isinstance(value, tuple):
            for index, entry in enumerate(value):
                if isinstance(entry, Model):
                    yield from objects(entry, (*here, index))


def broken_rules(resource: Model) -> tuple[Problem, ...]:
    """Return which rules across fields a resource breaks, and which entries its lists have twice."""
    return tuple(
        problem
        for path, model in objects(resource)
        for problem in (*_broken(path, model), *_twice(path, model))
    )


def forbidden_changes(resource: Model, before: Model) -> tuple[Problem, ...]:
    """Return which changes from ``before`` are not allowed (immutable fields)."""
    old = dict(objects(before))
    return tuple(
        Problem((*path, *rule.field.split(".")), "", rule.sentence)
        for path, model in objects(resource)
        if path in old and type(old[path]) is type(model)
        for rule in transitions_of(type(model))
        if not rule.holds(model, old[path])
    )


def _broken(path: FieldPath, model: Model) -> Iterator[Problem]:
    for rule in rules_of(type(model)):
        if not rule.holds(model):
            yield Problem((*path, *rule.field.split(".")), "", rule.sentence)


def _twice(path: FieldPath, model: Model) -> Iterator[Problem]:
    for name, alias, keys in _lists_without_repeats(type(model)):
        for entry, count in Counter(_identity(entry, keys) for entry in getattr(model, name) or ()).items():
            if count > 1:
                value = ", ".join(shown(part) for part in entry)
                yield Problem((*path, alias), value, "stands in the list twice")


@cache
def _lists_without_repeats(model: type[Model]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return name, name in a manifest and keys of each list of a model whose entries must differ."""
    return tuple(
        (name, field.alias or name, keys)
        for name, field in model.model_fields.items()
        if _is_list(field.annotation) and (keys := list_keys(field)) is not None
    )


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) is tuple:
        return True
    parts = (getattr(part, "__origin__", part) for part in get_args(annotation))
    return any(get_origin(part) is tuple for part in parts)


def _identity(entry: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(entry, Model):
        return (entry,)
    by_alias = {field.alias or name: name for name, field in type(entry).model_fields.items()}
    return tuple(getattr(entry, by_alias[key]) for key in keys)


def list_keys(field: FieldInfo) -> tuple[str, ...] | None:
    """Return what tells entries of a list apart: fields, none for scalars, ``None`` if they may repeat."""
    marks = {mark.key: mark.value for mark in _marks(field)}
    if marks.get(LIST_TYPE) == "atomic":
        return None
    keys = marks.get(LIST_MAP_KEYS, ())
    return keys if isinstance(keys, tuple) else ()


def _marks(field: FieldInfo) -> Iterator[Mark]:
    yield from (mark for mark in field.metadata if isinstance(mark, Mark))
    for part in get_args(field.annotation):
        yield from (mark for mark in getattr(part, "__metadata__", ()) if isinstance(mark, Mark))
