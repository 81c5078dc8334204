"""``umctl plan --against live``: what merging a folder would do, as the operator there would see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from estate.harness import credentials, write
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, at_work, until
from um_operator.api.annotations import HOLD
from um_operator.cli.main import run
from um_operator.kube.resources import OURS, SECRETS
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.local.clock import CLOCK_SETTING

ORGANIZATION: Reference = ("ExchangeOrganization", "default")
PLAN: Reference = ("UMDialPlan", "hq")
SBC: Reference = ("UMIPGateway", "sbc01")
CUBE: Reference = ("UMIPGateway", "cube01")
WRITES = {"create", "update", "patch", "delete"}


@dataclass
class Review:
    """A pull request: a folder of manifests, planned against the cluster."""

    folder: Path
    cluster: Cluster
    lab: Lab
    capsys: pytest.CaptureFixture[str]

    def propose(self, *documents: Mapping[str, Any]) -> None:
        """Write what the folder declares once it is merged."""
        write(self.folder, documents)

    async def check(self, *options: str | Path) -> tuple[int, str, str]:
        """Run the command; return its exit code, what it printed, and what it said beside it."""
        rules = [word for rule in self.lab.connect_to for word in ("--connect-to", rule)]
        access = ("--kubeconfig", str(self.cluster.kubeconfig), "-n", self.cluster.namespace)
        arguments = ["plan", "-f", str(self.folder), "--against", "live", *access, *rules, *map(str, options)]
        self.capsys.readouterr()
        code = await asyncio.to_thread(run, arguments)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    async def plan(self, *options: str | Path) -> dict[str, Any]:
        """Return the plan of the one organisation."""
        code, out, err = await self.check("-o", "json", *options)
        assert code != 1, out + err
        [planned] = json.loads(out)["organizations"]
        return dict(planned)


@pytest.fixture
async def review(
    lab: Lab,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Review:
    """A cluster whose plan and two gateways are in force, and nothing runs any more."""
    monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())
    await cluster.apply(*IN_FORCE)
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(ORGANIZATION, PLAN, SBC, CUBE)
    return Review(tmp_path / "folder", cluster, lab, capsys)


IN_FORCE = (
    organization(),
    dial_plan("hq"),
    gateway("sbc01", ("hq", "4900"), port=5060),
    gateway("cube01", ("hq", "4901"), port=5060, deletionPolicy="Delete"),
)


def changes(planned: Mapping[str, Any]) -> dict[str, str]:
    return {row["resource"]: row["change"] for row in planned["against"]["resources"]}


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
    for kind, name in (ORGANIZATION, PLAN, SBC):
        labels = {f"{flux}/name": "platform", f"{flux}/namespace": "flux-system"}
        await review.cluster.patch(kind, name, {"metadata": {"labels": labels}})
    review.propose(gateway("cube01", ("hq", "4901"), port=5061, deletionPolicy="Delete"))
    planned = await review.plan()
    assert changes(planned) == {
        "ExchangeOrganization/default": "Kept",
        "UMDialPlan/hq": "Kept",
        "UMIPGateway/cube01": "Changed",
        "UMIPGateway/sbc01": "Kept",
    }
    assert planned["against"]["resources"][0]["applier"] == "flux-system/platform"


async def test_a_hold_that_stands_in_the_cluster_holds_the_plan(review: Review) -> None:
    await review.cluster.annotate(*SBC, hold="2030-01-01T00:00:00Z storm")
    review.propose(*IN_FORCE[:2], gateway("sbc01", ("hq", "4900"), port=5080), IN_FORCE[3])
    [step] = (await review.plan())["steps"]
    assert [wait["reason"] for wait in step["waits"]] == ["Hold"]
    lifted = gateway("sbc01", ("hq", "4900"), annotations={HOLD: "2020-01-01T00:00:00Z over"}, port=5080)
    review.propose(*IN_FORCE[:2], lifted, IN_FORCE[3])
    [step] = (await review.plan())["steps"]
    assert step["waits"] == []


async def test_the_digest_is_the_one_that_the_operator_finds_after_the_merge(
    review: Review, lab: Lab, cluster: Cluster
) -> None:
    merged = (organization(mode="Plan"), *IN_FORCE[1:2], gateway("sbc01", ("hq", "4900"), port=5080))
    review.propose(*merged)
    planned = await review.plan()
    types = ["SetGateway", "SetGatewayState", "RemoveHuntGroup", "RemoveGateway"]
    assert [step["type"] for step in planned["steps"]] == types
    await cluster.apply(*merged)
    await cluster.delete(*CUBE)
    async with at_work(cluster, lab.clock):

        async def is_told() -> bool:
            raw = await cluster.get(*ORGANIZATION)
            return raw is not None and raw["status"]["plan"].get("digest") == planned["digest"]

        await until(is_told, "the operator's plan is the one of the review")


async def test_nothing_is_written_anywhere_and_lists_and_named_reads_are_all_that_is_asked(
    review: Review, server: ApiServer
) -> None:
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


async def test_an_empty_cluster_has_everything_before_it(
    lab: Lab,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())
    review = Review(tmp_path / "folder", cluster, lab, capsys)
    review.propose(*IN_FORCE)
    code, out, _ = await review.check()
    assert code == 2
    assert 'Against namespace "um" of the cluster: 4 new.' in out
    assert "The cluster remembers nothing of it" in out


async def test_a_cluster_without_our_kinds_says_where_they_are(
    server: ApiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "folder", IN_FORCE)
    access = ["--against", "live", "--kubeconfig", str(server.kubeconfig)]
    assert await asyncio.to_thread(run, ["plan", "-f", str(folder), *access]) == 1
    assert (
        "the cluster does not know our kinds; umctl crds prints their definitions" in capsys.readouterr().err
    )
