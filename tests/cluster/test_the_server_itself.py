"""What other tests rely on: rights, an audit log, outages that lose nothing, controllers on demand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from cluster_apiserver import APIServer, real_api_server
from cluster_programs import missing


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    """Run an API server that may be stopped, with an audit log."""
    if why := missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("alone")
    with real_api_server(folder, audit_log=folder / "audit.log") as running:
        yield running


def test_a_service_account_may_do_what_its_role_says_and_nothing_else(alone: APIServer) -> None:
    for command in (
        "create serviceaccount reader",
        "create role reader --verb=list --resource=configmaps",
        "create rolebinding reader --role=reader --serviceaccount=default:reader",
    ):
        made = alone.kubectl(*command.split())
        assert made.returncode == 0, made.stderr
    token = alone.kubectl("create", "token", "reader").stdout.strip()
    reader = alone.kubeconfig_of("reader", token)
    assert alone.kubectl("get", "configmaps", kubeconfig=reader).returncode == 0
    refused = alone.kubectl("get", "secrets", kubeconfig=reader)
    assert 'User "system:serviceaccount:default:reader" cannot list resource "secrets"' in refused.stderr


def test_the_audit_log_has_every_request_when_it_is_answered(alone: APIServer) -> None:
    assert alone.kubectl("get", "configmap", "nowhere").returncode == 1
    assert alone.audit_log is not None
    events = [json.loads(line) for line in alone.audit_log.read_text().splitlines()]
    (asked,) = [event for event in events if event.get("objectRef", {}).get("name") == "nowhere"]
    assert (asked["verb"], asked["user"]["username"], asked["responseStatus"]["code"]) == (
        "get",
        "admin",
        404,
    )


def test_an_outage_refuses_connections_and_loses_nothing(alone: APIServer) -> None:
    assert alone.kubectl("create", "configmap", "kept").returncode == 0
    alone.stop()
    assert not alone.ready()
    assert "refused" in alone.kubectl("get", "configmap", "kept").stderr
    alone.start()
    assert alone.kubectl("get", "configmap", "kept", "--output=name").stdout == "configmap/kept\n"


@pytest.mark.skipif(bool(missing("kube-controller-manager")), reason=missing("kube-controller-manager"))
def test_with_its_controller_a_namespace_goes(alone: APIServer) -> None:
    assert alone.kubectl("create", "namespace", "passing").returncode == 0
    assert alone.kubectl("delete", "namespace", "passing", "--wait=false").returncode == 0
    deadline = time.monotonic() + 30
    with alone.controller_manager("namespace-controller"):
        while alone.kubectl("get", "namespace", "passing").returncode == 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
