"""What the chart lets the operator do, as a real API server says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TypeAlias

import pytest

from chart_support import (
    ALL_NAMESPACES,
    KINDS,
    NAME,
    NAMESPACE,
    SOME_NAMESPACES,
    done,
    install,
    operator_kubeconfig,
    uninstall,
)
from cluster_apiserver import APIServer
from um_operator.api.meta import GROUP

Call: TypeAlias = tuple[str, str, str]
"""Verb, resource with its group, and the only name for which it is allowed or nothing."""

IN_FORCE_WITHIN = 20.0
OPERATOR = f"system:serviceaccount:{NAMESPACE}:{NAME}"
RESOURCES: set[Call] = {
    *((verb, f"{kind}.{GROUP}", "") for kind in KINDS for verb in ("get", "list", "watch")),
    *(("patch", f"{kind}.{GROUP}", "") for kind in ("exchangeorganizations", "umdialplans", "umipgateways")),
    *(("patch", f"{kind}/status.{GROUP}", "") for kind in KINDS),
    *((verb, "events.events.k8s.io", "") for verb in ("create", "patch")),
    ("get", "namespaces", ""),
}
CREDENTIALS: set[Call] = {
    *((verb, "secrets", "") for verb in ("get", "create", "patch")),
    *((verb, "certificaterequests.cert-manager.io", "") for verb in ("get", "create")),
    *((verb, "configmaps", "") for verb in ("get", "create", "patch", "delete")),
}
LEASE: set[Call] = {
    ("create", "leases.coordination.k8s.io", ""),
    ("get", "leases.coordination.k8s.io", NAME),
    ("update", "leases.coordination.k8s.io", NAME),
}


@pytest.fixture(scope="module")
def in_some(server: APIServer) -> Iterator[APIServer]:
    """Install a release that watches the namespaces "telephony" and "branch"."""
    install(server, SOME_NAMESPACES)
    yield server
    uninstall(server)


def calls(server: APIServer, who: str, namespace: str) -> set[Call]:
    """Return every call on resources that somebody may make in a namespace, as the API server says."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    asked = ("create", "-f", "-", "-o", "json", "--validate=false", f"--as={who}")
    text = done(server.kubectl(*asked, input=json.dumps(review)))
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


def assert_granted(server: APIServer, namespace: str, expected: set[Call]) -> None:
    """Compare what the operator may do, once the API server has taken over Roles that were just changed."""
    deadline = time.monotonic() + IN_FORCE_WITHIN
    while (found := granted(server, namespace)) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == expected


def test_in_some_namespaces_the_operator_may_do_exactly_what_it_does(in_some: APIServer) -> None:
    assert_granted(in_some, "telephony", RESOURCES | CREDENTIALS)
    assert_granted(in_some, "branch", RESOURCES | CREDENTIALS)
    assert_granted(in_some, NAMESPACE, LEASE)
    assert_granted(in_some, "elsewhere", set())


def test_a_role_lets_its_own_namespace_be_read_and_no_other(in_some: APIServer) -> None:
    done(in_some.kubectl("get", "namespace", "telephony", f"--as={OPERATOR}"))
    assert "Forbidden" in in_some.kubectl("get", "namespace", "elsewhere", f"--as={OPERATOR}").stderr
    assert "Forbidden" in in_some.kubectl("get", "namespaces", f"--as={OPERATOR}").stderr


def test_a_token_of_the_service_account_is_the_operator(in_some: APIServer) -> None:
    kubeconfig = operator_kubeconfig(in_some, "telephony")
    assert done(in_some.kubectl("get", "umdp", "-o", "name", kubeconfig=kubeconfig)) == ""
    secrets = in_some.kubectl("get", "secrets", kubeconfig=kubeconfig)
    assert 'cannot list resource "secrets"' in secrets.stderr


def test_in_all_namespaces_secrets_are_read_only_where_the_accounts_are(server: APIServer) -> None:
    install(server, ALL_NAMESPACES)
    assert_granted(server, "telephony", RESOURCES | CREDENTIALS)
    assert_granted(server, "elsewhere", RESOURCES)
    assert_granted(server, NAMESPACE, RESOURCES | LEASE)
    uninstall(server)
