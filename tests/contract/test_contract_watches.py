"""Watches: what is told, in which order, from where, and until when."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from cluster_client import TABLE, Collection, Json


def told(events: Iterator[Json], count: int) -> list[tuple[str, str]]:
    """Type and name of the next events that are no bookmarks."""
    changes = (event for event in events if event["type"] != "BOOKMARK")
    return [(event["type"], event["object"]["metadata"]["name"]) for event in islice(changes, count)]


def test_a_watch_tells_every_change_after_its_version_in_order(widgets: Collection) -> None:
    widgets.create("before", spec={"size": 3}).ok()
    since = widgets.version()
    widgets.create("w", spec={"size": 3}).ok()
    with widgets.client.watch(widgets.path, resourceVersion=since) as events:
        widgets.patch("w", {"spec": {"size": 4}}).ok()
        widgets.patch("w", {"status": {"message": "m"}}, "status").ok()
        widgets.delete("before").ok()
        seen = list(islice(events, 4))
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in seen] == [
        ("ADDED", "w"),
        ("MODIFIED", "w"),
        ("MODIFIED", "w"),
        ("DELETED", "before"),
    ]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert versions == sorted(set(versions))
    assert [event["object"]["kind"] for event in seen] == ["Widget"] * 4
    assert (seen[1]["object"]["spec"]["size"], seen[2]["object"]["status"]["message"]) == (4, "m")


def test_a_watch_goes_on_where_another_one_ended(widgets: Collection) -> None:
    with widgets.client.watch(widgets.path, resourceVersion=widgets.version()) as events:
        widgets.create("a", spec={"size": 3}).ok()
        (first,) = islice(events, 1)
    widgets.create("b", spec={"size": 3}).ok()
    since = first["object"]["metadata"]["resourceVersion"]
    with widgets.client.watch(widgets.path, resourceVersion=since) as events:
        assert told(events, 1) == [("ADDED", "b")]


@pytest.mark.parametrize("query", [{}, {"resourceVersion": "0"}])
def test_a_watch_without_a_version_begins_with_what_is_there(
    widgets: Collection, query: dict[str, str]
) -> None:
    for name in ("b", "a"):
        widgets.create(name, spec={"size": 3}).ok()
    with widgets.client.watch(widgets.path, **query) as events:
        assert sorted(told(events, 2)) == [("ADDED", "a"), ("ADDED", "b")]
        widgets.create("c", spec={"size": 3}).ok()
        assert told(events, 1) == [("ADDED", "c")]


def test_a_change_of_nothing_is_not_told(widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    widgets.patch("w", {"status": {"message": "stored"}}, "status").ok()
    with widgets.client.watch(widgets.path, resourceVersion=widgets.version()) as events:
        widgets.patch("w", {"spec": {"size": 3}}).ok()
        widgets.patch("w", {"spec": {"size": 4}}, dryRun="All").ok()
        widgets.create("v", spec={"size": 3}).ok()
        assert told(events, 1) == [("ADDED", "v")]


def test_a_watch_sees_its_namespace_only(widgets: Collection, namespace: str) -> None:
    everywhere = widgets.path.replace(f"/namespaces/{namespace}", "")
    elsewhere = Collection(
        widgets.client, widgets.path.replace(namespace, "default"), "contract.example.com/v1", "Widget"
    )
    name = f"w-{namespace}"
    since = widgets.version()
    elsewhere.create(name, spec={"size": 3}).ok()
    widgets.create(name, spec={"size": 3}).ok()
    elsewhere.delete(name).ok()
    with widgets.client.watch(widgets.path, resourceVersion=since, timeoutSeconds="1") as events:
        assert told(events, 9) == [("ADDED", name)]
    with widgets.client.watch(everywhere, resourceVersion=since) as events:
        assert told(events, 3) == [("ADDED", name), ("ADDED", name), ("DELETED", name)]


@pytest.mark.parametrize(
    ("query", "enter", "leave"),
    [
        (
            {"labelSelector": "on=yes"},
            {"metadata": {"labels": {"on": "yes"}}},
            {"metadata": {"labels": {"on": "no"}}},
        ),
        ({"fieldSelector": "spec.color=blue"}, {"spec": {"color": "blue"}}, {"spec": {"color": "red"}}),
    ],
)
def test_what_enters_a_selection_is_added_and_what_leaves_it_is_deleted(
    widgets: Collection, query: dict[str, str], enter: Json, leave: Json
) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    with widgets.client.watch(widgets.path, resourceVersion=widgets.version(), **query) as events:
        widgets.patch("w", {"spec": {"size": 4}}).ok()
        widgets.patch("w", enter).ok()
        widgets.patch("w", {"spec": {"size": 5}}).ok()
        gone = widgets.patch("w", leave).ok()
        widgets.delete("w").ok()
        widgets.create("v", **_created(enter)).ok()
        seen = list(islice(events, 4))
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in seen] == [
        ("ADDED", "w"),
        ("MODIFIED", "w"),
        ("DELETED", "w"),
        ("ADDED", "v"),
    ]
    assert seen[2]["object"]["metadata"]["resourceVersion"] == gone["metadata"]["resourceVersion"]


def _created(fields: Json) -> dict[str, Any]:
    return {**fields, "spec": {"size": 3, **fields.get("spec", {})}}


def test_a_watch_of_one_name(widgets: Collection) -> None:
    query = {"fieldSelector": "metadata.name=b", "resourceVersion": widgets.version()}
    with widgets.client.watch(widgets.path, **query) as events:
        for name in ("a", "b"):
            widgets.create(name, spec={"size": 3}).ok()
        assert told(events, 1) == [("ADDED", "b")]


def test_a_deletion_that_is_held_is_a_change_and_then_one_deletion(widgets: Collection) -> None:
    widgets.create("w", metadata={"finalizers": ["example.com/hold"]}, spec={"size": 3}).ok()
    with widgets.client.watch(widgets.path, resourceVersion=widgets.version()) as events:
        widgets.delete("w").ok()
        widgets.patch("w", {"metadata": {"finalizers": None}}).ok()
        held, gone = islice(events, 2)
    assert (held["type"], gone["type"]) == ("MODIFIED", "DELETED")
    assert held["object"]["metadata"]["deletionTimestamp"] == gone["object"]["metadata"]["deletionTimestamp"]
    assert gone["object"]["metadata"]["finalizers"] == ["example.com/hold"]
    assert int(gone["object"]["metadata"]["resourceVersion"]) > int(
        held["object"]["metadata"]["resourceVersion"]
    )


def test_a_watch_ends_when_its_time_is_over(widgets: Collection) -> None:
    with widgets.client.watch(widgets.path, resourceVersion=widgets.version(), timeoutSeconds="1") as events:
        assert list(events) == []


def test_a_watch_says_before_its_end_how_far_it_is(widgets: Collection) -> None:
    query = {"resourceVersion": widgets.version(), "allowWatchBookmarks": "true", "timeoutSeconds": "5"}
    with widgets.client.watch(widgets.path, **query) as events:
        made = widgets.create("w", spec={"size": 3}).ok()
        added, *bookmarks = events
    assert (added["type"], {event["type"] for event in bookmarks}) == ("ADDED", {"BOOKMARK"})
    bookmark = bookmarks[-1]["object"]
    assert (bookmark["kind"], bookmark["apiVersion"]) == ("Widget", "contract.example.com/v1")
    assert int(bookmark["metadata"]["resourceVersion"]) >= int(made["metadata"]["resourceVersion"])


def test_a_streamed_list_ends_with_a_bookmark(widgets: Collection) -> None:
    for name in ("a", "b"):
        widgets.create(name, spec={"size": 3}).ok()
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    with widgets.client.watch(widgets.path, **query) as events:
        seen = list(islice(events, 3))
        assert [event["type"] for event in seen] == ["ADDED", "ADDED", "BOOKMARK"]
        assert seen[2]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        widgets.create("c", spec={"size": 3}).ok()
        assert told(events, 1) == [("ADDED", "c")]


@pytest.mark.parametrize(
    "query",
    [
        {"sendInitialEvents": "true"},
        {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "1"},
        {"sendInitialEvents": "true", "resourceVersionMatch": "Exact"},
    ],
)
def test_a_streamed_list_must_be_asked_for_rightly(widgets: Collection, query: dict[str, str]) -> None:
    refused = widgets.client.get(widgets.path, watch="true", **query)
    assert refused.refusal == (422, "Invalid")


def test_a_version_that_is_forgotten_is_gone(widgets: Collection) -> None:
    with widgets.client.watch(widgets.path, resourceVersion="1") as events:
        (error,) = events
    assert error["type"] == "ERROR"
    status = error["object"]
    assert (status["kind"], status["status"], status["code"], status["reason"]) == (
        "Status",
        "Failure",
        410,
        "Expired",
    )


def test_a_watch_of_tables_has_its_columns_once(widgets: Collection) -> None:
    with widgets.client.watch(widgets.path, accept=TABLE, resourceVersion=widgets.version()) as events:
        widgets.create("w", spec={"size": 3}).ok()
        widgets.patch("w", {"spec": {"size": 4}}).ok()
        first, second = islice(events, 2)
    assert (first["object"]["kind"], second["object"]["kind"]) == ("Table", "Table")
    assert first["object"]["columnDefinitions"][0]["name"] == "Name"
    assert not second["object"].get("columnDefinitions")
    assert [event["object"]["rows"][0]["cells"][2] for event in (first, second)] == [3, 4]
