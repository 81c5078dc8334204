"""Trouble with the API server: nothing is lost, nothing deleted that was not, no ghost kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from estate.harness import hunt_groups, live, names
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, Replica, at_work, until
from um_operator.api.meta import FINALIZER
from um_operator.kube.client import CONNECTIONS
from um_operator.kube.lease import LeaseTimes
from um_operator.lab.cluster.faults import ALWAYS, Where
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")
BRIEF = LeaseTimes(timedelta(seconds=3), timedelta(seconds=2), timedelta(seconds=0.5))
"""A fifth of the real times, which have the same proportions."""


@pytest.fixture
async def replica(lab: Lab, cluster: Cluster) -> AsyncIterator[Replica]:
    """An operator whose one plan and gateway are in force."""
    await cluster.apply(
        organization(),
        dial_plan("hq"),
        gateway("sbc01", ("hq", "4900"), port=5060, deletionPolicy="Delete"),
    )
    async with at_work(cluster, lab.clock) as replica:
        await cluster.until_ready(("ExchangeOrganization", "default"), PLAN, GATEWAY)
        yield replica


async def test_what_changed_during_a_gap_of_the_watches_is_found_by_the_next_full_pass(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    server.faults.close_watches()
    await cluster.apply(gateway("cube01", ("hq", "4901")))
    server.faults.compact()
    await cluster.until_ready(("UMIPGateway", "cube01"))
    assert hunt_groups(lab, "cube01") == {("hq", "4901")}


async def test_a_resource_that_went_during_a_gap_is_no_ghost_and_exchange_is_left_alone(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    await cluster.patch(*PLAN, {"spec": {"mode": "Enforce"}})
    await cluster.apply(gateway("cube01", ("hq", "4901")))
    await cluster.until_ready(("UMIPGateway", "cube01"))
    effects = len(lab.journal.effects)
    server.faults.close_watches()
    await cluster.delete("UMIPGateway", "cube01")
    server.faults.compact()
    await cluster.reconciled("after the gap")
    lab.change("Set-UMIPGateway", Identity="cube01", OutcallsAllowed=False)
    await cluster.reconciled("again")
    assert hunt_groups(lab, "cube01") == {("hq", "4901")}
    assert len(lab.journal.effects) == effects + 1


async def test_an_outage_loses_no_change_and_the_lease_is_kept_over_a_short_one(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    with server.faults.outage():
        await asyncio.sleep(0.5)
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await cluster.reconciled("after the outage")
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert not replica.task.done()


async def test_a_rotated_token_is_read_anew(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    server.rotate_token()
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await cluster.until_ready(GATEWAY)
    server.faults.close_watches()
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": True}})
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True


async def test_a_list_that_breaks_half_way_makes_nothing_absent(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    effects = len(lab.journal.effects)
    server.faults.fail_list_half_way("umipgateways", times=2)
    await cluster.reconciled("while lists break")
    await cluster.until_ready(PLAN, GATEWAY)
    assert len(lab.journal.effects) == effects
    assert "sbc01" in names(lab, "UMIPGateway")


async def test_the_finalizer_comes_back_when_somebody_takes_it_off(
    cluster: Cluster, replica: Replica
) -> None:
    await cluster.patch(*GATEWAY, {"metadata": {"finalizers": None}})

    async def held() -> bool:
        raw = await cluster.get(*GATEWAY)
        return raw is not None and FINALIZER in raw["metadata"].get("finalizers", ())

    await until(held, "it has the finalizer again")


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


async def test_a_resource_that_is_made_anew_is_judged_at_once(
    lab: Lab, server: ApiServer, cluster: Cluster, replica: Replica
) -> None:
    effects = len(lab.journal.effects)
    server.faults.delay(Where("get", "umdialplans", user_agent="um-operator"), 1.0)
    await cluster.delete(*PLAN)
    await cluster.apply(dial_plan("hq"))
    await cluster.until_ready(PLAN, GATEWAY)
    assert len(lab.journal.effects) == effects
    raw = await cluster.get(*PLAN)
    assert raw is not None
    assert raw["status"]["origin"] == "Adopted", "the one before it was made by us"


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
