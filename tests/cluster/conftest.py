"""One API server for all tests of a worker, with our definitions; a namespace of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_apiserver import APIServer, real_api_server
from cluster_objects import Objects
from cluster_programs import missing

CRDS = Path(__file__).parents[2] / "crds"
STARTS_WITHIN = 120
_number = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that happens to start the server the time for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(STARTS_WITHIN))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    """Run an API server with our definitions established, and an audit log."""
    if why := missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("apiserver")
    with real_api_server(folder, audit_log=folder / "audit.log") as running:
        applied = running.kubectl("apply", "--server-side", f"--filename={CRDS}")
        assert applied.returncode == 0, applied.stderr
        waited = running.kubectl("wait", "--for=condition=Established", f"--filename={CRDS}", "--timeout=20s")
        assert waited.returncode == 0, waited.stderr
        yield running


@pytest.fixture
def objects(server: APIServer) -> Objects:
    """Return our objects in a new namespace."""
    ours = Objects(server, f"test-{next(_number)}")
    made = ours.create_namespace()
    assert made.accepted, made
    return ours


@pytest.fixture
def namespace(objects: Objects) -> str:
    """Return the name of a new namespace."""
    return objects.namespace
