"""The main job in a cluster: resources applied, Exchange as declared, drift repaired, deletion honoured.

The tests share one scene; the last ones end its operator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from estate.harness import hunt_groups, live, names
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Reference, at_work, condition, until
from incluster.scene import Scene, in_force
from um_operator.api.meta import FINALIZER
from um_operator.app.operator import Ending
from um_operator.kube.resources import LEASES

pytestmark = pytest.mark.asyncio(loop_scope="module")

GATEWAY: Reference = ("UMIPGateway", "sbc01")
EMPTIED_FIRST: Reference = ("UMIPGateway", "kamailio01")
LET_GO: Reference = ("UMIPGateway", "cube01")
EMPTIED = timedelta(minutes=26)
"""Replication and one poll later no server takes new calls of a gateway that was closed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """An operator whose one plan and gateway are in force."""
    declared = (organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    async with in_force(tmp_path_factory.mktemp("api"), *declared) as scene:
        yield scene


async def test_what_is_declared_comes_into_force(scene: Scene) -> None:
    assert live(scene.lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert hunt_groups(scene.lab, "sbc01") == {("hq", "4900")}


async def test_a_changed_field_is_acknowledged_and_then_in_force(scene: Scene) -> None:
    before = await scene.cluster.get(*GATEWAY)
    assert before is not None
    await scene.cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await scene.cluster.until_ready(GATEWAY)
    assert live(scene.lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is False
    raw = await scene.cluster.get(*GATEWAY)
    assert raw is not None
    assert raw["status"]["observedGeneration"] == before["metadata"]["generation"] + 1


async def test_what_somebody_changes_by_hand_is_told_and_repaired(scene: Scene) -> None:
    lab, cluster = scene.lab, scene.cluster
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    await cluster.annotate("ExchangeOrganization", "default", reconcile_requested_at="after the change")
    await until(lambda: live(lab, "UMIPGateway", "sbc01")["Port"] == 5060, "the port is repaired")

    async def told() -> bool:
        return ("Drifted", 'port: want "5060", have "5070"') in await cluster.events("sbc01")

    await until(told, "an event tells of the drift")
    await cluster.until_ready(GATEWAY)


async def test_a_request_to_reconcile_is_answered(scene: Scene) -> None:
    await scene.cluster.reconciled("2026-11-26T17:00:00Z")


async def test_a_hold_stops_repairs_and_its_end_lets_them_go_on(scene: Scene) -> None:
    lab, cluster = scene.lab, scene.cluster
    await cluster.annotate(*GATEWAY, hold="2030-01-01T00:00:00Z fire drill")
    await cluster.until_ready(GATEWAY)
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    await cluster.annotate("ExchangeOrganization", "default", reconcile_requested_at="under the hold")
    await cluster.until_ready(GATEWAY, reason="Drifted")
    raw = await cluster.get(*GATEWAY)
    suspended = condition(raw, "Suspended")
    assert suspended is not None
    assert suspended["reason"] == "Hold"
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5070
    await cluster.annotate(*GATEWAY, hold=None)
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060


async def test_a_resource_with_policy_delete_stays_until_exchange_is_rid_of_it(scene: Scene) -> None:
    lab, cluster = scene.lab, scene.cluster
    await cluster.apply(gateway("kamailio01", ("hq", "4901"), port=5060))
    await cluster.until_ready(EMPTIED_FIRST)
    await cluster.patch(*EMPTIED_FIRST, {"spec": {"deletionPolicy": "Delete"}})

    async def held() -> bool:
        raw = await cluster.get(*EMPTIED_FIRST)
        return raw is not None and FINALIZER in raw["metadata"].get("finalizers", ())

    await until(held, "it has the finalizer")
    await cluster.until_ready(EMPTIED_FIRST)
    await cluster.delete(*EMPTIED_FIRST)
    await cluster.until_ready(EMPTIED_FIRST, reason="Deleting")
    assert "kamailio01" in names(lab, "UMIPGateway")

    async def gone() -> bool:
        return await cluster.get(*EMPTIED_FIRST) is None

    lab.clock.advance(EMPTIED)
    await until(lambda: "kamailio01" not in names(lab, "UMIPGateway"), "Exchange is rid of it")
    await until(gone, "the resource is gone")


async def test_a_resource_with_policy_orphan_goes_at_once_and_leaves_exchange_alone(scene: Scene) -> None:
    lab, cluster = scene.lab, scene.cluster
    await cluster.apply(gateway("cube01", ("hq", "4902"), port=5060))
    await cluster.until_ready(LET_GO)
    await cluster.delete(*LET_GO)
    assert await cluster.get(*LET_GO) is None
    await cluster.reconciled("after the deletion")
    assert hunt_groups(lab, "cube01") == {("hq", "4902")}


async def test_kopf_writes_nothing(scene: Scene) -> None:
    writes = {"create", "update", "patch", "delete"}
    asked = [one.request for one in scene.server.audit.answered if one.request.user_agent.startswith("kopf")]
    assert asked
    assert not [request for request in asked if request.verb in writes]


async def test_a_replica_that_is_told_to_end_releases_its_lease(scene: Scene) -> None:
    assert await scene.replica.end() is Ending.STOPPED
    [lease] = await scene.cluster.listed(LEASES)
    assert lease["spec"]["holderIdentity"] == ""


async def test_a_second_start_finds_everything_as_it_was_and_writes_nothing(scene: Scene) -> None:
    lab, server = scene.lab, scene.server
    await scene.replica.end()
    effects, asked = len(lab.journal.effects), len(server.audit.answered)
    async with at_work(scene.cluster, lab.clock, identity="two"):
        await scene.cluster.reconciled("by the second one")
    assert len(lab.journal.effects) == effects
    written = [
        (answered.request.verb, answered.request.resource, answered.request.subresource)
        for answered in [*server.audit.answered][asked:]
        if answered.request.user_agent == "um-operator" and answered.request.verb in {"create", "patch"}
    ]
    assert set(written) <= {("patch", "exchangeorganizations", "status")}
