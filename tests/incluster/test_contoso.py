"""The larger example in a cluster: all is prepared, and what interrupts calls waits for the window."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from incluster import contoso
from incluster.harness import Cluster, at_work, cluster_of, reachable
from larger_example import NAMESPACE, documents
from um_operator.lab import presets
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab

pytestmark = pytest.mark.night


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab.start(presets.contoso(), clock=Clock(), seed=7) as lab, reachable(lab):
        yield lab
        lab.invariants.check()


@pytest.fixture
async def cluster(server: ApiServer) -> AsyncIterator[Cluster]:
    async with cluster_of(server) as cluster:
        yield Cluster(cluster.client, cluster.kubeconfig, NAMESPACE)


async def test_only_what_interrupts_calls_waits(lab: Lab, cluster: Cluster) -> None:
    await cluster.apply(*documents(lab))
    async with at_work(cluster, lab.clock):
        await contoso.until_only_what_interrupts_waits(cluster)
        await cluster.reconciled("again", "contoso")
        assert await contoso.shown(cluster) == contoso.SHOWN
        effects = len(lab.journal.effects)
        await cluster.reconciled("and again", "contoso")
    assert len(lab.journal.effects) == effects
