"""A real API server is restarted, and refuses the operator's token: nothing is lost, no ghost kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from chart_support import ALL_NAMESPACES, NAME, NAMESPACE, done, install, operator_kubeconfig
from cluster_apiserver import APIServer, real_api_server
from cluster_programs import missing
from estate.harness import live, names
from incluster.absence import (
    ADDED,
    CHANGED,
    DELETED,
    ORPHANED,
    OWNER,
    PLAN,
    assert_changed,
    assert_left_alone,
    change,
    declare,
)
from incluster.harness import ANYWHERE, Cluster, reachable, until
from um_operator.app import operator
from um_operator.app.operator import Ending, OperatorSettings
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import KubeError
from um_operator.kube.login import Credentials
from um_operator.kube.resources import OURS
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

TELEPHONY = "telephony"
EMPTIED = timedelta(minutes=26)


@asynccontextmanager
async def kept_running(
    server: APIServer, lab: Lab, namespaces: tuple[str, ...] | None
) -> AsyncIterator[None]:
    """Run an operator with the chart's rights, and another one whenever it ends, as a kubelet does."""
    stop = asyncio.Event()
    credentials = Credentials(operator_kubeconfig(server))

    async def run() -> None:
        for number in count():
            settings = OperatorSettings(
                credentials=credentials,
                lease_namespace=NAMESPACE,
                lease_name=NAME,
                identity=f"run-{number}",
                clock=lab.clock,
                metrics_at=ANYWHERE,
                probes_at=ANYWHERE,
                namespaces=namespaces,
            )
            if await operator.run(settings, stop) is Ending.STOPPED:
                return

    running = asyncio.create_task(run())
    try:
        yield
    finally:
        stop.set()
        await running


@pytest.mark.timeout(900)
@pytest.mark.parametrize("namespaces", [(TELEPHONY,), None], ids=["some namespaces", "all namespaces"])
async def test_a_restart_and_another_token_lose_nothing_and_bring_nothing_back(
    tmp_path: Path, namespaces: tuple[str, ...] | None
) -> None:
    if why := missing("helm"):
        pytest.skip(why)
    with real_api_server(tmp_path / "api") as server:
        done(server.kubectl("create", "namespace", TELEPHONY))
        install(server, {"watchNamespaces": [TELEPHONY]} if namespaces else ALL_NAMESPACES)
        async with (
            Lab.start(first_steps(), clock=Clock(rate=30.0), seed=7) as lab,
            reachable(lab),
            KubeClient(Credentials(server.kubeconfig).configuration, user_agent="kubectl") as client,
        ):
            cluster = Cluster(client, server.kubeconfig, TELEPHONY)
            await declare(cluster, lab)
            async with kept_running(server, lab, namespaces):
                await cluster.until_ready(OWNER, PLAN, CHANGED, ORPHANED, DELETED)
                await restarted(server, cluster, lab)
                await with_another_token(server, cluster, lab)
            lab.invariants.check()


async def restarted(server: APIServer, cluster: Cluster, lab: Lab) -> None:
    """Restart the API server, and change what no watch tells of: they begin anew after it."""
    server.stop()
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    await asyncio.to_thread(server.start)
    await until(lambda: serves(cluster), "its storage of our kinds is ready")
    await change(cluster)
    await cluster.until_ready(OWNER, PLAN, CHANGED, ADDED)
    assert_changed(lab)

    lab.clock.advance(EMPTIED)
    await until(lambda: "spare01" not in names(lab, "UMIPGateway"), "Exchange is rid of what was deleted")
    await assert_left_alone(cluster, lab, "after the restart")


async def serves(cluster: Cluster) -> bool:
    """Whether our kinds are served again; for a moment after its start a server says 429."""
    try:
        for resource in OURS.values():
            await cluster.listed(resource)
    except KubeError:
        return False
    return True


async def with_another_token(server: APIServer, cluster: Cluster, lab: Lab) -> None:
    """Make the ServiceAccount anew, so that its tokens are another's; a new one is put in their place."""
    done(server.kubectl("delete", "serviceaccount", NAME, f"--namespace={NAMESPACE}"))
    made = ("create", "serviceaccount", NAME, f"--namespace={NAMESPACE}")
    done(server.kubectl(*made))
    operator_kubeconfig(server)
    await cluster.patch(*CHANGED, {"spec": {"outcallsAllowed": True}})
    await cluster.until_ready(CHANGED)
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True
    await cluster.reconciled("with another token")
