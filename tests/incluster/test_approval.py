"""Mode Plan in a cluster: the plan is a ConfigMap, its digest in the spec lets it run, kills and all."""

from __future__ import annotations

import pytest

from estate.harness import hunt_groups
from estate.kills import When
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, condition, until
from incluster.processes import started
from um_operator.kube.resources import CONFIG_MAPS
from um_operator.lab import faults
from um_operator.lab.estate import Lab

ORGANIZATION: Reference = ("ExchangeOrganization", "default")
PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")
WRITES = (1, 3, 4, 5, 6)
"""The first effect of each write of the plan: a plan comes with a mailbox policy; the link is the last."""


async def plans(cluster: Cluster) -> set[str]:
    """Return the names of the stored plans."""
    names = (one["metadata"]["name"] for one in await cluster.listed(CONFIG_MAPS))
    return {name for name in names if name.startswith("plan-")}


async def until_pending(cluster: Cluster, reason: str) -> str:
    """Wait until the organisation's plan waits for that reason; return its digest."""

    async def is_told() -> bool:
        found = condition(await cluster.get(*ORGANIZATION), "PlanPending")
        return found is not None and found["reason"] == reason

    await until(is_told, f"PlanPending has reason {reason}")
    raw = await cluster.get(*ORGANIZATION)
    assert raw is not None
    return str(raw["status"]["plan"]["digest"])


async def approve(cluster: Cluster, digest: str | None) -> None:
    await cluster.patch(*ORGANIZATION, {"spec": {"approvedPlan": digest}})


async def declare(cluster: Cluster) -> None:
    gateway_of_six_effects = gateway("sbc01", ("hq", "4900"), messageWaitingIndicatorAllowed=False)
    await cluster.apply(
        organization(mode="Plan"), dial_plan("hq", maxRecordingDuration="10m"), gateway_of_six_effects
    )


@pytest.mark.night
@pytest.mark.parametrize("when", When, ids=lambda when: when.name)
async def test_killed_at_each_of_its_writes_an_approved_plan_completes_without_a_second_approval(
    lab: Lab, cluster: Cluster, when: When
) -> None:
    await declare(cluster)
    async with at_work(cluster, lab.clock):
        digest = await until_pending(cluster, "ApprovalRequired")
        assert await plans(cluster) == {digest}
    assert lab.journal.effects == []

    await approve(cluster, digest)
    for number, write in enumerate(WRITES):
        async with started(cluster, lab, f"run-{number}") as process:
            plan_kill = when.at(lab, write - len(lab.journal.effects))
            plan_kill(faults.kill(lambda: process.pid))
            await process.ended(60)
    async with started(cluster, lab, "last"):
        await cluster.until_ready(ORGANIZATION, PLAN, GATEWAY)

        async def is_told() -> bool:
            raw = await cluster.get(*ORGANIZATION)
            assert condition(raw, "PlanPending") is None
            return raw is not None and raw["status"].get("lastAppliedPlan", {}).get("digest") == digest

        await until(is_told, "the plan was carried out")
    assert hunt_groups(lab, "sbc01") == {("hq", "4900")}
    assert len(lab.journal.effects) == WRITES[-1]
    assert await plans(cluster) == {digest}


async def test_a_digest_of_no_plan_runs_nothing_and_names_the_plan_that_there_is(
    lab: Lab, cluster: Cluster
) -> None:
    await declare(cluster)
    await approve(cluster, "plan-000000000000000000000000")
    async with at_work(cluster, lab.clock):
        digest = await until_pending(cluster, "PlanNotFound")
        assert await plans(cluster) == {digest}
        await cluster.until_ready(PLAN, GATEWAY, reason="WaitingForApproval")
        assert lab.journal.effects == []
        await approve(cluster, digest)
        await cluster.until_ready(ORGANIZATION, PLAN, GATEWAY)
        await approve(cluster, None)

        async def forgotten() -> bool:
            return await plans(cluster) == set()

        await until(forgotten, "a plan that is neither approved nor to be approved is forgotten")
