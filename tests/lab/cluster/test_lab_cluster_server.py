"""What the simulator does by itself, and what it says of what it does not do."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cluster_client import TABLE
from cluster_lab_support import MERGE, Api
from um_operator.lab.clock import EPOCH, Clock
from um_operator.lab.cluster.errors import StatusError
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.cluster.storage import Storage

HOLD = ["example.com/hold"]


async def test_timestamps_and_ages_are_the_labs(api: Api, clock: Clock) -> None:
    made = await api.create("w")
    assert made["metadata"]["creationTimestamp"] == EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ")
    clock.advance(timedelta(days=3, hours=5))
    table = await api.ask("GET", f"{api.widgets}/w", accept=TABLE)
    assert table.body["rows"][0]["cells"][-1] == "3d5h"


async def test_the_audit_tells_who_asked_for_what(api: Api, server: ApiServer) -> None:
    await api.create("w")
    await api.ask("PATCH", f"{api.widgets}/w/status", {}, content_type=MERGE)
    await api.ask("GET", f"{api.widgets}/none")
    told = [
        (
            a.request.verb,
            a.request.resource,
            a.request.subresource,
            a.request.name,
            a.request.user_agent,
            a.code,
        )
        for a in list(server.audit.answered)[-3:]
    ]
    assert told == [
        ("create", "widgets", "", "", "tests/1", 201),
        ("patch", "widgets", "status", "w", "tests/1", 200),
        ("get", "widgets", "", "none", "tests/1", 404),
    ]
    assert server.audit.count(verb="patch", resource="widgets", user_agent="tests/") == 1


async def test_a_rotated_token_is_in_the_kubeconfig_and_the_old_one_is_rejected(
    api: Api, server: ApiServer
) -> None:
    assert (await api.ask("GET", api.widgets)).code == 200
    server.rotate_token()
    assert (await api.ask("GET", api.widgets)).code == 401
    config = json.loads(server.kubeconfig.read_text())
    api.token = config["users"][0]["user"]["token"]
    assert (await api.ask("GET", api.widgets)).code == 200
    assert server.kubeconfig.stat().st_mode & 0o077 == 0


async def test_the_same_seed_gives_the_same_uids(tmp_path: Path) -> None:
    tokens = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        async with ApiServer.start(tmp_path / folder, seed=seed) as server:
            tokens.append(server.token)
    assert tokens[0] == tokens[1] != tokens[2]


async def test_a_namespace_that_ends_takes_its_contents_with_it(api: Api) -> None:
    await api.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "n"}})
    widgets = api.widgets.replace("default", "n")
    head = {"apiVersion": "contract.example.com/v1", "kind": "Widget", "spec": {"size": 3}}
    for name, finalizers in (("free", []), ("held", HOLD)):
        await api.ask("POST", widgets, {**head, "metadata": {"name": name, "finalizers": finalizers}})
    await api.ask("POST", "/api/v1/namespaces/n/configmaps", {"metadata": {"name": "c"}})
    await api.ask("DELETE", "/api/v1/namespaces/n")
    left = (await api.ask("GET", widgets)).body["items"]
    assert [(item["metadata"]["name"], "deletionTimestamp" in item["metadata"]) for item in left] == [
        ("held", True)
    ]
    assert (await api.ask("GET", "/api/v1/namespaces/n/configmaps")).body["items"] == []
    assert (await api.ask("GET", "/api/v1/namespaces/n")).code == 200
    let_go = {"metadata": {"finalizers": None}}
    await api.ask("PATCH", f"{widgets}/held", let_go, content_type=MERGE)
    assert (await api.ask("GET", "/api/v1/namespaces/n")).code == 404


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("application/apply-patch+yaml", "does no server-side apply"),
        ("application/vnd.kubernetes.protobuf", "in an unknown format"),
    ],
)
async def test_a_patch_that_is_not_done_is_refused_in_words(api: Api, content_type: str, said: str) -> None:
    await api.create("w")
    refused = await api.ask("PATCH", f"{api.widgets}/w", {}, content_type=content_type)
    assert (refused.code, refused.body["reason"]) == (415, "UnsupportedMediaType")
    assert said in refused.body["message"]


async def test_what_is_not_done_is_refused_in_words(api: Api) -> None:
    await api.create("w")
    protobuf = await api.ask(
        "POST", "/api/v1/namespaces", {}, content_type="application/vnd.kubernetes.protobuf"
    )
    assert protobuf.code == 415
    assert "kubectl apply -f does not" in protobuf.body["message"]
    foreground = await api.ask("DELETE", f"{api.widgets}/w", {"propagationPolicy": "Foreground"})
    assert foreground.code == 400
    assert "collects no garbage" in foreground.body["message"]
    exact = await api.ask("GET", api.widgets, resourceVersion="1", resourceVersionMatch="Exact")
    assert exact.code == 400
    assert (await api.ask("DELETE", api.widgets)).code == 405
    assert await api.names() == ["w"]


def test_changes_are_kept_up_to_a_limit_and_what_is_beyond_is_gone() -> None:
    storage = Storage(history=10)
    for number in range(100):
        storage.put(("", "things"), {"metadata": {"name": "t"}, "number": number})
    things = storage.collection(("", "things"))
    kept = things.after(storage.revision - 10)
    assert [change.entry.object["number"] for change in kept] == list(range(90, 100))
    with pytest.raises(StatusError) as gone:
        things.after(storage.revision - 50)
    assert gone.value.code == 410
