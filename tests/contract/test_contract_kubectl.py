"""kubectl as people use it."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from cluster_client import Client, Collection, Json
from contract_support import Kubectl, real_only

WIDGET = {"apiVersion": "contract.example.com/v1", "kind": "Widget"}


def widget(name: str, **spec: Any) -> Json:
    return {**WIDGET, "metadata": {"name": name}, "spec": {"size": 3, **spec}}


def test_apply_creates_then_changes_and_then_leaves_alone(kubectl: Kubectl, widgets: Collection) -> None:
    assert kubectl("apply", "-f", "-", given=widget("w", note="a")) == (
        "widget.contract.example.com/w created\n"
    )
    first = widgets.get("w").ok()
    assert first["spec"]["note"] == "a"
    assert kubectl("apply", "-f", "-", given=widget("w", color="blue")) == (
        "widget.contract.example.com/w configured\n"
    )
    second = widgets.get("w").ok()
    assert second["spec"] == {"size": 3, "color": "blue", "limits": {"cpu": 2}}
    assert kubectl("apply", "-f", "-", given=widget("w", color="blue")) == (
        "widget.contract.example.com/w unchanged\n"
    )
    assert widgets.get("w").ok() == second


def test_apply_refuses_a_field_that_is_unknown(kubectl: Kubectl, widgets: Collection) -> None:
    refused = kubectl.refused("apply", "-f", "-", given=widget("w", typo=1))
    assert 'strict decoding error: unknown field "spec.typo"' in refused
    assert widgets.get("w").code == 404


def test_apply_says_which_field_does_not_hold(kubectl: Kubectl) -> None:
    refused = kubectl.refused("apply", "-f", "-", given=widget("w", size=0))
    assert 'The Widget "w" is invalid' in refused
    assert "spec.size" in refused


def test_a_folder_is_applied_and_deleted_by_its_kustomization(
    kubectl: Kubectl, widgets: Collection, tmp_path: Path, namespace: str
) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": "u", "password": "p"},
    }
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"ca.crt": "pem"}}
    for name, document in (("w", widget("w")), ("s", secret), ("c", config)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": namespace,
        "resources": ["w.yaml", "s.yaml", "c.yaml"],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    made = kubectl("apply", "-k", str(tmp_path))
    assert sorted(made.splitlines()) == [
        "configmap/c created",
        "secret/s created",
        "widget.contract.example.com/w created",
    ]
    again = kubectl("apply", "-k", str(tmp_path))
    assert "configmap/c unchanged" in again
    assert "widget.contract.example.com/w unchanged" in again
    stored = json.loads(kubectl("get", "secret", "s", "-o", "json"))
    assert (stored["type"], sorted(stored["data"])) == ("kubernetes.io/basic-auth", ["password", "username"])
    kubectl("delete", "-k", str(tmp_path))
    assert widgets.names() == []


def test_get_prints_the_columns_and_wide_prints_all(kubectl: Kubectl, widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3, "parts": [{"name": "x"}]}).ok()
    status = {"message": "all is well", "conditions": [{"type": "Ready", "status": "True"}]}
    widgets.patch("w", {"status": status}, "status").ok()
    header, row = kubectl("get", "wd").splitlines()
    assert header.split() == ["NAME", "READY", "SIZE", "PARTS", "AGE"]
    assert re.fullmatch(r"w +True +3 +x +\d+s", row)
    header, row = kubectl("get", "gadgets", "w", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "READY", "SIZE", "PARTS", "MESSAGE", "AGE"]
    assert re.fullmatch(r"w +True +3 +x +all is well +\d+s", row)
    assert kubectl("get", "wd", "-o", "name") == "widget.contract.example.com/w\n"
    assert kubectl("get", "wd", "w", "-o", "jsonpath={.status.message}") == "all is well"


def test_get_prints_built_in_kinds(kubectl: Kubectl, client: Client, namespace: str) -> None:
    kubectl("apply", "-f", "-", given={**_config("c"), "data": {"a": "1", "b": "2"}})
    assert re.search(r"^c +2 +\d+s$", kubectl("get", "configmaps"), re.MULTILINE)
    assert re.search(rf"^{namespace} +Active +\d+s$", kubectl("get", "ns", namespace), re.MULTILINE)
    assert "widgets.contract.example.com" in kubectl("get", "crd")
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}
    kubectl("apply", "-f", "-", given={**lease, "spec": {"holderIdentity": "me"}})
    assert re.search(r"^l +me +\d+s$", kubectl("get", "leases"), re.MULTILINE)


def _config(name: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_describe_shows_an_object_and_its_events(
    kubectl: Kubectl, widgets: Collection, namespace: str
) -> None:
    made = widgets.create("w", spec={"size": 3, "note": "hello"}).ok()
    about = {**WIDGET, "name": "w", "namespace": namespace, "uid": made["metadata"]["uid"]}
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "w.1", "namespace": namespace},
        "eventTime": "2026-01-05T09:00:00.000000Z",
        "regarding": about,
        "reason": "Drifted",
        "action": "Reconcile",
        "note": "port is 5060",
        "type": "Warning",
        "reportingController": "example.com/operator",
        "reportingInstance": "operator-0",
    }
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    widgets.client.request("POST", path, event).ok()
    described = kubectl("describe", "wd", "w")
    assert re.search(r"^  Note: +hello$", described, re.MULTILINE)
    assert re.search(r"Warning +Drifted +.* +example.com/operator +port is 5060", described)
    assert "Drifted" in kubectl("events", "--for", "widget.contract.example.com/w")
    assert re.search(r"Warning +Drifted +widget/w +port is 5060", kubectl("get", "events"))


def test_patch_annotate_and_label_change_an_object(kubectl: Kubectl, widgets: Collection) -> None:
    widgets.create("w", spec={"size": 3}).ok()
    kubectl("patch", "wd", "w", "--type=merge", "-p", '{"spec":{"size":4}}')
    kubectl("patch", "wd", "w", "--type=json", "-p", '[{"op":"add","path":"/spec/note","value":"x"}]')
    kubectl("annotate", "wd", "w", "example.com/hold=yes")
    kubectl("label", "wd", "w", "tier=one")
    kubectl("patch", "wd", "w", "--subresource=status", "--type=merge", "-p", '{"status":{"message":"m"}}')
    now = widgets.get("w").ok()
    assert (now["spec"]["size"], now["spec"]["note"], now["status"]["message"]) == (4, "x", "m")
    assert now["metadata"]["annotations"] == {"example.com/hold": "yes"}
    assert now["metadata"]["labels"] == {"tier": "one"}
    kubectl("annotate", "wd", "w", "example.com/hold-")
    assert "annotations" not in widgets.get("w").ok()["metadata"]


def test_wait_waits_for_a_condition_and_for_a_deletion(kubectl: Kubectl, widgets: Collection) -> None:
    widgets.create("w", metadata={"finalizers": ["example.com/hold"]}, spec={"size": 3}).ok()
    refused = kubectl.refused("wait", "--for=condition=Ready", "wd/w", "--timeout=1s")
    assert "timed out waiting" in refused
    waiting = kubectl.start("wait", "--for=condition=Ready", "wd/w", "--timeout=20s")
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "observedGeneration": 1}
    widgets.patch("w", {"status": ready}, "status").ok()
    assert "condition met" in waiting()
    kubectl("delete", "wd", "w", "--wait=false")
    waiting = kubectl.start("wait", "--for=delete", "wd/w", "--timeout=20s")
    widgets.patch("w", {"metadata": {"finalizers": None}}).ok()
    waiting()


def test_delete_waits_until_an_object_is_gone(kubectl: Kubectl, widgets: Collection) -> None:
    widgets.create("a", metadata={"labels": {"x": "y"}}, spec={"size": 3}).ok()
    widgets.create("b", spec={"size": 3}).ok()
    assert 'widget.contract.example.com "a" deleted' in kubectl("delete", "wd", "-l", "x=y")
    kubectl("delete", "wd", "--all")
    assert widgets.names() == []
    assert "NotFound" in kubectl.refused("delete", "wd", "a")
    kubectl("delete", "wd", "a", "--ignore-not-found")


def test_replace_refuses_what_has_changed(kubectl: Kubectl, widgets: Collection) -> None:
    stale = widgets.create("w", spec={"size": 3}).ok()
    widgets.patch("w", {"spec": {"size": 4}}).ok()
    assert "the object has been modified" in kubectl.refused("replace", "-f", "-", given=stale)
    kubectl("replace", "-f", "-", given=widgets.get("w").ok())


def test_diff_shows_what_would_change_and_changes_nothing(kubectl: Kubectl, widgets: Collection) -> None:
    kubectl("apply", "-f", "-", given=widget("w"))
    before = widgets.get("w").ok()
    assert kubectl("diff", "-f", "-", given=widget("w")) == ""
    assert "+  color: blue" in kubectl.refused(
        "diff", "-f", "-", given=widget("w", color="blue"), output=True
    )
    assert widgets.get("w").ok() == before


def test_explain_knows_the_fields(kubectl: Kubectl) -> None:
    assert "size" in kubectl("explain", "wd.spec")


def test_api_resources_and_versions_are_known(kubectl: Kubectl) -> None:
    assert re.search(
        r"^widgets +wd +contract.example.com/v1 +true +Widget$", kubectl("api-resources"), re.MULTILINE
    )
    assert "Server Version: v1.36" in kubectl("version")


@real_only
def test_server_side_apply_is_the_real_servers(kubectl: Kubectl, widgets: Collection) -> None:
    kubectl("apply", "--server-side", "-f", "-", given=widget("w"))
    assert widgets.get("w").ok()["metadata"]["managedFields"]
