"""The chart on a real API server: what it lets the operator do, what an upgrade and an uninstall leave."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

from chart_support import (
    ALL_NAMESPACES,
    CHART,
    EVERYTHING,
    MATRIX,
    NAME,
    NAMESPACE,
    NOTHING_OPTIONAL,
    SOME_NAMESPACES,
    install,
    operator_kubeconfig,
    render,
)
from cluster_apiserver import APIServer
from cluster_programs import program
from manifests_support import gateway_document
from um_operator.api.meta import FINALIZER, GROUP

Call: TypeAlias = tuple[str, str, str]
"""Verb, resource with its group, and the only name for which it is allowed or nothing."""

KINDS = ("exchangeorganizations", "umdialplans", "umipgateways")
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "install.md"
OPERATOR = f"system:serviceaccount:{NAMESPACE}:{NAME}"
RESOURCES: set[Call] = {
    *((verb, f"{kind}.{GROUP}", "") for kind in KINDS for verb in ("get", "list", "watch", "patch")),
    *(("patch", f"{kind}/status.{GROUP}", "") for kind in KINDS),
    *((verb, "events.events.k8s.io", "") for verb in ("create", "patch")),
    ("get", "namespaces", ""),
}
CREDENTIALS: set[Call] = {
    ("get", "secrets", ""),
    *((verb, "configmaps", "") for verb in ("get", "create", "delete")),
}
LEASE: set[Call] = {
    ("create", "leases.coordination.k8s.io", ""),
    ("get", "leases.coordination.k8s.io", NAME),
    ("update", "leases.coordination.k8s.io", NAME),
}


@pytest.fixture
def cluster(server: APIServer) -> Iterator[APIServer]:
    """Uninstall what a test installed, CRDs and resources included."""
    yield server
    for release in ("um", "second"):
        server.helm("uninstall", release, f"--namespace={NAMESPACE}", "--ignore-not-found")
    crds = [f"{kind}.{GROUP}" for kind in KINDS]
    gone = server.kubectl("delete", "customresourcedefinitions", "--ignore-not-found", *crds)
    assert gone.returncode == 0, gone.stderr


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def calls(server: APIServer, who: str, namespace: str) -> set[Call]:
    """Return every call on resources that somebody may make in a namespace, as the API server says."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    text = done(server.kubectl("create", "-f", "-", "-o", "json", f"--as={who}", input=json.dumps(review)))
    return {
        (verb, f"{resource}.{group}" if group else resource, name)
        for rule in json.loads(text)["status"]["resourceRules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
    }


def granted(server: APIServer, namespace: str) -> set[Call]:
    """Return what the operator may do beyond what any service account may."""
    anybody = calls(server, "system:serviceaccount:default:default", namespace)
    return calls(server, OPERATOR, namespace) - anybody


def gateway_in(server: APIServer, namespace: str, *finalizers: str) -> None:
    manifest = gateway_document("sbc01", deletionPolicy="Delete")
    manifest["metadata"] = {"name": "sbc01", "namespace": namespace, "finalizers": list(finalizers)}
    done(server.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(manifest)))


@pytest.mark.parametrize("name", MATRIX)
def test_the_api_server_takes_every_object_and_warns_of_none(server: APIServer, name: str) -> None:
    level = "pod-security.kubernetes.io/warn=restricted"
    done(server.kubectl("label", "namespace", NAMESPACE, level, "--overwrite"))
    text = yaml.safe_dump_all(render(MATRIX[name]))
    applied = server.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", input=text)
    assert applied.returncode == 0, applied.stderr
    assert applied.stderr == ""


