"""Changing objects: versions, generations, the status apart, patches."""

from typing import Any

import pytest

from cluster_client import JSON_PATCH, STRATEGIC, Collection, Json


@pytest.fixture
def w(widgets: Collection) -> Json:
    """A widget with a stored status: until there is one, any update stores the default."""
    widgets.create("w", spec={"size": 3, "labels": {"a": "1", "b": "2"}}).ok()
    return widgets.patch("w", {"status": {"observedGeneration": 0}}, "status").ok()


def test_a_change_of_the_spec_is_a_new_version_and_generation(widgets: Collection, w: Json) -> None:
    changed = widgets.patch("w", {"spec": {"size": 4}}).ok()
    assert changed["metadata"]["generation"] == 2
    assert int(changed["metadata"]["resourceVersion"]) > int(w["metadata"]["resourceVersion"])
    assert changed["metadata"]["uid"] == w["metadata"]["uid"]
    assert changed["metadata"]["creationTimestamp"] == w["metadata"]["creationTimestamp"]


def test_a_change_of_the_metadata_is_a_new_version_of_the_same_generation(
    widgets: Collection, w: Json
) -> None:
    changed = widgets.patch("w", {"metadata": {"annotations": {"a": "b"}, "finalizers": ["x.com/y"]}}).ok()
    assert changed["metadata"]["generation"] == 1
    assert changed["metadata"]["resourceVersion"] != w["metadata"]["resourceVersion"]


def test_a_change_of_nothing_is_no_new_version(widgets: Collection, w: Json) -> None:
    version = w["metadata"]["resourceVersion"]
    assert widgets.patch("w", {"spec": {"size": 3}}).ok()["metadata"]["resourceVersion"] == version
    assert widgets.patch("w", {"metadata": {"labels": None}}).ok()["metadata"]["resourceVersion"] == version
    assert widgets.replace(w).ok()["metadata"]["resourceVersion"] == version
    assert widgets.patch("w", {"status": {"message": "no"}}).ok()["metadata"]["resourceVersion"] == version


def test_the_status_is_changed_through_its_subresource_only(widgets: Collection, w: Json) -> None:
    assert (
        widgets.patch("w", {"spec": {"size": 4}, "status": {"message": "no"}}).ok()["status"] == w["status"]
    )
    patch = {"metadata": {"labels": {"a": "b"}}, "spec": {"size": 9}, "status": {"message": "yes"}}
    changed = widgets.patch("w", patch, "status").ok()
    assert changed["status"] == {"message": "yes", "observedGeneration": 0}
    assert (changed["spec"]["size"], changed["metadata"]["generation"]) == (4, 2)
    assert "labels" not in changed["metadata"]
    assert widgets.client.get(f"{widgets.path}/w/status").ok() == widgets.get("w").ok()


def test_a_status_is_replaced_whole(widgets: Collection, w: Json) -> None:
    widgets.patch("w", {"status": {"message": "old"}}, "status").ok()
    now = widgets.get("w").ok()
    replaced = widgets.replace(
        {**now, "spec": {"size": 9}, "status": {"observedGeneration": 1}}, "status"
    ).ok()
    assert replaced["status"] == {"observedGeneration": 1}
    assert replaced["spec"]["size"] == 3


def test_a_status_that_is_removed_gets_its_default(widgets: Collection, w: Json) -> None:
    widgets.patch("w", {"status": {"message": "old"}}, "status").ok()
    widgets.patch("w", {"status": None}, "status").ok()
    assert widgets.get("w").ok()["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize("subresource", ["", "status"])
def test_a_patch_of_an_old_version_is_a_conflict(widgets: Collection, w: Json, subresource: str) -> None:
    widgets.patch("w", {"spec": {"size": 4}}).ok()
    stale = {"metadata": {"resourceVersion": w["metadata"]["resourceVersion"]}}
    patch = {**stale, "spec": {"size": 5}, "status": {"message": "late"}}
    refused = widgets.patch("w", patch, subresource)
    assert refused.refusal == (409, "Conflict")
    assert "the object has been modified" in refused.body["message"]
    assert widgets.get("w").ok()["spec"]["size"] == 4
    fresh = widgets.get("w").ok()["metadata"]["resourceVersion"]
    widgets.patch("w", {**patch, "metadata": {"resourceVersion": fresh}}, subresource).ok()


def test_a_stale_patch_that_changes_nothing_is_a_conflict_too(widgets: Collection, w: Json) -> None:
    widgets.patch("w", {"spec": {"size": 4}}).ok()
    refused = widgets.patch("w", {"metadata": {"resourceVersion": w["metadata"]["resourceVersion"]}})
    assert refused.refusal == (409, "Conflict")


def test_a_put_of_an_old_version_is_a_conflict(widgets: Collection, w: Json) -> None:
    widgets.patch("w", {"spec": {"size": 4}}).ok()
    assert widgets.replace({**w, "spec": {"size": 5}}).refusal == (409, "Conflict")


def test_a_put_of_a_custom_resource_needs_a_version(widgets: Collection, w: Json) -> None:
    del w["metadata"]["resourceVersion"]
    refused = widgets.replace(w)
    assert refused.refusal == (422, "Invalid")
    assert refused.causes == {("metadata.resourceVersion", "FieldValueInvalid")}


def test_a_put_replaces_what_is_not_sent(widgets: Collection, w: Json) -> None:
    widgets.patch("w", {"metadata": {"labels": {"a": "b"}}, "spec": {"note": "x"}}).ok()
    now = widgets.get("w").ok()
    del now["metadata"]["labels"], now["spec"]["note"], now["metadata"]["uid"]
    replaced = widgets.replace(now).ok()
    assert "labels" not in replaced["metadata"]
    assert "note" not in replaced["spec"]
    assert replaced["metadata"]["uid"] == w["metadata"]["uid"]


def test_what_only_the_server_sets_stays(widgets: Collection, w: Json) -> None:
    forged = {"generation": 9, "creationTimestamp": None}
    assert widgets.patch("w", {"metadata": forged}).ok()["metadata"] == w["metadata"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("uid", "11111111-2222-4333-8444-555555555555"), ("deletionTimestamp", "2026-01-05T09:00:00Z")],
)
def test_what_makes_another_object_of_it_is_refused(
    widgets: Collection, w: Json, field: str, value: str
) -> None:
    refused = widgets.patch("w", {"metadata": {field: value}})
    assert refused.refusal == (422, "Invalid")
    assert (f"metadata.{field}", "FieldValueInvalid") in refused.causes


