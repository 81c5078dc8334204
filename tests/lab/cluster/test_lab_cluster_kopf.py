"""kopf in trouble: the simulator's faults are those that it meets in a real cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cluster_client import Client, Collection
from cluster_simulator import SimulatedAPIServer, simulated_api_server
from contract_support import DEFINITIONS, GROUP, WIDGETS
from kopf_watcher import watching


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SimulatedAPIServer]:
    with simulated_api_server(tmp_path) as server:
        Client(server).request("POST", DEFINITIONS, yaml.safe_load(WIDGETS.read_text())).ok()
        yield server


@pytest.fixture
def widgets(server: SimulatedAPIServer) -> Collection:
    return Collection(Client(server), f"/apis/{GROUP}/v1/namespaces/default/widgets", f"{GROUP}/v1", "Widget")


def test_kopf_lists_again_after_a_gap_and_does_not_hear_of_what_was_deleted_in_it(
    server: SimulatedAPIServer, widgets: Collection
) -> None:
    widgets.create("deleted", spec={"size": 3}).ok()
    with watching(server, GROUP, "widgets", "default") as kopf:
        assert kopf.next() == (None, "deleted")
        with server.trouble(lambda faults: faults.gap("kopf/*")):
            widgets.delete("deleted").ok()
            widgets.create("made", spec={"size": 3}).ok()
        assert kopf.next() == (None, "made")


def test_kopf_logs_in_again_when_its_token_has_been_rotated(
    server: SimulatedAPIServer, widgets: Collection
) -> None:
    widgets.create("first", spec={"size": 3}).ok()
    with watching(server, GROUP, "widgets", "default") as kopf:
        assert kopf.next() == (None, "first")
        server.have(lambda simulator: simulator.rotate_token())
        server.have(lambda simulator: simulator.faults.close_watches())
        second = Collection(Client(server), widgets.path, f"{GROUP}/v1", "Widget")
        second.create("second", spec={"size": 3}).ok()
        assert kopf.next() == ("ADDED", "second")


def test_kopf_repeats_a_list_that_failed_half_way(server: SimulatedAPIServer, widgets: Collection) -> None:
    widgets.create("first", spec={"size": 3}).ok()
    server.have(lambda simulator: simulator.faults.fail_list_half_way("widgets", times=2))
    with watching(server, GROUP, "widgets", "default") as kopf:
        assert kopf.next() == (None, "first")
