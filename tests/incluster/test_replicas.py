"""Two replicas: one works, the other one takes over, and never do both write."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from estate.harness import live
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference
from incluster.processes import holder, started, until_held
from um_operator.lab.estate import Lab

PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")
NAMES = ("cube01", "kamailio01", "sbc01")


async def declare(cluster: Cluster) -> None:
    await cluster.apply(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))


async def test_when_the_one_that_works_is_killed_the_other_one_takes_over_and_goes_on(
    lab: Lab, cluster: Cluster
) -> None:
    await declare(cluster)
    async with started(cluster, lab, "one") as one:
        await cluster.until_ready(PLAN, GATEWAY)
        async with started(cluster, lab, "two"):
            one.send(signal.SIGKILL)
            await one.ended()
            await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
            await until_held(cluster, "two")
            await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is False


async def test_one_that_was_stopped_meanwhile_ends_when_it_wakes_and_writes_nothing(
    lab: Lab, cluster: Cluster
) -> None:
    await declare(cluster)
    async with started(cluster, lab, "one") as one:
        await cluster.until_ready(PLAN, GATEWAY)
        async with started(cluster, lab, "two"):
            one.send(signal.SIGSTOP)
            await until_held(cluster, "two")
            await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
            await cluster.until_ready(GATEWAY)
            effects = len(lab.journal.effects)
            one.send(signal.SIGCONT)
            assert await one.ended() == 1
            assert await holder(cluster) == "two"
            assert len(lab.journal.effects) == effects


@pytest.mark.night
@pytest.mark.parametrize("effect", [4, 7, 9])
async def test_one_that_is_stopped_amid_its_writes_makes_no_more_than_the_one_under_way_when_it_wakes(
    lab: Lab, cluster: Cluster, effect: int
) -> None:
    async with started(cluster, lab, "one") as one:
        await until_held(cluster, "one")
        async with started(cluster, lab, "two"):
            lab.faults.after_effect(effect, lambda: one.send(signal.SIGSTOP))
            await cluster.apply(organization(), dial_plan("hq"), *gateways(outcallsAllowed=False))
            await until_held(cluster, "two")
            await cluster.apply(*gateways(outcallsAllowed=True))
            await cluster.until_ready(PLAN, *(("UMIPGateway", name) for name in NAMES))
            effects = len(lab.journal.effects)
            one.send(signal.SIGCONT)
            assert await one.ended() == 1
            assert len(lab.journal.effects) <= effects + 1
            await cluster.reconciled("both have been at it")
            assert await holder(cluster) == "two"
    assert all(live(lab, "UMIPGateway", name)["OutcallsAllowed"] for name in NAMES)
    lab.invariants.check()


def gateways(**spec: Any) -> Sequence[Mapping[str, Any]]:
    """Return gateways that are several writes each."""
    return [gateway(name, ("hq", "4900"), port=5060, **spec) for name in NAMES]


async def test_one_that_is_asked_to_end_hands_over_at_once(lab: Lab, cluster: Cluster) -> None:
    await declare(cluster)
    async with started(cluster, lab, "one") as one:
        await cluster.until_ready(PLAN, GATEWAY)
        async with started(cluster, lab, "two"):
            await asyncio.sleep(0)
            one.send(signal.SIGTERM)
            assert await one.ended() == 0
            await until_held(cluster, "two")


@pytest.mark.night
async def test_a_killed_one_that_begins_again_finishes_what_was_begun(lab: Lab, cluster: Cluster) -> None:
    await declare(cluster)
    for number in range(3):
        async with started(cluster, lab, f"run-{number}") as process:
            await until_held(cluster, f"run-{number}")
            await asyncio.sleep(0.4 * number)
            process.send(signal.SIGKILL)
            await process.ended()
    async with started(cluster, lab, "last"):
        await cluster.until_ready(("ExchangeOrganization", "default"), PLAN, GATEWAY)
    created = [effect.name for effect in lab.journal.effects if effect.before is None]
    assert sorted(created) == sorted(set(created))
