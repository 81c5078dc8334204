"""Namespaces, Secrets, ConfigMaps, ServiceAccounts, Leases, Events: as far as the operator uses them."""

import base64
from typing import Any

import pytest

from cluster_client import STRATEGIC, Client, Collection, Json

INSTANT = "2026-01-05T09:00:00.000000Z"


def core(client: Client, namespace: str, plural: str, kind: str) -> Collection:
    return Collection(client, f"/api/v1/namespaces/{namespace}/{plural}", "v1", kind)


@pytest.fixture
def secrets(client: Client, namespace: str) -> Collection:
    return core(client, namespace, "secrets", "Secret")


@pytest.fixture
def configmaps(client: Client, namespace: str) -> Collection:
    return core(client, namespace, "configmaps", "ConfigMap")


@pytest.fixture
def leases(client: Client, namespace: str) -> Collection:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    return Collection(client, path, "coordination.k8s.io/v1", "Lease")


def test_a_namespace_is_active_and_labelled_by_its_name(client: Client, namespace: str) -> None:
    found = client.get(f"/api/v1/namespaces/{namespace}").ok()
    assert found["status"]["phase"] == "Active"
    assert found["spec"]["finalizers"] == ["kubernetes"]
    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": namespace}
    assert "generation" not in found["metadata"]


def test_texts_of_a_secret_are_kept_as_bytes(secrets: Collection) -> None:
    made = secrets.create("s", stringData={"password": "ä"}, data={"username": "dQ=="}).ok()
    assert made["type"] == "Opaque"
    assert "stringData" not in made
    assert base64.b64decode(made["data"]["password"]).decode() == "ä"
    assert made["data"]["username"] == "dQ=="
    changed = secrets.patch("s", {"stringData": {"username": "w"}}, content_type=STRATEGIC).ok()
    assert changed["data"] == {**made["data"], "username": "dw=="}


def test_the_type_of_a_secret_stays(secrets: Collection) -> None:
    secrets.create("s", type="kubernetes.io/basic-auth", stringData={"username": "u", "password": "p"}).ok()
    refused = secrets.patch("s", {"type": "Opaque"})
    assert refused.refusal == (422, "Invalid")
    assert ("type", "FieldValueInvalid") in refused.causes


@pytest.mark.parametrize("data", [{"a": 1}, {"a": "no base64!"}, ["a"]])
def test_data_of_a_secret_must_be_bytes(secrets: Collection, data: Any) -> None:
    assert secrets.create("s", data=data).refusal == (400, "BadRequest")


@pytest.mark.parametrize("fields", [{"data": {"a": "b"}}, {"immutable": False}])
def test_what_is_immutable_stays(configmaps: Collection, fields: Json) -> None:
    configmaps.create("c", data={"a": "a"}, immutable=True).ok()
    assert configmaps.patch("c", fields).refusal == (422, "Invalid")
    configmaps.patch("c", {"metadata": {"labels": {"a": "b"}}}).ok()
    configmaps.delete("c").ok()


def test_a_built_in_kind_knows_its_fields(configmaps: Collection) -> None:
    refused = configmaps.create("c", datum={"a": "b"}, query={"fieldValidation": "Strict"})
    assert refused.refusal == (400, "BadRequest")
    assert 'unknown field "datum"' in refused.body["message"]
    assert "datum" not in configmaps.create("c", datum={"a": "b"}).ok()


def test_a_built_in_kind_may_be_put_without_a_version(configmaps: Collection) -> None:
    configmaps.create("c", data={"a": "b"}).ok()
    replaced = configmaps.replace(configmaps.manifest("c", data={"c": "d"})).ok()
    assert replaced["data"] == {"c": "d"}


def test_a_strategic_merge_knows_lists_by_their_keys(client: Client, namespace: str) -> None:
    accounts = core(client, namespace, "serviceaccounts", "ServiceAccount")
    accounts.create("a", secrets=[{"name": "one"}], metadata={"finalizers": ["x.com/a"]}).ok()
    patch = {"secrets": [{"name": "two"}], "metadata": {"finalizers": ["x.com/b"]}}
    merged = accounts.patch("a", patch, content_type=STRATEGIC).ok()
    assert {item["name"] for item in merged["secrets"]} == {"one", "two"}
    assert set(merged["metadata"]["finalizers"]) == {"x.com/a", "x.com/b"}
    patch = {
        "secrets": [{"name": "one", "$patch": "delete"}],
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["x.com/a"], "labels": {"a": "b"}},
    }
    merged = accounts.patch("a", patch, content_type=STRATEGIC).ok()
    assert merged["secrets"] == [{"name": "two"}]
    assert merged["metadata"]["finalizers"] == ["x.com/b"]
    assert "secrets" not in accounts.patch("a", {"secrets": None}, content_type=STRATEGIC).ok()
    for name in ("one", "two"):
        patch = {"imagePullSecrets": [{"name": name}]}
        assert accounts.patch("a", patch, content_type=STRATEGIC).ok()["imagePullSecrets"] == [{"name": name}]


def test_a_lease_is_taken_over_by_whoever_saw_its_newest_version(leases: Collection) -> None:
    spec = {"holderIdentity": "one", "leaseDurationSeconds": 15, "renewTime": INSTANT, "acquireTime": INSTANT}
    made = leases.create("l", spec={**spec, "leaseTransitions": 0}).ok()
    assert made["spec"] == {**spec, "leaseTransitions": 0}
    renewed = leases.replace(
        {**made, "spec": {**made["spec"], "renewTime": "2026-01-05T09:00:05.000001Z"}}
    ).ok()
    assert renewed["spec"]["renewTime"] == "2026-01-05T09:00:05.000001Z"
    stolen = {**made, "spec": {**made["spec"], "holderIdentity": "two"}}
    assert leases.replace(stolen).refusal == (409, "Conflict")
    assert leases.create("l", spec=spec).refusal == (409, "AlreadyExists")
    assert leases.get("l").ok()["spec"]["holderIdentity"] == "one"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"renewTime": "2026-01-05T09:00:00Z"}, 400),
        ({"renewTime": "now"}, 400),
        ({"leaseDurationSeconds": 0}, 422),
        ({"leaseDurationSeconds": "15"}, 400),
    ],
)
def test_a_lease_has_micro_times_and_a_duration(leases: Collection, spec: Json, code: int) -> None:
    assert leases.create("l", spec={"holderIdentity": "one", "leaseDurationSeconds": 15, **spec}).code == code


def test_a_lease_needs_a_version_to_be_put(leases: Collection) -> None:
    spec = {"holderIdentity": "one", "leaseDurationSeconds": 15}
    made = leases.create("l", spec=spec).ok()
    del made["metadata"]["resourceVersion"]
    assert leases.replace(made).refusal == (422, "Invalid")


@pytest.mark.parametrize(
    ("path", "selector", "names"),
    [
        ("/api/v1/namespaces/{}/secrets", "type=Opaque", ["o"]),
        ("/api/v1/namespaces/{}/secrets", "type!=Opaque", ["b"]),
    ],
)
def test_secrets_are_selected_by_type(
    secrets: Collection, namespace: str, path: str, selector: str, names: list[str]
) -> None:
    secrets.create("o").ok()
    secrets.create("b", type="example.com/b").ok()
    assert secrets.names(fieldSelector=selector) == names
