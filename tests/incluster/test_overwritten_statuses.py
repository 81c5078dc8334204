"""Somebody writes over our statuses: the next full pass tells the truth again."""

from __future__ import annotations

from typing import Any

import pytest

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, until
from um_operator.lab.estate import Lab

ORGANIZATION: Reference = ("ExchangeOrganization", "default")
PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")
THEIRS = {
    "observedGeneration": 999,
    "conditions": [
        {
            "type": "Ready",
            "status": "False",
            "reason": "Broken",
            "message": "so they say",
            "observedGeneration": 999,
            "lastTransitionTime": "2020-01-01T00:00:00Z",
        }
    ],
    "port": 1,
    "huntGroups": None,
    "origin": None,
    "guid": "00000000-0000-0000-0000-000000000000",
    "appliedGeneration": None,
}
EMPTIED = None


async def status(cluster: Cluster, reference: Reference) -> dict[str, Any]:
    raw = await cluster.get(*reference)
    assert raw is not None
    return dict(raw["status"])


@pytest.mark.parametrize("written", [THEIRS, EMPTIED], ids=["something else", "nothing"])
async def test_a_status_and_the_ledger_in_it_are_put_right_by_the_next_full_pass(
    lab: Lab, cluster: Cluster, written: dict[str, Any] | None
) -> None:
    await cluster.apply(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(ORGANIZATION, PLAN, GATEWAY)
        await cluster.reconciled("settled")
        true, effects = await status(cluster, GATEWAY), len(lab.journal.effects)
        await cluster.patch(*GATEWAY, {"status": written}, "status")
        assert await status(cluster, GATEWAY) != true
        await cluster.reconciled("look again")

        async def healed() -> bool:
            return await status(cluster, GATEWAY) == true

        await until(healed, "the status is the true one again", within=30)
    assert len(lab.journal.effects) == effects
