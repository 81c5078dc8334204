"""Deleting objects: finalizers, preconditions, namespaces."""

import pytest

from cluster_client import JSON_PATCH, Client, Collection

HOLD = {"finalizers": ["example.com/hold"]}


def test_what_nobody_holds_is_gone_at_once(widgets: Collection) -> None:
    made = widgets.create("w", spec={"size": 3}).ok()
    answer = widgets.delete("w")
    assert answer.code == 200
    assert (answer.body["kind"], answer.body["status"]) == ("Status", "Success")
    assert answer.body["details"] == {
        "name": "w",
        "group": "contract.example.com",
        "kind": "widgets",
        "uid": made["metadata"]["uid"],
    }
    assert widgets.get("w").code == 404


def test_a_finalizer_holds_an_object_of_the_next_generation(widgets: Collection) -> None:
    widgets.create("w", metadata=HOLD, spec={"size": 3}).ok()
    held = widgets.delete("w").ok()
    assert held["kind"] == "Widget"
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert held["metadata"]["generation"] == 2
    again = widgets.delete("w").ok()
    assert again["metadata"] == held["metadata"]
    changed = widgets.patch("w", {"metadata": {"deletionTimestamp": None}, "spec": {"size": 4}}).ok()
    assert changed["metadata"]["deletionTimestamp"] == held["metadata"]["deletionTimestamp"]


def test_the_last_finalizer_lets_an_object_go(widgets: Collection) -> None:
    widgets.create("w", metadata={"finalizers": ["example.com/a", "example.com/b"]}, spec={"size": 3}).ok()
    widgets.delete("w").ok()
    assert widgets.patch("w", {"metadata": {"finalizers": ["example.com/b"]}}).code == 200
    assert widgets.get("w").code == 200
    drop = [{"op": "remove", "path": "/metadata/finalizers/0"}]
    let_go = widgets.patch("w", drop, content_type=JSON_PATCH).ok()
    assert "finalizers" not in let_go["metadata"]
    assert widgets.get("w").code == 404


def test_a_finalizer_may_come_and_go_while_nobody_deletes(widgets: Collection) -> None:
    widgets.create("w", metadata=HOLD, spec={"size": 3}).ok()
    widgets.patch("w", {"metadata": {"finalizers": []}}).ok()
    assert widgets.get("w").code == 200


def test_no_finalizer_is_added_to_what_is_being_deleted(widgets: Collection) -> None:
    widgets.create("w", metadata=HOLD, spec={"size": 3}).ok()
    widgets.delete("w").ok()
    refused = widgets.patch("w", {"metadata": {"finalizers": [*HOLD["finalizers"], "example.com/more"]}})
    assert refused.refusal == (422, "Invalid")
    assert refused.causes == {("metadata.finalizers", "FieldValueForbidden")}


@pytest.mark.parametrize("precondition", ["uid", "resourceVersion"])
def test_a_deletion_may_insist_on_what_it_has_seen(widgets: Collection, precondition: str) -> None:
    made = widgets.create("w", spec={"size": 3}).ok()
    widgets.delete("w").ok()
    now = widgets.create("w", spec={"size": 3}).ok()
    stale = widgets.delete("w", preconditions={precondition: made["metadata"][precondition]})
    assert stale.refusal == (409, "Conflict")
    widgets.delete("w", preconditions={precondition: now["metadata"][precondition]}).ok()


def test_a_dry_run_deletes_nothing(widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    widgets.delete("w", dryRun=["All"]).ok()
    assert widgets.get("w").code == 200


def test_a_name_can_be_used_again_by_another_object(widgets: Collection) -> None:
    first = widgets.create("w", spec={"size": 3}).ok()
    widgets.delete("w").ok()
    second = widgets.create("w", spec={"size": 3}).ok()
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


def test_a_namespace_that_ends_takes_nothing_new(client: Client, widgets: Collection, namespace: str) -> None:
    widgets.create("w", metadata=HOLD, spec={"size": 3}).ok()
    ending = client.request("DELETE", f"/api/v1/namespaces/{namespace}").ok()
    assert (ending["kind"], ending["status"]["phase"]) == ("Namespace", "Terminating")
    refused = widgets.create("v", spec={"size": 3})
    assert refused.refusal == (403, "Forbidden")
    causes = refused.body["details"]["causes"]
    assert [(cause["reason"], cause["field"]) for cause in causes] == [
        ("NamespaceTerminating", "metadata.namespace")
    ]
    widgets.patch("w", {"spec": {"size": 4}}).ok()
    assert client.get(f"/api/v1/namespaces/{namespace}").ok()["metadata"]["deletionTimestamp"]


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_some_namespaces_stay(client: Client, name: str) -> None:
    assert client.request("DELETE", f"/api/v1/namespaces/{name}").refusal == (403, "Forbidden")
