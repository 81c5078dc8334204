"""Lists: order, selectors, chunks, tables."""

import base64
import json
from collections.abc import Callable

import pytest

from cluster_client import TABLE, Client, Collection


@pytest.fixture
def five(widgets: Collection) -> Collection:
    """Five widgets, made in another order than that of their names."""
    for name, color, labels in (
        ("e", "red", {"tier": "one"}),
        ("b", "green", {"tier": "two", "odd": ""}),
        ("a", "red", {"tier": "one"}),
        ("d", "blue", {}),
        ("c", "red", {"tier": "three"}),
    ):
        widgets.create(name, metadata={"labels": labels}, spec={"size": 3, "color": color}).ok()
    return widgets


def test_a_list_is_in_the_order_of_names_and_has_a_version(five: Collection) -> None:
    listed = five.listing().ok()
    assert (listed["kind"], listed["apiVersion"]) == ("WidgetList", "contract.example.com/v1")
    assert [item["metadata"]["name"] for item in listed["items"]] == ["a", "b", "c", "d", "e"]
    assert all(item["kind"] == "Widget" for item in listed["items"])
    newest = max(int(item["metadata"]["resourceVersion"]) for item in listed["items"])
    assert int(listed["metadata"]["resourceVersion"]) >= newest


def test_a_list_of_all_namespaces_has_them_all(five: Collection, namespace: str) -> None:
    items = five.client.get("/apis/contract.example.com/v1/widgets").ok()["items"]
    here = [item for item in items if item["metadata"]["namespace"] == namespace]
    assert len(here) == 5
    places = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in items]
    assert places == sorted(places)


def test_a_namespace_that_is_not_there_has_nothing(client: Client) -> None:
    assert client.get("/apis/contract.example.com/v1/namespaces/nowhere/widgets").ok()["items"] == []


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("tier=one", ["a", "e"]),
        ("tier==one", ["a", "e"]),
        ("tier!=one", ["b", "c", "d"]),
        ("tier", ["a", "b", "c", "e"]),
        ("!tier", ["d"]),
        ("tier in (one, two)", ["a", "b", "e"]),
        ("tier notin (one,two)", ["c", "d"]),
        ("odd=", ["b"]),
        ("tier,tier!=one, tier notin (three)", ["b"]),
        ("tier=none", []),
    ],
)
def test_a_label_selector_chooses(five: Collection, selector: str, names: list[str]) -> None:
    assert five.names(labelSelector=selector) == names


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("metadata.name=c", ["c"]),
        ("metadata.name!=c", ["a", "b", "d", "e"]),
        ("spec.color=red", ["a", "c", "e"]),
        ("spec.color!=red,metadata.name!=d", ["b"]),
        ("metadata.namespace=default", []),
    ],
)
def test_a_field_selector_chooses(five: Collection, selector: str, names: list[str]) -> None:
    assert five.names(fieldSelector=selector) == names


@pytest.mark.parametrize(
    "query", [{"fieldSelector": "spec.size=3"}, {"labelSelector": "a=b=c"}, {"limit": "x"}]
)
def test_a_query_that_makes_no_sense_is_a_bad_request(five: Collection, query: dict[str, str]) -> None:
    assert five.listing(**query).refusal == (400, "BadRequest")


def test_chunks_show_the_instant_of_the_first(five: Collection) -> None:
    first = five.listing(limit="2").ok()
    assert [item["metadata"]["name"] for item in first["items"]] == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 3
    five.create("bb", spec={"size": 3}).ok()
    five.delete("d").ok()
    five.patch("c", {"spec": {"size": 9}}).ok()
    second = five.listing(**{"limit": "2", "continue": first["metadata"]["continue"]}).ok()
    assert [(item["metadata"]["name"], item["spec"]["size"]) for item in second["items"]] == [
        ("c", 3),
        ("d", 3),
    ]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    third = five.listing(**{"limit": "2", "continue": second["metadata"]["continue"]}).ok()
    assert [item["metadata"]["name"] for item in third["items"]] == ["e"]
    assert not third["metadata"].get("continue")
    assert five.names() == ["a", "b", "bb", "c", "e"]


def test_chunks_of_a_selection_do_not_say_how_many_remain(five: Collection) -> None:
    first = five.listing(limit="2", labelSelector="tier").ok()
    assert [item["metadata"]["name"] for item in first["items"]] == ["a", "b"]
    assert "remainingItemCount" not in first["metadata"]
    query = {"limit": "2", "labelSelector": "tier", "continue": first["metadata"]["continue"]}
    second = five.listing(**query).ok()
    assert [item["metadata"]["name"] for item in second["items"]] == ["c", "e"]
    assert not second["metadata"].get("continue")


def test_a_token_that_is_none_is_a_bad_request(five: Collection) -> None:
    assert five.listing(**{"limit": "2", "continue": "nonsense"}).refusal == (400, "BadRequest")


def test_a_chunk_of_a_list_that_is_forgotten_is_gone(five: Collection, forget: Callable[[], None]) -> None:
    token = json.loads(base64.urlsafe_b64decode(five.listing(limit="2").ok()["metadata"]["continue"] + "=="))
    forget()
    ancient = base64.urlsafe_b64encode(json.dumps({**token, "rv": 1}).encode()).decode()
    assert five.listing(**{"limit": "2", "continue": ancient.rstrip("=")}).refusal == (410, "Expired")


def test_a_table_has_the_printer_columns(five: Collection) -> None:
    five.patch("a", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, "status").ok()
    five.patch("a", {"spec": {"parts": [{"name": "x"}, {"name": "y"}]}}).ok()
    table = five.client.request("GET", five.path, headers={"Accept": TABLE}, query={"limit": "2"}).ok()
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    columns = table["columnDefinitions"]
    assert [(c["name"], c["type"], c["format"], c["priority"]) for c in columns] == [
        ("Name", "string", "name", 0),
        ("Ready", "string", "", 0),
        ("Size", "integer", "", 0),
        ("Parts", "string", "", 0),
        ("Message", "string", "", 1),
        ("Age", "date", "", 0),
    ]
    assert columns[2]["description"] == "How large it is."
    assert [row["cells"][:5] for row in table["rows"]] == [
        ["a", "True", 3, "x", None],
        ["b", None, 3, None, None],
    ]
    assert all(row["cells"][5].endswith("s") for row in table["rows"])
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert table["metadata"]["continue"]


def test_a_table_of_one_has_the_object_when_it_is_asked_for(five: Collection) -> None:
    path = f"{five.path}/a"
    table = five.client.request(
        "GET", path, headers={"Accept": TABLE}, query={"includeObject": "Object"}
    ).ok()
    assert [row["object"]["spec"]["color"] for row in table["rows"]] == ["red"]
    bare = five.client.request("GET", path, headers={"Accept": TABLE}, query={"includeObject": "None"}).ok()
    assert bare["rows"][0].get("object") is None


def test_a_form_that_is_not_written_is_not_acceptable(five: Collection) -> None:
    refused = five.client.request("GET", five.path, headers={"Accept": "text/html"})
    assert refused.refusal == (406, "NotAcceptable")


def test_items_of_built_in_kinds_do_not_repeat_their_kind(client: Client) -> None:
    listed = client.get("/api/v1/namespaces").ok()
    assert listed["kind"] == "NamespaceList"
    assert all("kind" not in item for item in listed["items"])
