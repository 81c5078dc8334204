"""What a client finds out before it does anything."""

import pytest

from cluster_client import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
NEEDED = {
    "/api/v1": {"namespaces", "events", "secrets", "configmaps", "serviceaccounts"},
    "/apis/events.k8s.io/v1": {"events"},
    "/apis/coordination.k8s.io/v1": {"leases"},
    "/apis/apiextensions.k8s.io/v1": {"customresourcedefinitions"},
    "/apis/contract.example.com/v1": {"widgets", "widgets/status"},
}


@pytest.mark.parametrize("path", NEEDED)
def test_the_resources_of_a_version_are_listed(client: Client, path: str) -> None:
    found = client.get(path).ok()
    assert (found["kind"], found["groupVersion"]) == ("APIResourceList", path.split("/", 2)[2])
    assert {resource["name"] for resource in found["resources"]} >= NEEDED[path]


def test_groups_and_versions_are_listed(client: Client) -> None:
    assert client.get("/api").ok()["versions"] == ["v1"]
    groups = {group["name"]: group for group in client.get("/apis").ok()["groups"]}
    assert {path.split("/")[2] for path in NEEDED if path.startswith("/apis/")} <= groups.keys()
    version = {"groupVersion": "contract.example.com/v1", "version": "v1"}
    assert groups["contract.example.com"]["versions"] == [version]
    assert groups["contract.example.com"]["preferredVersion"] == version
    assert client.get("/apis/contract.example.com").ok()["kind"] == "APIGroup"


def test_a_kind_says_how_it_is_called(client: Client) -> None:
    resources = client.get("/apis/contract.example.com/v1").ok()["resources"]
    widgets = next(resource for resource in resources if resource["name"] == "widgets")
    assert (widgets["shortNames"], widgets["categories"]) == (["wd"], ["gadgets"])
    status = next(resource for resource in resources if resource["name"] == "widgets/status")
    assert set(status["verbs"]) == {"get", "patch", "update"}


def test_all_groups_come_at_once_to_who_can_read_them(client: Client) -> None:
    for path, groups in (("/api", {""}), ("/apis", {"contract.example.com", "events.k8s.io"})):
        answer = client.request("GET", path, headers={"Accept": AGGREGATED})
        assert "as=APIGroupDiscoveryList" in answer.headers["Content-Type"]
        items = {item["metadata"].get("name", ""): item for item in answer.ok()["items"]}
        assert groups <= items.keys()
    resources = items["contract.example.com"]["versions"][0]["resources"]
    (widgets,) = (resource for resource in resources if resource["resource"] == "widgets")
    assert (widgets["scope"], widgets["responseKind"]["kind"]) == ("Namespaced", "Widget")
    assert [sub["subresource"] for sub in widgets["subresources"]] == ["status"]


def test_a_schema_is_published(client: Client) -> None:
    paths = client.get("/openapi/v3").ok()["paths"]
    url = paths["apis/contract.example.com/v1"]["serverRelativeURL"]
    schemas = client.get(url.partition("?")[0]).ok()["components"]["schemas"]
    widget = next(schema for name, schema in schemas.items() if name.endswith(".Widget"))
    assert widget["properties"]["spec"]["required"] == ["size"]
    assert widget["x-kubernetes-group-version-kind"][0]["kind"] == "Widget"


@pytest.mark.parametrize(
    "path", ["/apis/none.example.com/v1/things", "/apis/contract.example.com/v9", "/none"]
)
def test_what_is_not_served_is_no_page(client: Client, path: str) -> None:
    assert client.get(path).code == 404


def test_the_server_says_that_it_is_well(client: Client) -> None:
    assert client.get("/readyz").text == "ok"
    assert client.get("/version").ok()["major"] == "1"


def test_a_wrong_token_is_unauthorized(client: Client) -> None:
    refused = client.request("GET", "/api/v1/namespaces", headers={"Authorization": "Bearer wrong"})
    assert refused.refusal == (401, "Unauthorized")
