"""Every test here runs against each backend of the Session port and each way to connect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from remoting_lab import Backend, Farm, Way, farm
from um_operator.remoting.connect_to import installed, parse
from um_operator.remoting.pypsrp_backend import PypsrpSession
from wsman_support import SERVER


@pytest.fixture(autouse=True)
def loopback() -> Iterator[None]:
    """Reach the server by its true name, which certificates and SPNs know."""
    with installed(parse([f"{SERVER}::127.0.0.1:"])):
        yield


@pytest.fixture(params=[pytest.param(PypsrpSession, id="pypsrp")])
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.param
    return chosen


@pytest.fixture(params=list(Way), ids=lambda way: way.name.lower())
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


@pytest.fixture
async def lab(backend: Backend, way: Way) -> AsyncIterator[Farm]:
    async with farm(backend, way) as running:
        yield running
