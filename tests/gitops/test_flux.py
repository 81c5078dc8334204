"""Flux applies our resources, the operator brings Exchange to them, and the two agree on what is ready.

The tests share one scene; the last one ends with the shortest time that Flux waits for health.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from cluster_apiserver import APIServer
from cluster_programs import missing
from estate.harness import live, names
from gitops.argo_lua import health
from gitops.flux import eventually
from gitops.scene import TELEPHONY, Scene, annotations_of_the_example, deployed, only
from incluster.harness import Reference, condition, secret
from manifests_support import gateway_document
from um_operator.api.annotations import HOLD
from um_operator.api.meta import FINALIZER
from um_operator.cli.main import run
from um_operator.kube.resources import SECRETS, RawObject

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPTIED = timedelta(minutes=26)
"""Replication and one poll later no server takes new calls of a gateway that was closed."""
EVERYTHING: tuple[Reference, ...] = (
    ("ExchangeOrganization", "default"),
    ("UMDialPlan", "branch"),
    ("UMDialPlan", "headquarters"),
    ("UMIPGateway", "cube01"),
    ("UMIPGateway", "kamailio01"),
    ("UMIPGateway", "sbc01"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(server: APIServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Deploy the first steps."""
    if why := missing("kustomize-controller", "sops", "age-keygen"):
        pytest.skip(why)
    async with deployed(server, tmp_path_factory.mktemp("flux")) as scene:
        yield scene


def ready(raw: RawObject) -> tuple[str, str]:
    found = condition(raw, "Ready")
    assert found is not None
    return found["status"], found["reason"]


async def test_flux_waits_while_nobody_has_seen_our_resources(scene: Scene) -> None:
    assert ready(scene.before["Kustomization"]) == ("Unknown", "Progressing")
    assert scene.before["sbc01"]["status"] == {"observedGeneration": -1}


async def test_flux_is_ready_once_exchange_has_what_git_declares(scene: Scene) -> None:
    deployed = await scene.flux.done(TELEPHONY)
    assert ready(deployed) == ("True", "ReconciliationSucceeded")
    for kind, name in EVERYTHING:
        raw = await scene.cluster.get(kind, name)
        assert raw is not None
        assert ready(raw)[0] == "True", (kind, name)
        assert health(raw)["status"] == "Healthy"
    assert {"sbc01", "cube01", "kamailio01"} <= names(scene.lab, "UMIPGateway")
    assert {"Headquarters", "Branch Office"} <= names(scene.lab, "UMDialPlan")


async def test_the_account_is_encrypted_in_git_and_readable_in_the_cluster(scene: Scene) -> None:
    there = await scene.cluster.client.get(SECRETS, TELEPHONY, "exchange-operator")
    for value in secret(scene.lab)["data"].values():
        assert value in there["data"].values()
        assert value not in scene.files["credentials.yaml"]
    assert "ENC[AES256_GCM" in scene.files["credentials.yaml"]


async def test_a_changed_file_is_in_force_when_flux_is_ready(scene: Scene) -> None:
    field = "messageWaitingIndicatorAllowed"
    revision = await scene.push("gateways.yaml", f"{field}: false", f"{field}: true")
    deployed = await scene.flux.done(TELEPHONY, revision)
    assert ready(deployed) == ("True", "ReconciliationSucceeded")
    assert live(scene.lab, "UMIPGateway", "cube01")["MessageWaitingIndicatorAllowed"] is True


async def test_what_is_gone_from_git_goes_from_the_cluster_and_from_exchange_by_its_policy(
    scene: Scene,
) -> None:
    [kept] = [part for part in scene.files["gateways.yaml"].split("---\n") if "name: cube01" in part]
    revision = await scene.push("gateways.yaml", scene.files["gateways.yaml"], kept)
    await scene.flux.done(TELEPHONY, revision)
    assert await scene.cluster.get("UMIPGateway", "sbc01") is None
    assert "sbc01" in names(scene.lab, "UMIPGateway"), "deletionPolicy is Orphan"
    held = await scene.until("UMIPGateway", "kamailio01", "Deleting")
    assert held is not None
    assert held["metadata"]["finalizers"] == [FINALIZER]
    assert "kamailio01" in names(scene.lab, "UMIPGateway"), "it is emptied first"
    scene.lab.clock.advance(EMPTIED)
    await eventually(lambda: scene.cluster.get("UMIPGateway", "kamailio01"), lambda raw: raw is None)
    assert "kamailio01" not in names(scene.lab, "UMIPGateway")


