"""The simulator answers random requests as a real API server; the seed of a failure is in the test's name."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import yaml

import cluster_programs
from cluster_apiserver import real_api_server
from cluster_client import Client, Collection, until
from cluster_simulator import simulated_api_server
from contract_support import DEFINITIONS, GROUP, WIDGETS
from contract_walk import anonymous, compared, steps

SEEDS = random.SystemRandom().sample(range(2**32), 20)
STEPS = 300


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    if why := cluster_programs.missing():
        pytest.skip(why)
    with (
        real_api_server(tmp_path_factory.mktemp("real")) as real,
        simulated_api_server(tmp_path_factory.mktemp("simulated")) as simulated,
    ):
        clients = Client(real), Client(simulated)
        for client in clients:
            client.request("POST", DEFINITIONS, yaml.safe_load(WIDGETS.read_text())).ok()
        until(lambda: all(client.get(f"/apis/{GROUP}/v1/widgets").code == 200 for client in clients))
        yield clients


def widgets(client: Client, namespace: str) -> Collection:
    client.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}}).ok()
    return Collection(client, f"/apis/{GROUP}/v1/namespaces/{namespace}/widgets", f"{GROUP}/v1", "Widget")


def told(widgets: Collection, since: str) -> list[tuple[str, object]]:
    """What a watch tells, without changes of managedFields, which the simulator does not keep."""
    with widgets.client.watch(widgets.path, resourceVersion=since, timeoutSeconds="2") as events:
        seen = [(event["type"], anonymous(event["object"])) for event in events]
    last: dict[str, object] = {}
    news: list[tuple[str, object]] = []
    for kind, obj in seen:
        name = obj["metadata"]["name"]
        if kind != "MODIFIED" or last.get(name) != obj:
            news.append((kind, obj))
        last[name] = obj
    return news


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_both_answer_alike_and_tell_the_same(clients: tuple[Client, Client], seed: int) -> None:
    real, simulated = (widgets(client, f"walk-{seed}") for client in clients)
    begun = real.version(), simulated.version()
    for step in steps(random.Random(seed), STEPS):
        assert compared(step.do(simulated)) == compared(step.do(real)), step.words
    assert told(simulated, begun[1]) == told(real, begun[0])
