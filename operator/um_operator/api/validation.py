"""What is wrong with a document, one line a problem: where, what stands there, and the rule."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from um_operator.api.model import Model

FieldPath: TypeAlias = tuple[str | int, ...]
VALUE_SHOWN = 80

_SENTENCES: Mapping[str, str] = {
    "missing": "is required",
    "string_type": "must be text: put it in quotes",
    "int_type": "must be a whole number without quotes",
    "bool_type": "must be true or false, without quotes",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": 'must match "{pattern}"',
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have {min_length} or more characters",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have {min_length} or more entries",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document. ``value`` is short and printable; empty when nothing stands there."""

    path: FieldPath
    value: str
    message: str

    def __str__(self) -> str:
        """Return ``spec.port "70000": must be 65535 or less``."""
        where = " ".join(part for part in (path_text(self.path), self.value and f'"{self.value}"') if part)
        return f"{where}: {self.message}" if where else self.message


def path_text(path: FieldPath) -> str:
    """Return a path as a person writes it, in one line: ``spec.dialPlanRefs[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path)
    return text.removeprefix(".")


def problems_of(model: type[Model], error: ValidationError) -> tuple[Problem, ...]:
    """Turn pydantic's errors about a document of a model into problems, in the order of the document."""
    rows = error.errors(include_url=False, include_context=True)
    entries = {row["loc"][:-1] for row in rows}
    return tuple(_problem(model, dict(row)) for row in rows if not _only_seems_short(row, entries))


def _only_seems_short(row: Mapping[str, Any], with_problems: AbstractSet[FieldPath]) -> bool:
    """Whether a list seems to lack entries just because those that it has are wrong."""
    return row["type"] == "too_short" and row["loc"] in with_problems


def _problem(model: type[Model], row: Mapping[str, Any]) -> Problem:
    path: FieldPath = tuple(part for part in row["loc"] if part != "[key]")
    if row["type"] == "extra_forbidden":
        return Problem(path, "", _unknown_field(model, path))
    value = "" if row["type"] == "missing" else shown(row["input"])
    template = _SENTENCES.get(row["type"])
    message = template.format_map(_Quoted(row.get("ctx", {}))) if template else row["msg"]
    return Problem(path, value, message)


class _Quoted(dict[str, Any]):
    """Values for a sentence; ``expected`` of a choice changes pydantic's single quotes into double ones."""

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return value.replace("'", '"') if key == "expected" else value


def shown(value: object) -> str:
    """Return a value as it is shown in a problem: one line, cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return line if len(line) <= VALUE_SHOWN else line[: VALUE_SHOWN - 1] + "…"


def _unknown_field(model: type[Model], path: FieldPath) -> str:
    holder = model_at(model, path[:-1])
    names = [field.alias or name for name, field in holder.model_fields.items()] if holder else []
    close = did_you_mean(str(path[-1]), names)
    return f'is not a field; did you mean "{close}"?' if close else "is not a field"


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """Return the known word that an unknown one was probably meant to be, if one is close."""
    by_key = {known.casefold(): known for known in words}
    close = difflib.get_close_matches(word.casefold(), by_key, n=1, cutoff=0.7)
    return by_key[close[0]] if close else None


def model_at(model: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the model of the object at a path below a model, ``None`` if none is there."""
    for part in path:
        if isinstance(part, int):
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        inner = nested_model(fields[part].annotation) if part in fields else None
        if inner is None:
            return None
        model = inner
    return model


def nested_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation: of an optional, of a list's entries, or the type itself."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) in {Union, types.UnionType, tuple} or hasattr(annotation, "__metadata__"):
        return next((found for arg in get_args(annotation) if (found := nested_model(arg))), None)
    return None
