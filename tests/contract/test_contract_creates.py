"""Creating objects: what the server adds, drops, and refuses."""

import re
from typing import Any

import pytest

from cluster_client import Client, Collection


def test_an_object_gets_an_identity_a_generation_and_its_defaults(
    widgets: Collection, namespace: str
) -> None:
    made = widgets.create("w", spec={"size": 3})
    assert made.code == 201
    metadata = made.body["metadata"]
    assert (metadata["name"], metadata["namespace"], metadata["generation"]) == ("w", namespace, 1)
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", metadata["uid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"])
    assert int(metadata["resourceVersion"]) > 0
    assert made.body["spec"] == {"size": 3, "color": "red", "limits": {"cpu": 2}}
    assert made.body["apiVersion"], made.body["kind"] == ("contract.example.com/v1", "Widget")


def test_a_status_is_dropped_and_its_default_stands(widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}, status={"message": "mine"}).ok()
    assert widgets.get("w").ok()["status"] == {"observedGeneration": -1}


def test_what_only_the_server_sets_is_not_taken_over(widgets: Collection) -> None:
    forged = {"uid": "mine", "generation": 7, "creationTimestamp": "2001-01-01T00:00:00Z"}
    forged |= {"deletionTimestamp": "2001-01-01T00:00:00Z", "deletionGracePeriodSeconds": 9}
    metadata = widgets.create("w", metadata=forged, spec={"size": 3}).ok()["metadata"]
    assert metadata["uid"] != "mine"
    assert metadata["generation"] == 1
    assert metadata["creationTimestamp"] > "2002"
    assert not {"deletionTimestamp", "deletionGracePeriodSeconds"} & metadata.keys()


def test_a_resource_version_is_refused(widgets: Collection) -> None:
    refused = widgets.create("w", metadata={"resourceVersion": "1"}, spec={"size": 3})
    assert refused.code == 500
    assert refused.body["message"] == "resourceVersion should not be set on objects to be created"


def test_a_name_that_is_taken_is_refused(widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    again = widgets.create("w", spec={"size": 4})
    assert again.refusal == (409, "AlreadyExists")
    assert again.body["message"] == 'widgets.contract.example.com "w" already exists'
    assert again.body["details"] == {"name": "w", "group": "contract.example.com", "kind": "widgets"}


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a..b", "x" * 254])
def test_a_name_must_be_a_dns_subdomain(widgets: Collection, name: str) -> None:
    refused = widgets.create(name, spec={"size": 3})
    assert refused.refusal == (422, "Invalid")
    assert ("metadata.name", "FieldValueInvalid") in refused.causes


def test_a_name_is_needed_or_its_beginning(widgets: Collection) -> None:
    nameless = {**widgets.manifest("x", spec={"size": 3}), "metadata": {}}
    refused = widgets.client.request("POST", widgets.path, nameless)
    assert refused.refusal == (422, "Invalid")
    assert ("metadata.name", "FieldValueRequired") in refused.causes
    generated = {**nameless, "metadata": {"generateName": "w-"}}
    names = {
        widgets.client.request("POST", widgets.path, generated).ok()["metadata"]["name"] for _ in range(3)
    }
    assert len(names) == 3
    assert all(re.fullmatch(r"w-[a-z0-9]{5}", name) for name in names)


def test_another_namespace_than_that_of_the_path_is_refused(widgets: Collection) -> None:
    refused = widgets.create("w", metadata={"namespace": "default"}, spec={"size": 3})
    assert refused.refusal == (400, "BadRequest")


def test_a_namespace_that_is_not_there_is_not_found(client: Client, widgets: Collection) -> None:
    path = "/apis/contract.example.com/v1/namespaces/nowhere/widgets"
    refused = client.request("POST", path, widgets.manifest("w", spec={"size": 3}))
    assert refused.refusal == (404, "NotFound")
    assert refused.body["details"] == {"name": "nowhere", "kind": "namespaces"}


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"apiVersion":"contract.example.com/v2","kind":"Widget"}', '{"kind":"Widget"}']
)
def test_what_is_no_such_object_is_a_bad_request(widgets: Collection, body: str) -> None:
    assert widgets.client.request("POST", widgets.path, body).refusal == (400, "BadRequest")


def test_another_kind_is_invalid(widgets: Collection) -> None:
    refused = widgets.client.request(
        "POST", widgets.path, {**widgets.manifest("w", spec={"size": 3}), "kind": "X"}
    )
    assert refused.refusal == (422, "Invalid")
    assert refused.causes == {("kind", "FieldValueInvalid")}


def test_an_object_needs_a_namespace(client: Client, widgets: Collection) -> None:
    made = client.request(
        "POST", "/apis/contract.example.com/v1/widgets", widgets.manifest("w", spec={"size": 3})
    )
    assert made.code == 404


def test_another_media_type_is_refused(widgets: Collection) -> None:
    refused = widgets.client.request("POST", widgets.path, "x", content_type="text/plain")
    assert refused.refusal == (415, "UnsupportedMediaType")


def test_a_dry_run_checks_and_answers_and_keeps_nothing(widgets: Collection) -> None:
    tried = widgets.create("w", spec={"size": 3}, query={"dryRun": "All"})
    assert (tried.code, tried.body["spec"]["color"]) == (201, "red")
    assert widgets.get("w").code == 404
    assert widgets.create("w", spec={"size": 0}, query={"dryRun": "All"}).code == 422


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"labels": {"a b": "c"}}, "metadata.labels"),
        ({"labels": {"a": "x" * 64}}, "metadata.labels"),
        ({"labels": {"a": "not valid"}}, "metadata.labels"),
        ({"annotations": {"a b": "c"}}, "metadata.annotations"),
        ({"annotations": {"a": "x" * (256 * 1024)}}, "metadata.annotations"),
    ],
)
def test_labels_and_annotations_have_limits(
    widgets: Collection, metadata: dict[str, Any], field: str
) -> None:
    refused = widgets.create("w", metadata=metadata, spec={"size": 3})
    assert refused.refusal == (422, "Invalid")
    assert {cause[0] for cause in refused.causes} - {"<nil>"} == {field}


def test_labels_that_are_no_texts_are_a_bad_request(widgets: Collection) -> None:
    refused = widgets.create("w", metadata={"labels": {"a": 1}}, spec={"size": 3})
    assert refused.refusal == (400, "BadRequest")


def test_empty_metadata_is_left_out(widgets: Collection) -> None:
    made = widgets.create("w", metadata={"labels": {}, "annotations": {}, "finalizers": []}, spec={"size": 3})
    assert not {"labels", "annotations", "finalizers"} & made.ok()["metadata"].keys()
