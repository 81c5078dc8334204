"""The whole larger example at once: Flux deploys it, the operator brings it to Ready with the chart's rights.

People do what is theirs, and each of their doings is waited for while Flux is content: they load a CA into a
gateway, make a contact, approve restarts of front ends by a commit, restart the Standard Edition server.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from chart_support import done
from cluster_programs import missing
from estate.contoso import GATEWAYS, SERVERS, services
from estate.integration import NUMBER, POOL, SE
from estate.server_calls import call_pool
from gitops.contoso import EVERYTHING, Scene, everybody_at_work, is_ready, says
from gitops.flux import NAMESPACE as OF_FLUX
from incluster.contoso import LYNC, UM
from larger_example import NAMESPACE
from um_operator.lab.hosts.host import UM as UM_SERVICE
from um_operator.lab.hosts.host import UM_CALL_ROUTER
from um_operator.lab.lync.services import FRONT_END

AN_HOUR = timedelta(hours=1)
KINDS = "xorg,umcert,umdp,umgw,lyncint"
"""Not their category: kubectl looks that up in what it knew of the server before the definitions came."""


@pytest.mark.night
@pytest.mark.timeout(1800)
async def test_it_comes_to_ready_with_its_people_and_lync_made_anew_changes_nothing(
    definitions: Path, tmp_path: Path
) -> None:
    if why := missing("kustomize-controller", "helm"):
        pytest.skip(why)
    async with everybody_at_work(tmp_path, definitions) as scene:
        await _prepared(scene)
        await _secured(scene)
        await _integrated(scene)
        await _ready(scene)
        await _made_anew(scene)
        scene.lab.invariants.check()
        events = ("get", "events", f"-n={OF_FLUX}", "-o=jsonpath={.items[*].type}")
        assert set(done(await asyncio.to_thread(scene.server.kubectl, *events)).split()) == {"Normal"}


async def _prepared(scene: Scene) -> None:
    """Everything is declared at once, and what interrupts calls waits for the window."""
    await scene.deploy()
    await scene.until(says("Ready", "WaitingForWindow"), UM)
    await scene.flux_is_ready("before the window")


async def _secured(scene: Scene) -> None:
    """Servers are restarted and plans secured within the window, and then a person is asked for a contact."""
    before = scene.site.rollout.starts()
    await scene.until_the_window(UM)
    await scene.until(says("ManualActionRequired", "ContactsMissing"), LYNC)
    started = scene.site.rollout.starts() - before
    assert started == dict.fromkeys(services(SERVERS, UM_SERVICE, UM_CALL_ROUTER), 1)
    await scene.flux_is_ready("without a contact")


async def _integrated(scene: Scene) -> None:
    """With the contact and an approval front ends are restarted, but for the one that is left to a person."""
    lync = scene.lab.lync
    assert lync is not None
    await scene.site.make_contact()
    await scene.until(says("ManualActionRequired", "PoolTooSmall"), LYNC)
    await scene.flux_is_ready("without an approval")
    assert await lync.telephones.call(POOL, NUMBER) is not None, "no front end was restarted yet"
    before = scene.site.rollout.starts()
    await scene.approve()
    await scene.until_front_ends_are_restarted()
    await scene.flux_is_ready("before the restart by hand")
    scene.site.rollout.beside(scene.site.restart_by_hand(SE))
    await scene.until(is_ready, *EVERYTHING)
    front_ends = [one.fqdn for pool in (POOL, SE) for one in lync.deployment.pools[pool].front_ends]
    started = scene.site.rollout.starts() - before
    assert {started[one] for one in services(front_ends, FRONT_END)} == {1}


async def _ready(scene: Scene) -> None:
    await scene.flux_is_ready("in the end")
    wait = ("wait", KINDS, "--all", "--for=condition=Ready", f"-n={NAMESPACE}", "--timeout=10s")
    done(await asyncio.to_thread(scene.server.kubectl, *wait))
    await _calls_go_both_ways(scene)


async def _made_anew(scene: Scene) -> None:
    """The LyncIntegration leaves the repository and comes back."""
    effects = len(scene.lab.journal.effects)
    await scene.push("kustomization.yaml", "- lync.yaml\n", "")
    assert await scene.cluster.get(*LYNC) is None
    scene.lab.clock.advance(AN_HOUR)
    await scene.cluster.reconciled("without it", "contoso")
    await scene.push("kustomization.yaml", "- gateways.yaml\n", "- gateways.yaml\n- lync.yaml\n")
    await scene.until(is_ready, *EVERYTHING)
    scene.lab.clock.advance(AN_HOUR)
    await scene.cluster.reconciled("with it again", "contoso")
    await scene.until(is_ready, *EVERYTHING)
    await scene.flux_is_ready("made anew")
    assert scene.lab.journal.effects[effects:] == []
    await _calls_go_both_ways(scene)


async def _calls_go_both_ways(scene: Scene) -> None:
    lync = scene.lab.lync
    assert lync is not None
    for _ in lync.deployment.pools[POOL].front_ends:
        assert await lync.telephones.call(POOL, NUMBER, talk=timedelta(0)) is None
    assert [await call_pool(scene.lab, server, POOL) for server in SERVERS] == [None] * len(SERVERS)
    await scene.people.calls_work(*GATEWAYS)
