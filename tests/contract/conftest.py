"""The contract: each sentence holds for the simulated API server and, where it can run, for a real one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

import cluster_programs
from cluster_apiserver import APIServer, real_api_server
from cluster_client import Client, Collection, until
from cluster_simulator import SimulatedAPIServer, simulated_api_server
from contract_support import DEFINITIONS, GROUP, WIDGETS, AnyServer, Kubectl

STARTS_WITHIN = 120
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that happens to start the server the time for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(STARTS_WITHIN))


@pytest.fixture(scope="session", params=["simulated", "real"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnyServer]:
    """The API server that a sentence is about."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "simulated":
        with simulated_api_server(folder) as simulated:
            _define_widgets(Client(simulated))
            yield simulated
        return
    if missing := cluster_programs.missing():
        pytest.skip(missing)
    with real_api_server(folder) as real:
        _define_widgets(Client(real))
        yield real


def _define_widgets(client: Client) -> None:
    """Have the kind of the sentences, and wait until it is served."""
    definition = yaml.safe_load(WIDGETS.read_text())
    client.request("POST", DEFINITIONS, definition).ok()
    until(lambda: client.get(f"/apis/{GROUP}/v1/widgets").code == 200)
    until(lambda: client.get(f"/apis/{GROUP}/v1").code == 200)


@pytest.fixture
def forget(server: AnyServer) -> Callable[[], None]:
    """Have the server forget what was before now."""
    if isinstance(server, SimulatedAPIServer):
        return lambda: server.have(lambda simulator: simulator.faults.compact())
    return lambda: _compact(server)


def _compact(server: APIServer) -> None:
    """Compact etcd by its HTTP gateway, as the API server does every five minutes."""
    namespaces = Client(server).get("/api/v1/namespaces", limit="1").ok()
    revision = namespaces["metadata"]["resourceVersion"]
    answer = requests.post(f"{server._etcd_url}/v3/kv/compaction", json={"revision": revision}, timeout=10)
    answer.raise_for_status()


@pytest.fixture
def client(server: AnyServer) -> Client:
    """A client of the server."""
    return Client(server)


@pytest.fixture
def namespace(client: Client) -> str:
    """A namespace of the sentence's own."""
    name = f"contract-{next(_numbers)}"
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    client.request("POST", "/api/v1/namespaces", body).ok()
    return name


@pytest.fixture
def widgets(client: Client, namespace: str) -> Collection:
    """The widgets of that namespace."""
    path = f"/apis/{GROUP}/v1/namespaces/{namespace}/widgets"
    return Collection(client, path, f"{GROUP}/v1", "Widget")


@pytest.fixture
def kubectl(server: AnyServer, namespace: str) -> Kubectl:
    """kubectl in that namespace."""
    return Kubectl(server, namespace)
