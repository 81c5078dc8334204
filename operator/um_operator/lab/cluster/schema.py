"""Structural schemas: what is pruned, defaulted and refused in an object.

Pruning and defaulting change an object in place. Values are validated by jsonschema-rs, after the schema's
Kubernetes words have been translated; a value that an update leaves as it was is not refused ("ratcheting").
"""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import jsonschema_rs

from . import metadata
from .errors import Cause
from .values import Json, encode

PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_LIST_TYPE: Final = "x-kubernetes-list-type"
_SUBSCHEMAS: Final = ("items", "additionalProperties", "not")
_SCHEMA_LISTS: Final = ("allOf", "anyOf", "oneOf")
_REASONS: Final = {
    "required": "FieldValueRequired",
    "type": "FieldValueTypeInvalid",
    "format": "FieldValueTypeInvalid",
    "enum": "FieldValueNotSupported",
    "maxLength": "FieldValueTooLong",
    "maxItems": "FieldValueTooMany",
    "maxProperties": "FieldValueTooMany",
    _LIST_TYPE: "FieldValueDuplicate",
}
BLOCKING: Final = frozenset(
    {
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    }
)
"""Reasons after which CEL rules are not looked at."""
_GO_DURATION: Final = re.compile(r"[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)")
_MICRO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)")


class _ListType:
    """Items of a set are told apart by their values, those of a map by the values of its keys."""

    def __init__(self, parent: Json, kind: str, _path: list[str | int]) -> None:
        self._keys = parent.get("x-kubernetes-list-map-keys", ()) if kind == "map" else None
        self._matters = kind in ("map", "set")

    def validate(self, items: Any) -> None:
        """Refuse an item that repeats an earlier one."""
        seen = []
        for index, item in enumerate(items if self._matters and isinstance(items, list) else ()):
            known = item if self._keys is None or not isinstance(item, dict) else [*map(item.get, self._keys)]
            if known in seen:
                raise ValueError(f"{index}")
            seen.append(known)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


class Schema:
    """One version's schema of a kind, its metadata included.

    Args:
        structural: ``openAPIV3Schema`` of the version.
        typed: whether the whole object is read into types, as built-in kinds are, or its metadata only.
    """

    def __init__(self, structural: Json, *, typed: bool = False) -> None:
        head = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": metadata.schema()}
        self.structural = {**structural, "properties": {**structural.get("properties", {}), **head}}
        others = {name: sub for name, sub in structural.get("properties", {}).items() if name != "metadata"}
        self._content = {**structural, "properties": others}
        self._validator = _validator(self.structural)
        self._reader = (
            self._validator if typed else _validator({"properties": {"metadata": metadata.schema()}})
        )

    def prune(self, obj: Json) -> list[str]:
        """Remove what the schema does not know; return its paths."""
        return sorted(_pruned(self.structural, obj, []))

    def default(self, obj: Json) -> None:
        """Fill in defaults; the metadata has none."""
        _default(self._content, obj)

    def unreadable(self, obj: Json) -> str:
        """Why an object cannot be read into types; empty when it can."""
        if self._reader.is_valid(obj):
            return ""
        causes = map(_cause, self._reader.iter_errors(obj))
        return next((f"{c.field}: {c.message}" for c in causes if c.reason == _REASONS["type"]), "")

    def check(self, obj: Json, old: Json | None) -> list[Cause]:
        """What in an object does not hold, but held by the same value in its old state."""
        if self._validator.is_valid(obj):
            return []
        return [
            _cause(error)
            for error in self._validator.iter_errors(obj)
            if old is None or not _unchanged(error.instance_path, obj, old)
        ]


def _validator(structural: Json) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        _translated(structural),
        formats={"byte": _is_base64, "duration": _matches(_GO_DURATION), "micro-time": _matches(_MICRO_TIME)},
        validate_formats=True,
        keywords={_LIST_TYPE: _ListType},
    )


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _translated(schema: Json) -> Json:
    """The same in plain JSON Schema."""
    plain = _with_plain_words(schema)
    for word in _SUBSCHEMAS:
        if isinstance(plain.get(word), dict):
            plain[word] = _translated(plain[word])
    for word in _SCHEMA_LISTS:
        if word in plain:
            plain[word] = [_translated(sub) for sub in plain[word]]
    if "properties" in plain:
        plain["properties"] = {name: _translated(sub) for name, sub in plain["properties"].items()}
    return plain


def _with_plain_words(schema: Json) -> Json:
    plain = {key: value for key, value in schema.items() if key not in ("default", "nullable")}
    if schema.get("x-kubernetes-int-or-string"):
        plain["type"] = ["integer", "string"]
    for limit in ("Minimum", "Maximum"):
        if plain.pop(f"exclusive{limit}", False) and limit.lower() in plain:
            plain[f"exclusive{limit}"] = plain.pop(limit.lower())
    if schema.get("nullable") and "type" in plain:
        plain["type"] = [plain["type"], "null"]
    return plain


def _below(schema: Json, value: Any) -> Iterator[tuple[str | int, Json, Any]]:
    """The values in a value, with where they are and their schemas."""
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield index, schema["items"], item
    elif isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, member in value.items():
            sub = known.get(name, others)
            if isinstance(sub, dict):
                yield name, sub, member


def _pruned(schema: Json, value: Any, path: list[str | int]) -> Iterator[str]:
    free = schema.get("additionalProperties") or schema.get(PRESERVE)
    if isinstance(value, dict) and not free:
        for name in value.keys() - schema.get("properties", {}).keys():
            del value[name]
            yield field_path([*path, name])
    for step, sub, member in _below(schema, value):
        yield from _pruned(sub, member, [*path, step])


def _default(schema: Json, value: Any) -> None:
    """Fill in defaults; null where it is not allowed is as good as nothing."""
    if isinstance(value, dict):
        nulls = [name for name, sub, v in _below(schema, value) if v is None and not sub.get("nullable")]
        for name in nulls:
            del value[name]
        for name, sub in schema.get("properties", {}).items():
            if "default" in sub and name not in value:
                value[name] = copy.deepcopy(sub["default"])
    for _, sub, member in _below(schema, value):
        _default(sub, member)


def _path_of(error: jsonschema_rs.ValidationError) -> list[str | int]:
    path, name = list(error.instance_path), error.kind.name
    if name == "required":
        return [*path, error.kind.as_dict()["property"]]
    if name == _LIST_TYPE:
        return [*path, int(error.message)]
    return path[:2] if path[0:1] == ["metadata"] else path


def _cause(error: jsonschema_rs.ValidationError) -> Cause:
    path, name = _path_of(error), error.kind.name
    message = f"Invalid value: {error.message}"
    if name == "required":
        message = "Required value"
    elif name == _LIST_TYPE:
        message = "Duplicate value"
    return Cause(field_path(path), message, _REASONS.get(name, "FieldValueInvalid"))


def field_path(path: list[str | int]) -> str:
    """A path as Kubernetes writes it."""
    text = "".join(f"[{step}]" if isinstance(step, int) or "." in step else f".{step}" for step in path)
    return text.removeprefix(".") or "<nil>"


def _unchanged(path: list[str | int], obj: Json, old: Json) -> bool:
    """Whether the value at a path, or the first list on the way there, is what it was."""
    new_value: Any = obj
    old_value: Any = old
    for step in path:
        if isinstance(step, int) or not (isinstance(new_value, dict) and isinstance(old_value, dict)):
            break
        new_value, old_value = new_value.get(step), old_value.get(step)
    return encode(new_value) == encode(old_value)
