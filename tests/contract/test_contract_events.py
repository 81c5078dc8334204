"""Events: two names of the same objects, and what events.k8s.io/v1 insists on."""

from typing import Any

import pytest

from cluster_client import Client, Collection, Json

INSTANT = "2026-01-05T09:00:00.000000Z"


@pytest.fixture
def events(client: Client, namespace: str) -> Collection:
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    return Collection(client, path, "events.k8s.io/v1", "Event")


@pytest.fixture
def core_events(client: Client, namespace: str) -> Collection:
    return Collection(client, f"/api/v1/namespaces/{namespace}/events", "v1", "Event")


@pytest.fixture
def event(namespace: str) -> Json:
    about = {"apiVersion": "contract.example.com/v1", "kind": "Widget", "name": "w", "namespace": namespace}
    return {
        "eventTime": INSTANT,
        "regarding": {**about, "uid": "u-1"},
        "reason": "Drifted",
        "action": "Reconcile",
        "note": "port is 5060, wanted 5061",
        "type": "Warning",
        "reportingController": "example.com/operator",
        "reportingInstance": "operator-0",
    }


def test_an_event_of_one_group_is_an_event_of_the_other(
    events: Collection, core_events: Collection, event: Json
) -> None:
    made = events.create("e", **event).ok()
    assert {key: made[key] for key in event} == event
    same = core_events.get("e").ok()
    assert (same["apiVersion"], same["metadata"]["uid"]) == ("v1", made["metadata"]["uid"])
    assert (same["involvedObject"], same["message"]) == (event["regarding"], event["note"])
    assert (same["reportingComponent"], same["reportingInstance"]) == ("example.com/operator", "operator-0")
    assert core_events.names() == events.names() == ["e"]


def test_an_event_of_the_core_is_seen_in_the_other_group(
    events: Collection, core_events: Collection, namespace: str
) -> None:
    about = {"kind": "Widget", "name": "w", "namespace": namespace}
    core_events.create(
        "e",
        involvedObject=about,
        reason="Made",
        message="hello",
        type="Normal",
        source={"component": "somebody"},
        firstTimestamp="2026-01-05T09:00:00Z",
        lastTimestamp="2026-01-05T09:00:00Z",
        count=3,
    ).ok()
    same = events.get("e").ok()
    assert (same["regarding"], same["note"]) == (about, "hello")
    assert (same["deprecatedSource"], same["deprecatedCount"]) == ({"component": "somebody"}, 3)
    assert same["deprecatedLastTimestamp"] == "2026-01-05T09:00:00Z"


def test_events_are_selected_by_what_they_are_about(
    core_events: Collection, events: Collection, event: Json
) -> None:
    events.create("e", **event).ok()
    other = {**event["regarding"], "name": "v"}
    events.create("f", **{**event, "regarding": other, "type": "Normal"}).ok()
    assert core_events.names(fieldSelector="involvedObject.name=w,involvedObject.kind=Widget") == ["e"]
    assert core_events.names(fieldSelector="involvedObject.uid=u-1,type=Normal") == ["f"]
    assert core_events.names(fieldSelector="reason!=Drifted") == []


def test_only_the_series_of_an_event_changes(events: Collection, event: Json) -> None:
    events.create("e", **event).ok()
    series = {"count": 2, "lastObservedTime": "2026-01-05T09:10:00.000000Z"}
    assert events.patch("e", {"series": series}).ok()["series"] == series
    assert events.patch("e", {"note": "other"}).refusal == (422, "Invalid")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"eventTime": None}, 422),
        ({"eventTime": "2026-01-05T09:00:00Z"}, 400),
        ({"reason": ""}, 422),
        ({"reason": "x" * 129}, 422),
        ({"action": ""}, 422),
        ({"action": "x" * 129}, 422),
        ({"type": "Error"}, 422),
        ({"note": "x" * 1025}, 422),
        ({"reportingController": ""}, 422),
        ({"reportingController": "not a name"}, 422),
        ({"reportingInstance": ""}, 422),
        ({"reportingInstance": "x" * 129}, 422),
        ({"series": {"count": 1, "lastObservedTime": INSTANT}}, 422),
        ({"series": {"count": 2}}, 422),
        ({"regarding": {"kind": "Widget", "name": "w"}}, 422),
    ],
)
def test_an_event_must_say_what_when_and_by_whom(
    events: Collection, event: Json, change: Any, code: int
) -> None:
    assert events.create("e", **{**event, **change}).code == code


@pytest.mark.parametrize("about", [{}, {"namespace": "elsewhere"}])
def test_an_event_of_the_core_is_where_its_object_is(core_events: Collection, about: Json) -> None:
    refused = core_events.create("e", involvedObject={"kind": "Widget", "name": "w", **about})
    assert refused.refusal == (422, "Invalid")
    assert refused.causes == {("involvedObject.namespace", "FieldValueInvalid")}
