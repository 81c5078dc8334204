"""One API server for all tests of a worker; what they install they remove."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_apiserver import APIServer, real_api_server
from cluster_programs import missing, program

STARTS_WITHIN = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that happens to start the server the time for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(STARTS_WITHIN))


@pytest.fixture(scope="session")
def helm_is_here() -> None:
    """Skip what needs Helm where there is none."""
    try:
        program("helm")
    except FileNotFoundError as error:
        pytest.skip(f"chart: {error}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, helm_is_here: None) -> Iterator[APIServer]:
    """Run an API server with nothing of ours but the namespaces of the tests."""
    if why := missing():
        pytest.skip(why)
    with real_api_server(tmp_path_factory.mktemp("apiserver")) as running:
        for name in ("um-system", "telephony", "branch", "elsewhere"):
            made = running.kubectl("create", "namespace", name)
            assert made.returncode == 0, made.stderr
        yield running
