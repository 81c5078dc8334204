"""The larger example on a real API server, by kubectl and with the chart's rights: two cut-overs wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chart.test_operator_at_work import at_work
from chart_support import done, install, uninstall
from cluster_apiserver import APIServer
from incluster import contoso
from incluster.harness import reachable
from um_operator.lab import presets
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def installed(server: APIServer) -> Iterator[APIServer]:
    """Install a release that watches the example's namespace."""
    done(server.kubectl("create", "namespace", contoso.NAMESPACE))
    install(server, {"watchNamespaces": [contoso.NAMESPACE]})
    yield server
    uninstall(server)


async def test_only_the_two_cut_overs_wait(installed: APIServer, tmp_path: Path) -> None:
    async with (
        Lab.start(presets.contoso(), clock=Clock(rate=30.0), seed=7) as lab,
        reachable(lab),
    ):
        done(
            installed.kubectl("apply", "--server-side", "-k", str(contoso.overlay(lab, tmp_path / "overlay")))
        )
        async with at_work(installed, lab, contoso.NAMESPACE) as cluster:
            await contoso.until_only_the_cut_overs_wait(cluster)
            await cluster.reconciled("again", "contoso")
            assert await contoso.shown(cluster) == contoso.SHOWN
        lab.invariants.check()