def test_a_put_of_another_uid_is_a_conflict(widgets: Collection, w: Json) -> None:
    w["metadata"]["uid"] = "11111111-2222-4333-8444-555555555555"
    assert widgets.replace(w).refusal == (409, "Conflict")


def test_a_put_of_another_name_is_a_bad_request(widgets: Collection, w: Json) -> None:
    w["metadata"]["name"] = "other"
    refused = widgets.client.request("PUT", f"{widgets.path}/w", w)
    assert refused.refusal == (400, "BadRequest")


@pytest.mark.parametrize("verb", ["get", "patch", "put", "delete"])
def test_what_is_not_there_is_not_found(widgets: Collection, verb: str) -> None:
    missing = widgets.manifest("none", metadata={"resourceVersion": "1"}, spec={"size": 3})
    refused = {
        "get": lambda: widgets.get("none"),
        "patch": lambda: widgets.patch("none", {"spec": {"size": 4}}),
        "put": lambda: widgets.replace(missing),
        "delete": lambda: widgets.delete("none"),
    }[verb]()
    assert refused.refusal == (404, "NotFound")
    assert refused.body["message"] == 'widgets.contract.example.com "none" not found'


def test_a_merge_patch_merges_objects_removes_by_null_and_replaces_lists(
    widgets: Collection, w: Json
) -> None:
    widgets.patch("w", {"spec": {"tags": ["a", "b"]}}).ok()
    patch = {"spec": {"labels": {"a": None, "c": "3"}, "tags": ["c"], "note": None}}
    assert widgets.patch("w", patch).ok()["spec"] == {
        **w["spec"],
        "labels": {"b": "2", "c": "3"},
        "tags": ["c"],
    }


def test_a_json_patch_applies_its_operations_or_none(widgets: Collection, w: Json) -> None:
    version = {"op": "test", "path": "/metadata/resourceVersion", "value": w["metadata"]["resourceVersion"]}
    finalizer = {"op": "add", "path": "/metadata/finalizers", "value": ["x.com/y"]}
    changed = widgets.patch("w", [version, finalizer], content_type=JSON_PATCH).ok()
    assert changed["metadata"]["finalizers"] == ["x.com/y"]
    size = {"op": "replace", "path": "/spec/size", "value": 9}
    refused = widgets.patch("w", [size, version], content_type=JSON_PATCH)
    assert refused.refusal == (422, "Invalid")
    assert widgets.get("w").ok()["spec"]["size"] == 3


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ([{"op": "remove", "path": "/spec/none"}], 422),
        ([{"op": "replace", "path": "/spec/none/below", "value": 1}], 422),
        ({"op": "remove"}, 400),
        ("no json", 400),
    ],
)
def test_a_json_patch_that_cannot_be_applied_is_refused(
    widgets: Collection, w: Json, patch: Any, code: int
) -> None:
    assert widgets.patch("w", patch, content_type=JSON_PATCH).code == code


def test_a_custom_resource_takes_no_strategic_merge(widgets: Collection, w: Json) -> None:
    refused = widgets.patch("w", {"spec": {"size": 4}}, content_type=STRATEGIC)
    assert refused.refusal == (415, "UnsupportedMediaType")


def test_an_unknown_field_in_a_patch_is_dropped_or_refused(widgets: Collection, w: Json) -> None:
    warned = widgets.patch("w", {"spec": {"size": 4, "typo": 1}})
    assert 'unknown field \\"spec.typo\\"' in warned.headers["Warning"]
    assert "typo" not in warned.ok()["spec"]
    strict = widgets.patch("w", {"spec": {"typo": 1}}, fieldValidation="Strict")
    assert strict.code == 422
    assert 'unknown field "spec.typo"' in strict.body["message"]


def test_a_refused_update_changes_nothing(widgets: Collection, w: Json) -> None:
    assert widgets.patch("w", {"spec": {"size": 0}}).refusal == (422, "Invalid")
    assert widgets.patch("w", {"status": {"conditions": [{"type": "Ready"}]}}, "status").refusal == (
        422,
        "Invalid",
    )
    assert widgets.get("w").ok() == w


def test_a_dry_run_of_an_update_changes_nothing(widgets: Collection, w: Json) -> None:
    tried = widgets.patch("w", {"spec": {"size": 4}}, dryRun="All").ok()
    assert (tried["spec"]["size"], tried["metadata"]["generation"]) == (4, 2)
    assert widgets.get("w").ok() == w


def test_only_the_served_subresources_are_there(widgets: Collection, w: Json) -> None:
    assert widgets.client.get(f"{widgets.path}/w/scale").code == 404
    refused = widgets.client.request("DELETE", f"{widgets.path}/w/status")
    assert refused.refusal == (405, "MethodNotAllowed")
