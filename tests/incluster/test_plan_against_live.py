"""``umctl plan --against live``: what merging a folder would do, as the operator there would see it.

The tests share one scene; the last one merges.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from estate.harness import credentials
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Reference, at_work, secret, until
from incluster.review import IN_FORCE, Review, changes
from incluster.scene import Scene, in_force
from um_operator.api.annotations import HOLD
from um_operator.kube.resources import OURS, SECRETS
from um_operator.local.clock import CLOCK_SETTING

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORGANIZATION: Reference = ("ExchangeOrganization", "default")
PLAN: Reference = ("UMDialPlan", "hq")
SBC: Reference = ("UMIPGateway", "sbc01")
CUBE: Reference = ("UMIPGateway", "cube01")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A cluster whose plan and two gateways are in force, and nothing runs any more."""
    async with in_force(tmp_path_factory.mktemp("api"), *IN_FORCE) as scene:
        await scene.replica.end()
        yield scene


@pytest.fixture
def review(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Review:
    """A pull request of its own for each test."""
    monkeypatch.setenv(CLOCK_SETTING, scene.lab.clock.to_setting())
    return Review(tmp_path / "folder", scene.cluster, scene.lab, capsys)


async def test_what_is_in_force_needs_nothing(review: Review) -> None:
    review.propose(*IN_FORCE)
    code, out, err = await review.check()
    assert (code, err) == (0, "")
    assert "nothing to do, Exchange is as declared" in out
    assert 'Against namespace "um" of the cluster: 4 as they are.' in out


async def test_a_change_by_hand_is_drift_and_a_change_of_the_folder_is_not(review: Review) -> None:
    review.lab.change("Set-UMIPGateway", Identity="sbc01", Port=5070)
    review.propose(*IN_FORCE)
    [repair] = (await review.plan())["steps"]
    assert (repair["want"], repair["have"], repair["corrects"]) == ({"port": 5060}, {"port": 5070}, ["port"])
    review.propose(*IN_FORCE[:2], gateway("sbc01", ("hq", "4900"), port=5080), IN_FORCE[3])
    planned = await review.plan()
    [wanted] = planned["steps"]
    assert (wanted["want"], wanted["corrects"]) == ({"port": 5080}, [])
    assert changes(planned)["UMIPGateway/sbc01"] == "Changed"
    assert changes(planned)["UMIPGateway/cube01"] == "Unchanged"
    review.lab.change("Set-UMIPGateway", Identity="sbc01", Port=5060)


async def test_what_the_folder_no_longer_has_goes_by_its_policy(review: Review) -> None:
    review.propose(*IN_FORCE[:2])
    planned = await review.plan()
    assert changes(planned)["UMIPGateway/sbc01"] == "LetGo"
    assert changes(planned)["UMIPGateway/cube01"] == "Deleted"
    assert {step["owner"] for step in planned["steps"]} == {"UMIPGateway/cube01"}
    assert planned["steps"][-1]["type"] == "RemoveGateway"
    _, text, _ = await review.check("-o", "markdown")
    assert "UMIPGateway/sbc01 is deleted, and stays in Exchange as it is." in text
    assert "UMIPGateway/cube01 is deleted, and removed from Exchange" in text
    kept = await review.plan("--no-prune")
    assert kept["steps"] == []
    assert changes(kept)["UMIPGateway/cube01"] == "Kept"


async def test_what_another_applier_has_stays(review: Review) -> None:
    flux = "kustomize.toolkit.fluxcd.io"
    labels = {f"{flux}/name": "platform", f"{flux}/namespace": "flux-system"}
    for reference in (ORGANIZATION, PLAN, SBC):
        await review.cluster.patch(*reference, {"metadata": {"labels": labels}})
    review.propose(gateway("cube01", ("hq", "4901"), port=5061, deletionPolicy="Delete"))
    planned = await review.plan()
    assert changes(planned) == {
        "ExchangeOrganization/default": "Kept",
        "UMDialPlan/hq": "Kept",
        "UMIPGateway/cube01": "Changed",
        "UMIPGateway/sbc01": "Kept",
    }
    assert planned["against"]["resources"][0]["applier"] == "flux-system/platform"
    for reference in (ORGANIZATION, PLAN, SBC):
        await review.cluster.patch(*reference, {"metadata": {"labels": dict.fromkeys(labels)}})


async def test_a_hold_that_stands_in_the_cluster_holds_the_plan(review: Review) -> None:
    await review.cluster.annotate(*SBC, hold="2030-01-01T00:00:00Z storm")
    review.propose(*IN_FORCE[:2], gateway("sbc01", ("hq", "4900"), port=5080), IN_FORCE[3])
    [step] = (await review.plan())["steps"]
    assert [wait["reason"] for wait in step["waits"]] == ["Hold"]
    lifted = gateway("sbc01", ("hq", "4900"), annotations={HOLD: "2020-01-01T00:00:00Z over"}, port=5080)
    review.propose(*IN_FORCE[:2], lifted, IN_FORCE[3])
    [step] = (await review.plan())["steps"]
    assert step["waits"] == []
    await review.cluster.annotate(*SBC, hold=None)


async def test_nothing_is_written_anywhere_and_lists_and_named_reads_are_all_that_is_asked(
    review: Review, scene: Scene
) -> None:
    server = scene.server
    review.propose(*IN_FORCE[:2], gateway("sbc01", ("hq", "4900"), port=5080))
    asked, effects = len(server.audit.answered), len(review.lab.journal.effects)
    await review.plan()
    requests = [one.request for one in [*server.audit.answered][asked:]]
    assert {request.user_agent for request in requests} == {"umctl"}
    assert {(request.verb, request.resource) for request in requests} == {
        *(("list", resource.plural) for resource in OURS.values()),
        ("get", "secrets"),
    }
    assert len(review.lab.journal.effects) == effects


async def test_the_account_of_the_folder_serves_before_that_of_the_cluster(
    review: Review, tmp_path: Path
) -> None:
    review.propose(*IN_FORCE)
    name = "exchange-operator"
    await review.cluster.client.delete(SECRETS, review.cluster.namespace, name)
    code, _, err = await review.check()
    assert code == 1
    assert f'there is no Secret "{name}"' in err
    code, _, err = await review.check("-f", credentials(review.lab, tmp_path / "account"))
    assert (code, err) == (0, "")
    await review.cluster.apply(secret(review.lab))


async def test_what_cannot_be_planned_is_one_line(review: Review) -> None:
    review.propose(*IN_FORCE[:1], dial_plan("hq", numberOfDigitsInExtension=5), *IN_FORCE[2:])
    code, _, err = await review.check()
    assert code == 1
    assert "UMDialPlan/hq: spec.numberOfDigitsInExtension" in err
    other = {"metadata": {"name": "hq", "namespace": "elsewhere"}}
    review.propose({**dial_plan("hq"), **other})
    code, _, err = await review.check()
    assert (code, err.strip()) == (
        1,
        'error: the manifests are for namespace "elsewhere", and -n says "um"',
    )


async def test_the_digest_is_the_one_that_the_operator_finds_after_the_merge(
    review: Review,
) -> None:
    cluster = review.cluster
    merged = (organization(mode="Plan"), *IN_FORCE[1:2], gateway("sbc01", ("hq", "4900"), port=5080))
    review.propose(*merged)
    planned = await review.plan()
    types = ["SetGateway", "SetGatewayState", "RemoveHuntGroup", "RemoveGateway"]
    assert [step["type"] for step in planned["steps"]] == types
    await cluster.apply(*merged)
    await cluster.delete(*CUBE)
    async with at_work(cluster, review.lab.clock):

        async def is_told() -> bool:
            raw = await cluster.get(*ORGANIZATION)
            return raw is not None and raw["status"]["plan"].get("digest") == planned["digest"]

        await until(is_told, "the operator's plan is the one of the review")
