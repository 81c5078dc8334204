"""What the chart makes of its values, without a cluster."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
import typer

from chart_support import (
    ALL_NAMESPACES,
    CHART,
    EVERYTHING,
    MATRIX,
    NAME,
    NAMESPACE,
    NOTHING_OPTIONAL,
    SOME_NAMESPACES,
    Manifest,
    Values,
    helm,
    of_kind,
    render,
    template,
    the,
)
from um_operator.cli.operator import app
from um_operator.observability.logs import LogFormat, LogLevel

NOT_ENABLED = {"enabled": False}
"""Ports of Exchange servers that are reached unless somebody says otherwise."""
pytestmark = pytest.mark.usefixtures("helm_is_here")


def pod(values: Values) -> dict[str, Any]:
    spec: dict[str, Any] = the(render(values), "Deployment")["spec"]["template"]["spec"]
    return spec


def test_helm_finds_nothing_wrong_with_the_chart() -> None:
    done = helm("lint", "--strict", str(CHART), "--set", "watchNamespaces={telephony}")
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize("name", MATRIX)
def test_every_object_is_labelled_and_none_is_made_twice(name: str) -> None:
    manifests = [item for item in render(MATRIX[name]) if item["metadata"]["name"] != "um-more"]
    keys = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in manifests]
    assert len(set(keys)) == len(keys)
    for item in manifests:
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == "um", item["metadata"]
        assert item["metadata"]["labels"].get("team") == MATRIX[name].get("commonLabels", {}).get("team")


@pytest.mark.parametrize("name", MATRIX)
def test_a_pod_meets_the_restricted_standard(name: str) -> None:
    spec = pod(MATRIX[name])
    (container,) = spec["containers"]
    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    volumes = {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
    assert volumes <= {"emptyDir", "projected", "configMap"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


def test_keys_of_sessions_touch_no_disk() -> None:
    (tmp,) = [volume for volume in pod(SOME_NAMESPACES)["volumes"] if volume["name"] == "tmp"]
    assert tmp["emptyDir"] == {"medium": "Memory", "sizeLimit": "16Mi"}


def test_the_token_is_the_pods_own_and_expires() -> None:
    manifests = render(SOME_NAMESPACES)
    spec = the(manifests, "Deployment")["spec"]["template"]["spec"]
    (access,) = [volume for volume in spec["volumes"] if volume["name"] == "api-access"]
    assert the(manifests, "ServiceAccount")["automountServiceAccountToken"] is False
    assert spec["automountServiceAccountToken"] is False
    assert access["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] == 3600


def test_a_new_pod_stands_by_before_an_old_one_ends() -> None:
    spec = the(render(SOME_NAMESPACES), "Deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_the_operator_is_told_its_namespaces_ports_and_lease() -> None:
    (container,) = pod(SOME_NAMESPACES)["containers"]
    assert container["args"] == [
        "--namespace=telephony",
        "--namespace=branch",
        f"--lease-name={NAME}",
        "--metrics-bind-address=0.0.0.0:8080",
        "--health-probe-bind-address=0.0.0.0:8081",
        "--log-format=json",
        "--log-level=info",
    ]
    assert {item["name"] for item in container["env"]} == {"POD_NAME", "POD_NAMESPACE"}
    (everywhere,) = pod(ALL_NAMESPACES)["containers"]
    assert not [argument for argument in everywhere["args"] if argument.startswith("--namespace")]


@pytest.mark.parametrize("values", [*MATRIX.values(), {**SOME_NAMESPACES, "logging": {"level": "debug"}}])
def test_the_operator_knows_every_argument(values: Values, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAMESPACE", NAMESPACE)
    (container,) = pod(values)["containers"]
    given = typer.main.get_command(app).make_context("um-operator", list(container["args"])).params
    assert given["lease_name"] == NAME
    assert given["lease_namespace"] == NAMESPACE
    assert list(given["namespace"] or ()) == values.get("watchNamespaces", [])


@pytest.mark.parametrize(("value", "offered"), [("format", LogFormat), ("level", LogLevel)])
def test_the_words_of_logging_are_the_operators(value: str, offered: object) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]["logging"]["properties"]
    assert schema[value]["enum"] == list(get_args(offered))


def test_a_digest_wins_over_the_tag() -> None:
    (container,) = pod(EVERYTHING)["containers"]
    assert container["image"] == f"registry.contoso.com/um-operator@{EVERYTHING['image']['digest']}"
    (container,) = pod({**SOME_NAMESPACES, "image": {"tag": "1.2.3"}})["containers"]
    assert container["image"] == "um-operator:1.2.3"


def test_a_change_of_krb5_conf_rolls_the_pods() -> None:
    def annotation(realm: str) -> str:
        values = {**SOME_NAMESPACES, "kerberos": {"config": f"[libdefaults]\ndefault_realm = {realm}\n"}}
        manifests = render(values)
        assert the(manifests, "ConfigMap")["data"] == {"krb5.conf": values["kerberos"]["config"]}
        found: str = the(manifests, "Deployment")["spec"]["template"]["metadata"]["annotations"][
            "checksum/krb5-conf"
        ]
        return found

    assert annotation("CONTOSO.COM") != annotation("FABRIKAM.COM")


@pytest.mark.parametrize("values", [{"kerberos": {"config": "[libdefaults]"}}, EVERYTHING])
def test_every_mount_has_its_volume_and_every_path_its_variable(values: Values) -> None:
    spec = pod({**SOME_NAMESPACES, **values})
    (container,) = spec["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in spec["volumes"]
    }
    paths = {mount["mountPath"] for mount in container["volumeMounts"]}
    for variable in container["env"]:
        if variable["name"] in {"KRB5_CONFIG", "SSL_CERT_FILE"}:
            assert variable["value"].rpartition("/")[0] in paths


def test_a_spread_of_ones_own_keeps_its_selector() -> None:
    own = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"a": "b"}},
    }
    assert pod({**SOME_NAMESPACES, "topologySpreadConstraints": [own]})["topologySpreadConstraints"] == [own]
    (given,) = pod(SOME_NAMESPACES)["topologySpreadConstraints"]
    assert given["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "um"


def test_what_is_not_wanted_is_not_made() -> None:
    assert {item["kind"] for item in render(NOTHING_OPTIONAL)} == {"Deployment"}
    assert pod(NOTHING_OPTIONAL)["serviceAccountName"] == "made-elsewhere"


def test_the_network_policy_lets_out_what_is_listed_and_nothing_else() -> None:
    policy = the(render(EVERYTHING), "NetworkPolicy")["spec"]
    reached = [
        (peer["ipBlock"]["cidr"], port["port"], port["protocol"])
        for rule in policy["egress"]
        for peer in rule.get("to", [{"ipBlock": {"cidr": "any"}}])
        for port in rule["ports"]
    ]
    servers = ("192.0.2.0/24", "2001:db8::/64")
    assert sorted(reached, key=str) == sorted(
        [
            ("any", 53, "UDP"),
            ("any", 53, "TCP"),
            ("10.0.0.1/32", 443, "TCP"),
            ("10.0.0.1/32", 6443, "TCP"),
            *((cidr, port, "TCP") for cidr in servers for port in (80, 443, 5985, 5986)),
            *(("198.51.100.0/24", port, "TCP") for port in (5060, 5061, 5062, 5063)),
            ("any", 22, "TCP"),
            ("192.0.2.10/32", 88, "TCP"),
            ("192.0.2.10/32", 88, "UDP"),
            ("any", 8443, "TCP"),
        ],
        key=str,
    )
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [rule["ports"] for rule in policy["ingress"]] == [[{"port": "metrics"}], [{"port": "health"}]]


def test_the_lease_may_be_written_only_where_the_operator_stands_and_under_its_name() -> None:
    roles = of_kind(render(ALL_NAMESPACES), "Role")
    (role,) = [item for item in roles if item["metadata"]["name"] == f"{NAME}-lease"]
    assert role["metadata"]["namespace"] == NAMESPACE
    assert role["rules"] == [
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "resourceNames": [NAME],
            "verbs": ["get", "update"],
        },
    ]


def test_some_namespaces_need_no_cluster_role_of_the_operator() -> None:
    def bound(manifests: list[Manifest]) -> list[str]:
        bindings = of_kind(manifests, "ClusterRoleBinding")
        return [item["metadata"]["name"] for item in bindings]

    assert bound(render(EVERYTHING)) == []
    assert bound(render(ALL_NAMESPACES)) == [NAME]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "set watchNamespaces to the namespaces of your ExchangeOrganizations"),
        (
            {"watchNamespaces": ["a"], "credentialNamespaces": ["b"]},
            'credentialNamespaces has "b", which watchNamespaces has not',
        ),
        (
            {**SOME_NAMESPACES, "kerberos": {"config": "x", "existingConfigMap": "krb5"}},
            "set one of kerberos.config and kerberos.existingConfigMap",
        ),
        (
            {**SOME_NAMESPACES, "metrics": {"service": NOT_ENABLED, "serviceMonitor": {"enabled": True}}},
            "a ServiceMonitor finds pods by their Service",
        ),
        ({**SOME_NAMESPACES, "replica": 3}, "additional properties 'replica' not allowed"),
        ({**SOME_NAMESPACES, "image": {"digest": "latest"}}, "at '/image/digest'"),
        ({**SOME_NAMESPACES, "watchNamespaces": ["UPPER"]}, "at '/watchNamespaces/0'"),
        (
            {**SOME_NAMESPACES, "admissionPolicy": {"approvers": [{"kind": "ServiceAccount", "name": "x"}]}},
            "missing property 'namespace'",
        ),
    ],
)
def test_a_mistake_in_the_values_is_told_in_one_sentence(values: Values, sentence: str) -> None:
    done = template(values)
    assert done.returncode != 0
    assert sentence in done.stderr
