"""The larger example on a real API server, by kubectl and with the chart's rights: all is prepared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chart.at_work import at_work
from chart_support import done, install, uninstall
from cluster_apiserver import APIServer
from incluster import contoso
from incluster.harness import reachable
from larger_example import NAMESPACE
from um_operator.lab import presets
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab

pytestmark = [pytest.mark.timeout(300), pytest.mark.night]


@pytest.fixture
def installed(server: APIServer) -> Iterator[APIServer]:
    """Install a release that watches the example's namespace."""
    done(server.kubectl("create", "namespace", NAMESPACE))
    install(server, {"watchNamespaces": [NAMESPACE]})
    yield server
    uninstall(server)


async def test_only_what_interrupts_calls_waits(installed: APIServer, tmp_path: Path) -> None:
    async with (
        Lab.start(presets.contoso(), clock=Clock(), seed=7) as lab,
        reachable(lab),
    ):
        done(
            installed.kubectl("apply", "--server-side", "-k", str(contoso.overlay(lab, tmp_path / "overlay")))
        )
        async with at_work(installed, lab.clock, NAMESPACE) as cluster:
            await contoso.until_only_what_interrupts_waits(cluster)
            await cluster.reconciled("again", "contoso")
            assert await contoso.shown(cluster) == contoso.SHOWN
        lab.invariants.check()