def test_in_some_namespaces_the_operator_may_do_exactly_what_it_does(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    assert granted(cluster, "telephony") == RESOURCES | CREDENTIALS
    assert granted(cluster, "branch") == RESOURCES | CREDENTIALS
    assert granted(cluster, NAMESPACE) == LEASE
    assert granted(cluster, "elsewhere") == set()


def test_in_all_namespaces_secrets_are_read_only_where_the_accounts_are(cluster: APIServer) -> None:
    install(cluster, ALL_NAMESPACES)
    assert granted(cluster, "telephony") == RESOURCES | CREDENTIALS
    assert granted(cluster, "elsewhere") == RESOURCES
    assert granted(cluster, NAMESPACE) == RESOURCES | LEASE


def test_a_role_lets_its_own_namespace_be_read_and_no_other(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    done(cluster.kubectl("get", "namespace", "telephony", f"--as={OPERATOR}"))
    refused = cluster.kubectl("get", "namespace", "elsewhere", f"--as={OPERATOR}")
    assert "Forbidden" in refused.stderr
    assert "Forbidden" in cluster.kubectl("get", "namespaces", f"--as={OPERATOR}").stderr


def test_a_token_of_the_service_account_is_the_operator(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    kubeconfig = operator_kubeconfig(cluster, "telephony")
    assert done(cluster.kubectl("get", "umdp", "-o", "name", kubeconfig=kubeconfig)) == ""
    secret = cluster.kubectl("get", "secrets", kubeconfig=kubeconfig)
    assert 'cannot list resource "secrets"' in secret.stderr


def test_uninstalling_leaves_definitions_and_resources_and_installing_takes_them_up(
    cluster: APIServer,
) -> None:
    install(cluster, SOME_NAMESPACES)
    gateway_in(cluster, "telephony")
    uninstalled = done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    assert uninstalled.count("CustomResourceDefinition") == len(KINDS)
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name")).split() == [f"umipgateway.{GROUP}/sbc01"]
    left = done(cluster.kubectl("get", "deploy,sa,role,rolebinding,service,pdb", "-A", "-o", "name"))
    assert NAME not in left
    policies = done(cluster.kubectl("get", "validatingadmissionpolicies,clusterroles", "-o", "name"))
    assert NAME not in policies
    install(cluster, SOME_NAMESPACES)
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name")).split() == [f"umipgateway.{GROUP}/sbc01"]


def test_an_upgrade_without_definitions_keeps_them(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    gateway_in(cluster, "telephony")
    install(cluster, {**SOME_NAMESPACES, "crds": {"enabled": False}})
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name"))


def test_an_upgrade_upgrades_definitions(cluster: APIServer, tmp_path: Path) -> None:
    install(cluster, SOME_NAMESPACES)
    gateway_in(cluster, "telephony")
    chart = tmp_path / "um-operator"
    shutil.copytree(CHART, chart)
    path = chart / "files" / "crds" / "umipgateways.yaml"
    definition = yaml.safe_load(path.read_text())
    definition["spec"]["names"]["shortNames"] = ["umgateway"]
    path.write_text(yaml.safe_dump(definition))
    install(cluster, SOME_NAMESPACES, chart=chart)
    named = ("customresourcedefinition", f"umipgateways.{GROUP}", "-o", "jsonpath={.spec.names.shortNames}")
    assert json.loads(done(cluster.kubectl("get", *named))) == ["umgateway"]
    assert done(cluster.kubectl("get", "umipgateways", "-A", "-o", "name"))


def test_another_release_takes_definitions_over_when_it_is_told_to(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    gateway_in(cluster, "telephony")
    done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    where = ("second", str(CHART), f"--namespace={NAMESPACE}", "--set=watchNamespaces={telephony}")
    assert "invalid ownership metadata" in cluster.helm("install", *where).stderr
    done(cluster.helm("install", *where, "--take-ownership"))
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name"))


def test_an_upgrade_follows_the_namespaces(cluster: APIServer) -> None:
    install(cluster, SOME_NAMESPACES)
    install(cluster, {"watchNamespaces": ["telephony"]})
    assert granted(cluster, "branch") == set()
    assert granted(cluster, "telephony") == RESOURCES | CREDENTIALS


def test_two_releases_stand_side_by_side(cluster: APIServer) -> None:
    install(cluster, {"watchNamespaces": ["telephony"]})
    second = {"watchNamespaces": ["branch"], "crds": {"enabled": False}}
    install(cluster, second, release="second")
    assert granted(cluster, "branch") == set()
    names = done(cluster.kubectl("get", "deployments", f"--namespace={NAMESPACE}", "-o", "name")).split()
    assert names == ["deployment.apps/second-um-operator", f"deployment.apps/{NAME}"]


def test_everything_installs_and_upgrades_to_nothing_optional(cluster: APIServer) -> None:
    install(cluster, EVERYTHING)
    install(cluster, NOTHING_OPTIONAL)
    kept = done(
        cluster.kubectl("get", "networkpolicies,pdb,service,configmap", f"-n={NAMESPACE}", "-o", "name")
    )
    assert NAME not in kept


@pytest.mark.parametrize("told_by", ["notes", "page"])
def test_what_is_told_lets_a_resource_go_when_the_operator_is_gone(cluster: APIServer, told_by: str) -> None:
    notes = install(cluster, SOME_NAMESPACES).partition("NOTES:")[2]
    text = notes if told_by == "notes" else PAGE.read_text()
    gateway_in(cluster, "branch", FINALIZER)
    done(cluster.helm("uninstall", "um", f"--namespace={NAMESPACE}"))
    done(cluster.kubectl("delete", "umgw", "sbc01", "--namespace=branch", "--wait=false"))
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name"))
    command = re.search(r"^ *kubectl get umdialplans.*?^ *done$", text, re.MULTILINE | re.DOTALL)
    assert command is not None, text
    shell = subprocess.run(
        ["sh", "-ec", command[0]], env=with_kubectl(cluster), capture_output=True, text=True, check=False
    )
    assert "patched" in done(shell)
    assert done(cluster.kubectl("get", "umgw", "-A", "-o", "name")) == ""


def with_kubectl(server: APIServer) -> dict[str, str]:
    environment = server.environment()
    return {**environment, "PATH": f"{program('kubectl').parent}:{environment['PATH']}"}
