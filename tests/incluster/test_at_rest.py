"""An operator with nothing to do: it reads, and writes nothing but its Lease."""

from __future__ import annotations

from datetime import timedelta

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, until
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")
WRITES = {"create", "update", "patch", "delete"}


def full_passes(server: ApiServer) -> int:
    """Return how often gateways were listed, which each full pass does once."""
    return server.audit.count(verb="list", resource="umipgateways", user_agent="um-operator")


async def test_an_hour_of_passes_without_a_change_writes_nothing_but_the_lease(
    lab: Lab, server: ApiServer, cluster: Cluster
) -> None:
    await cluster.apply(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("ExchangeOrganization", "default"), PLAN, GATEWAY)
        await cluster.reconciled("settled")
        await until(lambda: _is_told(cluster), "the last facts are in the statuses")
        effects, asked = len(lab.journal.effects), len(server.audit.answered)
        for _ in range(11):
            passes = full_passes(server)
            lab.clock.advance(timedelta(minutes=5, seconds=31))
            await until(lambda: full_passes(server) > passes, "a full pass was made")  # noqa: B023 - within it
    written = {
        f"{one.request.resource}/{one.request.subresource}"
        for one in [*server.audit.answered][asked:]
        if one.request.verb in WRITES and one.request.user_agent.startswith(("um-operator", "kopf"))
    }
    assert written == {"leases/"}
    assert len(lab.journal.effects) == effects


async def _is_told(cluster: Cluster) -> bool:
    """Whether also what changes no condition is written, which has its own pace."""
    organization, plan = await cluster.get("ExchangeOrganization", "default"), await cluster.get(*PLAN)
    assert organization is not None
    assert plan is not None
    return bool(organization["status"]["plan"]["stepCount"] == 0 and plan["status"].get("gatewayCount") == 1)
