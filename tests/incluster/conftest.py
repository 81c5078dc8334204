"""A lab that runs faster than real time, a simulated API server, and a cluster that knows our kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from incluster.harness import Cluster, cluster_of, reachable, secret
from incluster.scene import RATE
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

LONGEST = 300
"""Seconds for one test, also on a busy machine: it starts an estate, an API server and an operator."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this suite that time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """The estate of the first steps, with nothing declared yet in Exchange."""
    async with Lab.start(first_steps(), clock=Clock(rate=RATE), seed=7) as lab, reachable(lab):
        yield lab


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ApiServer]:
    """An API server that knows nothing yet."""
    async with ApiServer.start(tmp_path / "api") as server:
        yield server


@pytest.fixture
async def cluster(server: ApiServer, lab: Lab) -> AsyncIterator[Cluster]:
    """A cluster with our kinds and the account's Secret."""
    async with cluster_of(server) as cluster:
        await cluster.apply(secret(lab))
        yield cluster
