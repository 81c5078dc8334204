"""What a schema means: pruning, defaults, values, CEL rules, and what an update may leave as it is."""

from typing import Any

import pytest

from cluster_client import Collection


def test_an_unknown_field_is_dropped_with_a_warning(widgets: Collection) -> None:
    made = widgets.create("w", spec={"size": 3, "typo": 1, "parts": [{"name": "a", "odd": 2}]}, other=1)
    spec = made.ok()["spec"]
    assert "other" not in made.body
    assert "typo" not in spec
    assert spec["parts"] == [{"name": "a", "weight": 1}]
    warnings = made.headers["Warning"]
    for path in ("spec.typo", "spec.parts[0].odd", "other"):
        assert f'299 - "unknown field \\"{path}\\""' in warnings


def test_an_unknown_field_is_refused_when_the_client_is_strict(widgets: Collection) -> None:
    refused = widgets.create("w", spec={"size": 3, "typo": 1}, query={"fieldValidation": "Strict"})
    assert refused.refusal == (400, "BadRequest")
    assert 'strict decoding error: unknown field "spec.typo"' in refused.body["message"]
    assert widgets.get("w").code == 404


def test_an_unknown_field_is_dropped_silently_when_the_client_does_not_care(widgets: Collection) -> None:
    made = widgets.create("w", spec={"size": 3, "typo": 1}, query={"fieldValidation": "Ignore"})
    assert "typo" not in made.ok()["spec"]
    assert "Warning" not in made.headers


def test_an_unknown_field_of_the_metadata_is_one_too(widgets: Collection) -> None:
    refused = widgets.create("w", metadata={"odd": 1}, spec={"size": 3}, query={"fieldValidation": "Strict"})
    assert refused.refusal == (400, "BadRequest")
    assert 'unknown field "metadata.odd"' in refused.body["message"]


def test_what_may_hold_anything_is_kept(widgets: Collection) -> None:
    anything = {"deep": [{"a": None, "b": 1.5}], "x": {"y": "z"}}
    made = widgets.create("w", spec={"size": 3, "anything": anything, "labels": {"any": "name"}}).ok()
    assert made["spec"]["anything"] == anything
    assert made["spec"]["labels"] == {"any": "name"}


def test_defaults_are_filled_in_below_and_in_lists_and_instead_of_null(widgets: Collection) -> None:
    spec = {
        "size": 3,
        "color": None,
        "limits": {"memory": 1},
        "parts": [{"name": "a"}, {"name": "b", "weight": 5}],
    }
    made = widgets.create("w", spec=spec).ok()["spec"]
    assert made["color"] == "red"
    assert made["limits"] == {"memory": 1, "cpu": 2}
    assert made["parts"] == [{"name": "a", "weight": 1}, {"name": "b", "weight": 5}]


def test_null_stands_where_it_is_allowed_and_is_nothing_elsewhere(widgets: Collection) -> None:
    spec = widgets.create("w", spec={"size": 3, "owner": None, "note": None, "tags": None}).ok()["spec"]
    assert spec["owner"] is None
    assert not {"note", "tags"} & spec.keys()


