"""Somebody writes over our statuses: the next full pass tells the truth again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, until
from incluster.scene import Scene, in_force

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """An operator whose one plan and gateway are in force."""
    declared = (organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    async with in_force(tmp_path_factory.mktemp("api"), *declared) as scene:
        yield scene


@pytest.mark.parametrize(("what", "written"), [("something else", THEIRS), ("nothing", EMPTIED)])
async def test_a_status_and_the_ledger_in_it_are_put_right_by_the_next_full_pass(
    scene: Scene, what: str, written: dict[str, Any] | None
) -> None:
    lab, cluster = scene.lab, scene.cluster
    await cluster.reconciled(f"before {what} is written")
    true, effects = await status(cluster, GATEWAY), len(lab.journal.effects)
    await cluster.patch(*GATEWAY, {"status": written}, "status")
    assert await status(cluster, GATEWAY) != true
    await cluster.reconciled(f"after {what} was written")

    async def healed() -> bool:
        return await status(cluster, GATEWAY) == true

    await until(healed, "the status is the true one again", within=30)
    assert len(lab.journal.effects) == effects
