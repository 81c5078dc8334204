"""One API server for all tests of a worker, with our kinds and those of the tools that bring them there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_apiserver import APIServer, real_api_server
from cluster_programs import cached, missing, program
from gitops.kinds import know

REPOSITORY = Path(__file__).parents[2]
OF_FLUX = "*.toolkit.fluxcd.io_*"
STARTS_WITHIN = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that happens to start everything the time for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(STARTS_WITHIN))


@pytest.fixture(scope="session")
def kubectl_and_helm() -> None:
    """Skip what needs them where they are not."""
    for name in ("kubectl", "helm"):
        try:
            program(name)
        except FileNotFoundError as error:
            pytest.skip(f"gitops: {error}")


@pytest.fixture(scope="session")
def definitions() -> Path:
    """Return the folder with the definitions of Flux, Argo CD and External Secrets."""
    folder = cached("gitops") / "definitions"
    if not folder.is_dir():
        pytest.skip("gitops: no definitions of other people's kinds (tools/gitops.sh)")
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, definitions: Path) -> Iterator[APIServer]:
    """Run an API server that knows our kinds and Flux's."""
    if why := missing():
        pytest.skip(why)
    with real_api_server(tmp_path_factory.mktemp("apiserver")) as running:
        know(running, REPOSITORY / "crds", *definitions.glob(OF_FLUX))
        yield running
