"""Resources without a usable organisation say so, and are not held back from being deleted."""

from __future__ import annotations

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, condition, until
from um_operator.api.meta import FINALIZER
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")


async def test_without_its_organisation_a_resource_says_so_until_the_organisation_comes(
    lab: Lab, cluster: Cluster
) -> None:
    await cluster.apply(dial_plan("hq"))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(PLAN, reason="DependencyNotFound")
        found = condition(await cluster.get(*PLAN), "Ready")
        assert found is not None
        assert found["message"] == '"ExchangeOrganization/default" does not exist'
        await cluster.apply(organization())
        await cluster.until_ready(PLAN)


async def test_an_invalid_organisation_says_what_is_wrong(lab: Lab, cluster: Cluster) -> None:
    broken = organization()
    broken["spec"]["maintenanceWindows"] = [
        {"name": "never", "schedule": "61 1 * * *", "duration": "1h", "timeZone": "UTC"}
    ]
    await cluster.apply(broken)
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("ExchangeOrganization", "default"), reason="InvalidSpec")
        assert condition(await cluster.get("ExchangeOrganization", "default"), "Stalled") is not None


async def test_a_resource_with_policy_delete_goes_although_its_organisation_went_before(
    lab: Lab, cluster: Cluster
) -> None:
    await cluster.apply(
        organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), deletionPolicy="Delete")
    )
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(PLAN, GATEWAY)
        found = await cluster.get(*GATEWAY)
        assert found is not None
        assert FINALIZER in found["metadata"]["finalizers"]
        await cluster.delete("ExchangeOrganization", "default")
        await cluster.until_ready(PLAN, reason="DependencyNotFound")
        await cluster.delete(*GATEWAY)

        async def gone() -> bool:
            return await cluster.get(*GATEWAY) is None

        await until(gone, "the resource is gone")

        async def told() -> bool:
            return any(reason == "Orphaned" for reason, _ in await cluster.events("sbc01"))

        await until(told, "an event says that the object stays in Exchange")
