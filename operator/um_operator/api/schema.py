"""The structural schema of a kind, made from its model: what a CRD holds, and what the reference shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from um_operator.api import durations
from um_operator.api.meta import Resource
from um_operator.api.model import LIST_MAP_KEYS, LIST_TYPE, Model
from um_operator.api.rule import Rule, Transition
from um_operator.api.rules import rules_of, transitions_of
from um_operator.api.validation import nested_model

Schema: TypeAlias = dict[str, Any]

VALIDATIONS: Final = "x-kubernetes-validations"
MARK_PREFIX: Final = "x-um-"
_NOT_STRUCTURAL: Final = {
    "title", "$ref", "anyOf", "$defs", "additionalProperties", "patternProperties", "propertyNames",
}  # fmt: skip


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with defaults as they stand in a manifest."""

    def encode_default(self, dft: Any) -> Any:
        """Write a default duration as a Go duration; objects get theirs from their own fields."""
        if isinstance(dft, timedelta):
            return durations.canonical(dft)
        return {} if isinstance(dft, BaseModel) else super().encode_default(dft)


def kind_schema(model: type[Resource], *, marks: bool = False) -> Schema:
    """Return the schema of a kind. ``marks`` keeps what only the reference needs (``x-um-…``)."""
    generated = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    builder = _Builder(generated.get("$defs", {}), {m.__name__: m for m in models_of(model)}, marks=marks)
    schema = builder.structural({**generated, "title": model.__name__})
    schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    schema["properties"]["metadata"] = {"type": "object"}
    schema["properties"]["status"]["default"] = {"observedGeneration": -1}
    schema["required"] = ["spec"]
    return schema


def models_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and every model below it."""
    yield model
    for field in model.model_fields.values():
        inner = nested_model(field.annotation)
        if inner is not None:
            yield from models_of(inner)


class _Builder:
    """Turns pydantic's JSON schema into a structural one: no references, no unions with null."""

    def __init__(
        self, definitions: Mapping[str, Schema], models: Mapping[str, type[BaseModel]], *, marks: bool
    ) -> None:
        self._definitions = definitions
        self._models = models
        self._marks = marks

    def structural(self, node: Schema) -> Schema:
        """Return a node with everything below it."""
        whole = self._inlined(node)
        model = self._models.get(whole.get("title", ""))
        schema = {key: value for key, value in whole.items() if self._stays(key, value)}
        if "properties" in whole:
            schema["properties"] = {
                name: self.structural(inner) for name, inner in whole["properties"].items()
            }
        if (values := _map_values(whole)) is not None:
            schema["additionalProperties"] = self.structural(values)
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        if "items" in whole:
            schema["items"] = self.structural(whole["items"])
            schema |= _list_type(schema)
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].replace("``", "`").split())
        if model is not None and issubclass(model, Model) and (rules := _rules(model)):
            schema[VALIDATIONS] = rules
        return schema

    def _inlined(self, node: Schema) -> Schema:
        """Put what a reference or an optional stands for in its place; what the field says itself wins."""
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            return self._inlined({**self._definitions[name], **_without(node, "$ref"), "title": name})
        if "anyOf" in node:
            (only,) = (option for option in node["anyOf"] if option.get("type") != "null")
            outer = _without(node, "anyOf", "title")
            return self._inlined({**only, **outer})
        return node

    def _stays(self, key: str, value: Any) -> bool:
        if key in _NOT_STRUCTURAL:
            return False
        if key == "default":
            return value not in ([], None)
        return self._marks or not key.startswith(MARK_PREFIX)


def _map_values(node: Schema) -> Schema | None:
    """Return the schema of a map's values; a CRD cannot say what its keys look like."""
    patterns = list(node.get("patternProperties", {}).values())
    values = patterns[0] if patterns else node.get("additionalProperties")
    return values if isinstance(values, dict) else None


def _without(node: Schema, *keys: str) -> Schema:
    return {key: value for key, value in node.items() if key not in keys}


def _list_type(schema: Schema) -> Schema:
    """Say how server-side apply merges a list: by its keys, as a set of scalars, else as a whole."""
    if LIST_MAP_KEYS in schema:
        return {LIST_TYPE: "map", LIST_MAP_KEYS: list(schema[LIST_MAP_KEYS])}
    scalars = schema["items"].get("type") in {"string", "integer"}
    return {LIST_TYPE: schema.get(LIST_TYPE, "set" if scalars else "atomic")}


def _rules(model: type[Model]) -> list[Schema]:
    rows: list[Rule[Any] | Transition[Any]] = [*rules_of(model), *transitions_of(model)]
    return [{"rule": row.cel, "message": row.sentence, "fieldPath": f".{row.field}"} for row in rows]
