"""Readiness: whether every kind is really watched, everywhere, as a kubelet is told."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import ClientSession

from incluster.harness import Cluster, at_work, until
from prometheus_support import free_port
from um_operator.lab.cluster.errors import StatusError
from um_operator.lab.cluster.faults import ALWAYS, Where
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.web.listener import BindAddress

WATCHES = Where("watch", "umdialplans", user_agent="kopf*", times=ALWAYS)


async def failed(probes_at: BindAddress) -> Mapping[str, str]:
    """Return what an operator lacks to be ready, by check."""
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{probes_at.port}/readyz") as answer:
        told = await answer.json()
    found = {check["name"]: check["message"] for check in told["checks"] if not check["passed"]}
    assert (answer.status == HTTPStatus.OK) is (not found)
    return found


async def test_a_kind_whose_watch_is_refused_is_not_watched_until_it_is_let_in(
    lab: Lab, server: ApiServer, cluster: Cluster
) -> None:
    probes_at = BindAddress("127.0.0.1", free_port())
    let_in = server.faults.refuse(WATCHES, StatusError(403, "Forbidden", "it may not watch them"))
    async with at_work(cluster, lab.clock, probes_at=probes_at):

        async def lacks(**checks: str) -> bool:
            return await failed(probes_at) == checks

        await until(lambda: server.audit.count(verb="watch", user_agent="kopf") > 5, "watches are asked for")
        await until(lambda: lacks(watches="UMDialPlan: not watched at present"), "one is missed, and said")
        let_in()
        await until(lacks, "it is ready")
