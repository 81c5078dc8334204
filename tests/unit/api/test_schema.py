"""The schema of each kind is structural, bounded, small, and has every rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from um_operator.api.durations import Between
from um_operator.api.meta import Resource
from um_operator.api.rule import Rule, Transition
from um_operator.api.rules import RULES, TRANSITIONS
from um_operator.api.schema import VALIDATIONS, kind_schema, models_of
from um_operator.api.select import KINDS

Kind = type[Resource]
ROWS: tuple[Rule[Any] | Transition[Any], ...] = (*RULES, *TRANSITIONS)
LARGEST = 64 * 1024
KEYWORDS = {
    "type", "description", "properties", "required", "items", "enum", "default", "format", "pattern",
    "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "maxProperties",
    "additionalProperties", VALIDATIONS, "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
}  # fmt: skip

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for below in ("items", "additionalProperties"):
        if below in schema:
            yield from nodes(schema[below], f"{path}[]")


def declared_nodes(kind: Kind) -> list[tuple[str, dict[str, Any]]]:
    schema = kind_schema(kind)
    return [*nodes(schema["properties"]["spec"], "spec"), *nodes(schema["properties"]["status"], "status")]


@every_kind
def test_a_schema_is_structural(kind: Kind) -> None:
    for path, node in nodes(kind_schema(kind)):
        assert isinstance(node["type"], str), path
        assert set(node) <= KEYWORDS, path
        assert not ("properties" in node and "additionalProperties" in node), path


@every_kind
def test_every_text_list_and_map_is_bounded(kind: Kind) -> None:
    for path, node in declared_nodes(kind):
        if node["type"] == "string":
            assert "enum" in node or node["maxLength"] <= 8192, path
        if node["type"] == "array":
            assert node["maxItems"] <= 256, path
        if "additionalProperties" in node:
            assert node["maxProperties"] <= 256, path


@every_kind
def test_every_field_says_what_it_means(kind: Kind) -> None:
    missing = [
        path for path, node in declared_nodes(kind) if not path.endswith("[]") and "description" not in node
    ]
    assert missing == []


@every_kind
def test_a_schema_fits_into_a_crd(kind: Kind) -> None:
    assert len(json.dumps(kind_schema(kind))) < LARGEST


@every_kind
def test_keys_of_list_maps_are_scalars_that_are_always_there(kind: Kind) -> None:
    for path, node in nodes(kind_schema(kind)):
        for key in node.get("x-kubernetes-list-map-keys", ()):
            field = node["items"]["properties"][key]
            assert field["type"] in {"string", "integer"}, path
            assert key in node["items"].get("required", ()) or "default" in field, f"{path}.{key}"


@every_kind
def test_only_scalars_are_sets(kind: Kind) -> None:
    for path, node in nodes(kind_schema(kind)):
        if node.get("x-kubernetes-list-type") == "set":
            assert node["items"]["type"] in {"string", "integer"}, path


def test_defaults_stand_as_people_would_write_them() -> None:
    spec = kind_schema(KINDS["ExchangeOrganization"])["properties"]["spec"]["properties"]
    assert spec["interval"]["default"] == "5m"
    assert spec["mode"]["default"] == "Observe"
    assert spec["disruption"]["default"] == {}
    assert spec["disruption"]["properties"]["drainTimeout"]["default"] == "30m"
    assert "default" not in spec["maintenanceWindows"]


def test_no_property_of_exchange_has_a_default() -> None:
    spec = kind_schema(KINDS["UMDialPlan"])["properties"]["spec"]["properties"]
    assert {name for name, field in spec.items() if "default" in field} == {
        "organizationRef",
        "deletionPolicy",
    }


@every_kind
def test_entries_of_a_list_have_defaults_only_in_what_tells_them_apart(kind: Kind) -> None:
    """Tools that compare lists whole (kubectl apply, Argo CD) would find a difference after each apply."""
    for path, node in nodes(kind_schema(kind)["properties"]["spec"], "spec"):
        entries = node.get("items", {}).get("properties", {})
        with_default = {name for name, field in entries.items() if "default" in field}
        assert with_default <= set(node.get("x-kubernetes-list-map-keys", ())), path


def test_a_status_that_nobody_wrote_counts_as_in_progress() -> None:
    assert kind_schema(KINDS["UMIPGateway"])["properties"]["status"]["default"] == {"observedGeneration": -1}


@every_kind
def test_every_rule_about_a_kind_is_in_its_schema(kind: Kind) -> None:
    in_schema = {rule["rule"] for _, node in nodes(kind_schema(kind)) for rule in node.get(VALIDATIONS, ())}
    models = list(models_of(kind))
    for row in ROWS:
        if any(issubclass(model, row.where) for model in models):
            assert row.cel in in_schema


def test_every_rule_is_about_some_kind() -> None:
    models = [model for kind in KINDS.values() for model in models_of(kind)]
    for row in ROWS:
        assert any(issubclass(model, row.where) for model in models), row.field


def test_a_range_is_a_rule_of_its_field() -> None:
    plan = kind_schema(KINDS["UMDialPlan"])["properties"]["spec"]["properties"]
    between = Between("1m", "100m", whole="1m")
    assert plan["maxRecordingDuration"][VALIDATIONS] == [
        {"rule": between.cel(), "message": between.sentence()}
    ]


@every_kind
def test_a_rule_names_a_field_that_exists(kind: Kind) -> None:
    for path, node in nodes(kind_schema(kind)):
        for rule in node.get(VALIDATIONS, ()):
            inner = node
            for name in rule.get("fieldPath", "").split(".")[1:]:
                assert name in inner["properties"], f"{path}: {rule['fieldPath']}"
                inner = inner["properties"][name]
