"""The operator beside a test, on a real API server, with exactly the rights that the chart gives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chart_support import NAME, NAMESPACE, operator_kubeconfig
from cluster_apiserver import APIServer
from incluster.harness import ANYWHERE, Cluster
from um_operator.app import operator
from um_operator.app.operator import Ending, OperatorSettings
from um_operator.engine.ports import Clock
from um_operator.kube.client import KubeClient
from um_operator.kube.login import Credentials


@asynccontextmanager
async def at_work(server: APIServer, clock: Clock, namespace: str) -> AsyncIterator[Cluster]:
    """Run the operator with the token of the chart's ServiceAccount; give a cluster for its user."""
    stop = asyncio.Event()
    settings = OperatorSettings(
        credentials=Credentials(operator_kubeconfig(server)),
        lease_namespace=NAMESPACE,
        lease_name=NAME,
        identity="pod-1",
        clock=clock,
        metrics_at=ANYWHERE,
        probes_at=ANYWHERE,
        namespaces=(namespace,),
    )
    running = asyncio.create_task(operator.run(settings, stop))
    try:
        async with KubeClient(Credentials(server.kubeconfig).configuration, user_agent="kubectl") as client:
            yield Cluster(client, server.kubeconfig, namespace)
    finally:
        stop.set()
        ending = await asyncio.wait_for(running, 120)
    assert ending is Ending.STOPPED
