"""The main job in a cluster: resources applied, Exchange as declared, drift repaired, deletion honoured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from estate.harness import hunt_groups, live, names
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, Replica, at_work, condition, until
from um_operator.api.meta import FINALIZER
from um_operator.app.operator import Ending
from um_operator.kube.resources import LEASES
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
EMPTIED = timedelta(minutes=26)
"""Replication and one poll later no server takes new calls of a gateway that was closed."""
GATEWAY: Reference = ("UMIPGateway", "sbc01")


@pytest.fixture
async def replica(lab: Lab, cluster: Cluster) -> AsyncIterator[Replica]:
    """An operator whose one plan and gateway are in force."""
    await cluster.apply(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
    async with at_work(cluster, lab.clock) as replica:
        await cluster.until_ready(("ExchangeOrganization", "default"), PLAN, GATEWAY)
        yield replica


async def test_what_is_declared_comes_into_force(lab: Lab, replica: Replica) -> None:
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert hunt_groups(lab, "sbc01") == {("hq", "4900")}


async def test_a_changed_field_is_acknowledged_and_then_in_force(
    lab: Lab, cluster: Cluster, replica: Replica
) -> None:
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is False
    raw = await cluster.get(*GATEWAY)
    assert raw is not None
    assert raw["status"]["observedGeneration"] == raw["metadata"]["generation"] == 2


async def test_what_somebody_changes_by_hand_is_told_and_repaired(
    lab: Lab, cluster: Cluster, replica: Replica
) -> None:
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    await cluster.annotate("ExchangeOrganization", "default", reconcile_requested_at="now")
    await until(lambda: live(lab, "UMIPGateway", "sbc01")["Port"] == 5060, "the port is repaired")

    async def told() -> bool:
        return ("Drifted", 'port: want "5060", have "5070"') in await cluster.events("sbc01")

    await until(told, "an event tells of the drift")
    await cluster.until_ready(GATEWAY)


async def test_a_request_to_reconcile_is_answered(cluster: Cluster, replica: Replica) -> None:
    await cluster.reconciled("2026-11-26T17:00:00Z")


async def test_a_hold_stops_repairs_and_its_end_lets_them_go_on(
    lab: Lab, cluster: Cluster, replica: Replica
) -> None:
    await cluster.annotate(*GATEWAY, hold="2030-01-01T00:00:00Z fire drill")
    await cluster.until_ready(GATEWAY)
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    await cluster.annotate("ExchangeOrganization", "default", reconcile_requested_at="now")
    await cluster.until_ready(GATEWAY, reason="Drifted")
    raw = await cluster.get(*GATEWAY)
    suspended = condition(raw, "Suspended")
    assert suspended is not None
    assert suspended["reason"] == "Hold"
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5070
    await cluster.annotate(*GATEWAY, hold=None)
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060


async def test_a_resource_with_policy_delete_stays_until_exchange_is_rid_of_it(
    lab: Lab, cluster: Cluster, replica: Replica
) -> None:
    await cluster.patch(*GATEWAY, {"spec": {"deletionPolicy": "Delete"}})

    async def held() -> bool:
        raw = await cluster.get(*GATEWAY)
        return raw is not None and FINALIZER in raw["metadata"].get("finalizers", ())

    await until(held, "it has the finalizer")
    await cluster.until_ready(GATEWAY)
    await cluster.delete(*GATEWAY)
    await cluster.until_ready(GATEWAY, reason="Deleting")
    assert "sbc01" in names(lab, "UMIPGateway")

    async def gone() -> bool:
        return await cluster.get(*GATEWAY) is None

    lab.clock.advance(EMPTIED)
    await until(lambda: "sbc01" not in names(lab, "UMIPGateway"), "Exchange is rid of it")
    await until(gone, "the resource is gone")


async def test_a_resource_with_policy_orphan_goes_at_once_and_leaves_exchange_alone(
    lab: Lab, cluster: Cluster, replica: Replica
) -> None:
    await cluster.delete(*GATEWAY)
    assert await cluster.get(*GATEWAY) is None
    await cluster.reconciled("now")
    assert hunt_groups(lab, "sbc01") == {("hq", "4900")}


async def test_a_replica_that_is_told_to_end_releases_its_lease(cluster: Cluster, replica: Replica) -> None:
    assert await replica.end() is Ending.STOPPED
    [lease] = await cluster.listed(LEASES)
    assert lease["spec"]["holderIdentity"] == ""


async def test_a_second_start_finds_everything_as_it_was_and_writes_nothing(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    await replica.end()
    effects, asked = len(lab.journal.effects), len(server.audit.answered)
    async with at_work(cluster, lab.clock, identity="two"):
        await cluster.reconciled("again")
    assert len(lab.journal.effects) == effects
    written = [
        (answered.request.verb, answered.request.resource, answered.request.subresource)
        for answered in [*server.audit.answered][asked:]
        if answered.request.user_agent == "um-operator" and answered.request.verb in {"create", "patch"}
    ]
    assert set(written) <= {("patch", "exchangeorganizations", "status")}


async def test_kopf_writes_nothing(server: ApiServer, cluster: Cluster, replica: Replica) -> None:
    writes = {"create", "update", "patch", "delete"}
    asked = [one.request for one in server.audit.answered if one.request.user_agent.startswith("kopf")]
    assert asked
    assert not [request for request in asked if request.verb in writes]
