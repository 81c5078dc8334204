"""Two ExchangeOrganizations for one organisation in Exchange: one has it, the other one writes nothing."""

from __future__ import annotations

from dataclasses import replace

from estate.harness import names
from estate.manifests import dial_plan, organization
from incluster.harness import Cluster, at_work, condition, secret
from um_operator.lab.estate import Lab


async def test_the_one_in_force_keeps_it_also_over_a_restart_and_the_other_one_says_who_has_it(
    lab: Lab, cluster: Cluster
) -> None:
    second = replace(cluster, namespace="second")
    await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "second"}})
    await second.apply(secret(lab))
    await cluster.apply(organization(), dial_plan("hq"))
    for identity in ("one", "again"):
        async with at_work(cluster, lab.clock, identity=identity):
            await cluster.until_ready(("ExchangeOrganization", "default"), ("UMDialPlan", "hq"))
            await second.apply(organization(), dial_plan("other"))
            await second.until_ready(("ExchangeOrganization", "default"), reason="OrganizationClaimed")
            raw = await second.get("ExchangeOrganization", "default")
            assert condition(raw, "Stalled") is not None
            await cluster.reconciled(identity)
            assert (await cluster.ready("ExchangeOrganization", "default"))[0] == "True"
    assert "other" not in names(lab, "UMDialPlan")
