"""A simulator in the test's own loop, with the kind of the contract's sentences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from cluster_lab_support import Api
from contract_support import DEFINITIONS, WIDGETS
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock.frozen()


@pytest.fixture
async def server(tmp_path: Path, clock: Clock) -> AsyncIterator[ApiServer]:
    """A running simulator that serves widgets."""
    async with ApiServer.start(tmp_path, clock=clock) as server:
        made = await Api(server).ask("POST", DEFINITIONS, yaml.safe_load(WIDGETS.read_text()))
        assert made.code == 201, made.body
        yield server


@pytest.fixture
def api(server: ApiServer) -> Api:
    """A client of it."""
    return Api(server)
