"""The larger example in a cluster: everything comes into force but its two cut-overs, which wait."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from incluster import contoso
from incluster.conftest import RATE
from incluster.harness import Cluster, at_work, cluster_of, reachable
from um_operator.lab import presets
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(presets.contoso(), clock=Clock(rate=RATE), seed=7) as lab, reachable(lab):
        yield lab
        lab.invariants.check()


@pytest.fixture
async def cluster(server: ApiServer) -> AsyncIterator[Cluster]:
    async with cluster_of(server) as cluster:
        yield Cluster(cluster.client, cluster.kubeconfig, contoso.NAMESPACE)


async def test_only_the_two_cut_overs_wait(lab: Lab, cluster: Cluster) -> None:
    await cluster.apply(*contoso.documents(lab))
    async with at_work(cluster, lab.clock):
        await contoso.until_only_the_cut_overs_wait(cluster)
        await cluster.reconciled("again", "contoso")
        assert await contoso.shown(cluster) == contoso.SHOWN
        effects = len(lab.journal.effects)
        await cluster.reconciled("and again", "contoso")
    assert len(lab.journal.effects) == effects
