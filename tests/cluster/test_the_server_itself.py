"""What other tests rely on: rights, an audit log, outages that lose nothing, controllers on demand."""

from __future__ import annotations

import json

import pytest

from cluster_apiserver import APIServer
from cluster_programs import missing


def test_a_service_account_may_do_what_its_role_says_and_nothing_else(server: APIServer) -> None:
    for command in (
        "create serviceaccount reader",
        "create role reader --verb=list --resource=configmaps",
        "create rolebinding reader --role=reader --serviceaccount=default:reader",
    ):
        made = server.kubectl(*command.split())
        assert made.returncode == 0, made.stderr
    token = server.kubectl("create", "token", "reader").stdout.strip()
    reader = server.kubeconfig_of("reader", token)
    assert server.kubectl("get", "configmaps", kubeconfig=reader).returncode == 0
    refused = server.kubectl("get", "secrets", kubeconfig=reader)
    assert 'User "system:serviceaccount:default:reader" cannot list resource "secrets"' in refused.stderr


def test_the_audit_log_has_every_request_when_it_is_answered(server: APIServer) -> None:
    assert server.kubectl("get", "configmap", "nowhere").returncode == 1
    assert server.audit_log is not None
    events = [json.loads(line) for line in server.audit_log.read_text().splitlines()]
    (asked,) = [event for event in events if event.get("objectRef", {}).get("name") == "nowhere"]
    assert (asked["verb"], asked["user"]["username"], asked["responseStatus"]["code"]) == (
        "get",
        "admin",
        404,
    )


def test_an_outage_refuses_connections_and_loses_nothing(server: APIServer) -> None:
    assert server.kubectl("create", "configmap", "kept").returncode == 0
    server.stop()
    assert not server.ready()
    assert "refused" in server.kubectl("get", "configmap", "kept").stderr
    server.start()
    assert server.kubectl("get", "configmap", "kept", "--output=name").stdout == "configmap/kept\n"


@pytest.mark.skipif(bool(missing("kube-controller-manager")), reason=missing("kube-controller-manager"))
def test_with_its_controller_a_namespace_goes(server: APIServer) -> None:
    assert server.kubectl("create", "namespace", "passing").returncode == 0
    assert server.kubectl("delete", "namespace", "passing", "--wait=false").returncode == 0
    with server.controller_manager("namespace-controller"):
        gone = server.kubectl("wait", "--for=delete", "namespace/passing", "--timeout=25s")
        assert gone.returncode == 0, gone.stderr