@pytest.mark.parametrize(
    ("spec", "field", "reason"),
    [
        ({}, "spec.size", "FieldValueRequired"),
        ({"size": 0}, "spec.size", "FieldValueInvalid"),
        ({"size": 101}, "spec.size", "FieldValueInvalid"),
        ({"size": "3"}, "spec.size", "FieldValueTypeInvalid"),
        ({"size": 3.5}, "spec.size", "FieldValueTypeInvalid"),
        ({"size": 3, "color": "pink"}, "spec.color", "FieldValueNotSupported"),
        ({"size": 3, "note": "x" * 11}, "spec.note", "FieldValueTooLong"),
        ({"size": 3, "note": "äöüäöüäöüäö"}, "spec.note", "FieldValueTooLong"),
        ({"size": 3, "note": "UPPER"}, "spec.note", "FieldValueInvalid"),
        ({"size": 3, "ratio": 0}, "spec.ratio", "FieldValueInvalid"),
        ({"size": 3, "port": [1]}, "spec.port", "FieldValueTypeInvalid"),
        ({"size": 3, "since": "yesterday"}, "spec.since", "FieldValueTypeInvalid"),
        ({"size": 3, "labels": {"a": "too long"}}, "spec.labels.a", "FieldValueTooLong"),
        ({"size": 3, "tags": ["a", "b", "c", "d"]}, "spec.tags", "FieldValueTooMany"),
        ({"size": 3, "tags": ["a", "a"]}, "spec.tags[1]", "FieldValueDuplicate"),
        ({"size": 3, "parts": [{"name": "a"}, {"name": "a"}]}, "spec.parts[1]", "FieldValueDuplicate"),
        ({"size": 3, "parts": [{"weight": 1}]}, "spec.parts[0].name", "FieldValueRequired"),
        ({"size": 3, "parts": {"name": "a"}}, "spec.parts", "FieldValueTypeInvalid"),
        ({"size": 3, "parts": [{"name": "a", "weight": 0}]}, "spec.parts[0]", "FieldValueInvalid"),
        ({"size": 60}, "spec.color", "FieldValueForbidden"),
    ],
)
def test_a_value_that_does_not_hold_is_refused(
    widgets: Collection, spec: dict[str, Any], field: str, reason: str
) -> None:
    refused = widgets.create("w", spec=spec)
    assert refused.refusal == (422, "Invalid")
    assert (field, reason) in refused.causes, refused.text
    details = refused.body["details"]
    assert (details["name"], details["group"], details["kind"]) == ("w", "contract.example.com", "Widget")


@pytest.mark.parametrize(
    "spec",
    [
        {"size": 3, "port": 80},
        {"size": 3, "port": "http"},
        {"size": 3, "note": "ten chars "},
        {"size": 3, "since": "2026-01-05T09:00:00+01:00"},
        {"size": 60, "color": "green"},
        {"size": 3, "ratio": 1},
    ],
)
def test_a_value_that_holds_is_accepted(widgets: Collection, spec: dict[str, Any]) -> None:
    assert widgets.create("w", spec=spec).code == 201


@pytest.mark.parametrize(
    ("name", "spec", "said"),
    [
        ("w", {"size": 60, "color": "blue"}, "spec.color: Forbidden: a blue one is small"),
        ("x" * 21, {"size": 3}, "<nil>: Invalid value: a name has at most 20 letters"),
        (
            "w",
            {"size": 3, "parts": [{"name": "a", "weight": 0}]},
            "spec.parts[0]: Invalid value: weight is positive",
        ),
    ],
)
def test_a_rule_says_its_message_at_its_field(
    widgets: Collection, name: str, spec: dict[str, Any], said: str
) -> None:
    message = widgets.create(name, spec=spec).body["message"]
    assert message == f'Widget.contract.example.com "{name}" is invalid: {said}'


def test_rules_wait_until_the_types_are_right(widgets: Collection) -> None:
    refused = widgets.create("w", spec={"size": "sixty", "color": "blue"})
    assert "small" not in refused.body["message"]


def test_a_transition_rule_holds_between_the_old_and_the_new(widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    widgets.patch("w", {"spec": {"serial": "a"}}).ok()
    refused = widgets.patch("w", {"spec": {"serial": "b"}})
    assert refused.refusal == (422, "Invalid")
    assert ("spec.serial", "FieldValueInvalid") in refused.causes
    assert refused.body["message"].endswith('spec.serial: Invalid value: "b": a serial stays as it is')


def test_a_transition_rule_in_a_list_finds_the_old_item_by_its_key(widgets: Collection) -> None:
    widgets.create(
        "w", spec={"size": 3, "parts": [{"name": "a", "made": "x"}, {"name": "b", "made": "y"}]}
    ).ok()
    swapped = [{"name": "b", "made": "y"}, {"name": "c", "made": "z"}, {"name": "a", "made": "x"}]
    widgets.patch("w", {"spec": {"parts": swapped}}).ok()
    refused = widgets.patch("w", {"spec": {"parts": [{"name": "a", "made": "y"}]}})
    assert refused.refusal == (422, "Invalid")
    assert ("spec.parts[0]", "FieldValueInvalid") in refused.causes
