"""Trouble with the API server that is there when an operator begins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, until
from um_operator.kube.client import CONNECTIONS
from um_operator.kube.lease import LeaseTimes
from um_operator.lab.cluster.faults import ALWAYS, Where
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
BRIEF = LeaseTimes(timedelta(seconds=3), timedelta(seconds=2), timedelta(seconds=0.5))
"""A fifth of the real times, which have the same proportions."""


async def test_a_missing_secret_is_said_and_its_coming_is_found(
    lab: Lab, server: ApiServer, cluster: Cluster
) -> None:
    await cluster.apply(without_secret(), dial_plan("hq"))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("ExchangeOrganization", "default"), reason="DependencyNotFound")
        await cluster.until_ready(PLAN, reason="NotRead")
        await cluster.apply(organization())
        await cluster.until_ready(("ExchangeOrganization", "default"), PLAN)


async def test_an_acknowledgement_does_not_undo_a_judgement_that_is_slowly_written(
    lab: Lab, server: ApiServer, cluster: Cluster
) -> None:
    await cluster.apply(without_secret(), dial_plan("hq"))
    server.faults.delay(Where("list", "umdialplans", user_agent="kopf*"), 1.0)
    server.faults.delay(Where("patch", "umdialplans/status"), 3.0)
    async with at_work(cluster, lab.clock):
        await until(lambda: looked_up(server, "umdialplans"), "the hint was followed")
        await cluster.until_ready(PLAN, reason="NotRead")
    assert await cluster.ready(*PLAN) == ("Unknown", "NotRead")


@pytest.mark.night
async def test_the_lease_is_renewed_while_more_requests_than_may_go_at_once_get_no_answer(
    lab: Lab, server: ApiServer, cluster: Cluster
) -> None:
    await cluster.apply(*(gateway(f"sbc{number:02}", ("hq", "4900")) for number in range(2 * CONNECTIONS)))
    answered = server.faults.delay(Where("patch", "umipgateways/status", times=ALWAYS), 5.0)
    async with at_work(cluster, lab.clock, times=BRIEF) as replica:
        await until(lambda: replica.task.done() or renewals(server) >= 8, "the Lease is kept, or lost")
        assert not replica.task.done()
        answered()


def looked_up(server: ApiServer, resource: str) -> bool:
    """Return whether the operator has read one object of a kind by itself."""
    return server.audit.count(verb="get", resource=resource, user_agent="um-operator") > 0


def renewals(server: ApiServer) -> int:
    """Return how often the Lease was renewed."""
    return server.audit.count(verb="update", resource="leases", user_agent="um-operator")


def without_secret() -> dict[str, Any]:
    """Return an organisation that cannot be asked."""
    declared = organization()
    missing = {"method": "NTLM", "secretRef": {"name": "not-there-yet"}}
    declared["spec"]["exchange"] = {**declared["spec"]["exchange"], "authentication": missing}
    return declared