async def test_reconciling_again_changes_nothing(scene: Scene) -> None:
    before = await scene.at_rest()
    assert len(before) >= 4
    for request in ("once", "twice"):
        deployed = await scene.flux.reconciled(TELEPHONY, request)
        assert ready(deployed) == ("True", "ReconciliationSucceeded")
    assert await scene.ours() == before


@pytest.mark.parametrize(
    ("annotations", "flags", "stays"),
    [(annotations_of_the_example(), (), True), ({}, ("--field-manager=somebody",), True), ({}, (), False)],
    ids=["as in the example", "by a name of its own", "by kubectl"],
)
async def test_a_hold_set_by_hand_stays(
    scene: Scene, annotations: dict[str, str], flags: tuple[str, ...], stays: bool
) -> None:
    name = f"held-{len(annotations)}-{len(flags)}"
    document = gateway_document(name)
    await scene.flux.deploy(name, only({**document, "metadata": {"name": name, "annotations": annotations}}))
    await scene.flux.done(name)
    command = (
        "annotate",
        "umgw",
        name,
        f"--namespace={TELEPHONY}",
        f"{HOLD}=2030-01-01T00:00:00Z storm",
        *flags,
    )
    done = await asyncio.to_thread(scene.server.kubectl, *command)
    assert done.returncode == 0, done.stderr
    await scene.flux.reconciled(name, "again")
    raw = await scene.cluster.get("UMIPGateway", name)
    assert raw is not None
    assert (HOLD in raw["metadata"].get("annotations", {})) is stays


async def test_a_halt_stays_until_it_is_lifted(scene: Scene) -> None:
    access = ["default", "-n", TELEPHONY, "--kubeconfig", str(scene.server.kubeconfig), "--timeout", "60s"]
    until = ["--until", "2030-01-01T00:00:00Z", "--reason", "storm"]
    assert await asyncio.to_thread(run, ["halt", *access, *until]) == 0
    await scene.flux.reconciled(TELEPHONY, "under a halt")
    held = await scene.cluster.get("ExchangeOrganization", "default")
    assert held is not None
    assert held["metadata"]["annotations"][HOLD] == "2030-01-01T00:00:00Z storm"
    assert await asyncio.to_thread(run, ["halt", *access, "--lift"]) == 0
    raw = await scene.cluster.get("ExchangeOrganization", "default")
    assert condition(raw, "Suspended") is None


@pytest.mark.parametrize("path", ["organization.yaml", "dial-plans.yaml", "gateways.yaml"])
async def test_kubectl_finds_no_difference_to_git(scene: Scene, path: str) -> None:
    arguments = ("diff", "--server-side", "--field-manager=somebody", "--filename=-")
    done = await asyncio.to_thread(scene.server.kubectl, *arguments, input=scene.files[path])
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


async def test_a_plan_is_approved_by_a_commit(scene: Scene) -> None:
    address = "  address: cube01.contoso.com\n"
    await scene.push("gateways.yaml", address, f"{address}  outcallsAllowed: false\n  mode: Plan\n")
    await scene.until("UMIPGateway", "cube01", "WaitingForApproval")
    organization = await scene.cluster.get("ExchangeOrganization", "default")
    assert organization is not None
    digest = organization["status"]["plan"]["digest"]
    assert live(scene.lab, "UMIPGateway", "cube01")["OutcallsAllowed"] is True
    await scene.push("organization.yaml", "  mode: Enforce ", f"  approvedPlan: {digest}\n  mode: Enforce ")
    await scene.until("UMIPGateway", "cube01", "UpToDate")
    assert live(scene.lab, "UMIPGateway", "cube01")["OutcallsAllowed"] is False


@pytest.mark.parametrize("name", ["stalled", "stalled-by-kstatus"])
async def test_what_is_stalled_has_failed(scene: Scene, name: str) -> None:
    judged = await scene.flux.done(name)
    assert ready(judged) == ("False", "HealthCheckFailed")
    assert "status: 'Failed'" in str(condition(judged, "Ready"))
    raw = await scene.cluster.get("UMIPGateway", name)
    assert condition(raw, "Stalled") is not None


async def test_what_waits_is_ready_by_our_health_checks(scene: Scene) -> None:
    assert ready(await scene.flux.done("waits")) == ("True", "ReconciliationSucceeded")
    assert await scene.cluster.ready("UMDialPlan", "waits") == ("False", "WaitingForServers")


async def test_what_waits_is_in_progress_by_kstatus(scene: Scene) -> None:
    judged = await scene.flux.done("waits-by-kstatus")
    assert ready(judged) == ("False", "HealthCheckFailed")
    assert "status: 'InProgress'" in str(condition(judged, "Ready"))
    assert await scene.cluster.ready("UMDialPlan", "waits-by-kstatus") == ("False", "WaitingForServers")
