"""Trouble with the API server: nothing is lost, nothing deleted that was not, no ghost kept.

The tests share one scene: each leaves what is declared in force.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from estate.harness import hunt_groups, live, names
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Reference, until
from incluster.scene import Scene, in_force
from um_operator.api.meta import FINALIZER
from um_operator.lab.cluster.faults import Where

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAN: Reference = ("UMDialPlan", "hq")
GATEWAY: Reference = ("UMIPGateway", "sbc01")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """An operator whose one plan and gateway are in force."""
    own = gateway("sbc01", ("hq", "4900"), port=5060, deletionPolicy="Delete")
    async with in_force(tmp_path_factory.mktemp("api"), organization(), dial_plan("hq"), own) as scene:
        yield scene


async def test_what_changed_during_a_gap_of_the_watches_is_found_by_the_next_full_pass(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    server.faults.close_watches()
    await cluster.apply(gateway("cube01", ("hq", "4901")))
    server.faults.compact()
    await cluster.until_ready(("UMIPGateway", "cube01"))
    assert hunt_groups(lab, "cube01") == {("hq", "4901")}


async def test_a_resource_that_went_during_a_gap_is_no_ghost_and_exchange_is_left_alone(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    await cluster.patch(*PLAN, {"spec": {"mode": "Enforce"}})
    await cluster.apply(gateway("kamailio01", ("hq", "4902")))
    await cluster.until_ready(("UMIPGateway", "kamailio01"))
    effects = len(lab.journal.effects)
    server.faults.close_watches()
    await cluster.delete("UMIPGateway", "kamailio01")
    server.faults.compact()
    await cluster.reconciled("after the gap")
    lab.change("Set-UMIPGateway", Identity="kamailio01", OutcallsAllowed=False)
    await cluster.reconciled("without the watches")
    assert hunt_groups(lab, "kamailio01") == {("hq", "4902")}
    assert len(lab.journal.effects) == effects + 1


async def test_an_outage_loses_no_change_and_the_lease_is_kept_over_a_short_one(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    with server.faults.outage():
        await asyncio.sleep(0.5)
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await cluster.reconciled("after the outage")
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert not scene.replica.task.done()


async def test_a_rotated_token_is_read_anew(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    server.rotate_token()
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": False}})
    await cluster.until_ready(GATEWAY)
    server.faults.close_watches()
    await cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": True}})
    await cluster.until_ready(GATEWAY)
    assert live(lab, "UMIPGateway", "sbc01")["OutcallsAllowed"] is True


async def test_a_list_that_breaks_half_way_makes_nothing_absent(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    effects = len(lab.journal.effects)
    server.faults.fail_list_half_way("umipgateways", times=2)
    await cluster.reconciled("while lists break")
    await cluster.until_ready(PLAN, GATEWAY)
    assert len(lab.journal.effects) == effects
    assert "sbc01" in names(lab, "UMIPGateway")


async def test_the_finalizer_comes_back_when_somebody_takes_it_off(scene: Scene) -> None:
    cluster = scene.cluster
    await cluster.patch(*GATEWAY, {"metadata": {"finalizers": None}})

    async def held() -> bool:
        raw = await cluster.get(*GATEWAY)
        return raw is not None and FINALIZER in raw["metadata"].get("finalizers", ())

    await until(held, "it has the finalizer again")


async def test_a_resource_that_is_made_anew_is_judged_at_once(scene: Scene) -> None:
    lab, server, cluster = scene.lab, scene.server, scene.cluster
    effects = len(lab.journal.effects)
    server.faults.delay(Where("get", "umdialplans", user_agent="um-operator"), 1.0)
    await cluster.delete(*PLAN)
    await cluster.apply(dial_plan("hq"))
    await cluster.until_ready(PLAN, GATEWAY)
    assert len(lab.journal.effects) == effects
    raw = await cluster.get(*PLAN)
    assert raw is not None
    assert raw["status"]["origin"] == "Adopted", "the one before it was made by us"
