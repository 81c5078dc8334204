"""Mode Plan without a cluster: planned, approved in the manifest, carried out; and two for one Exchange."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import RunningLab, Umctl

pytestmark = pytest.mark.timeout(240)

PATIENTLY = ("--timeout", "4h")
"""The lab's time goes on where a busy machine does not; what comes to its end does not wait for this."""


def test_a_plan_is_approved_in_the_manifest_and_carried_out(lab: RunningLab, umctl: Umctl) -> None:
    lab.edit("organization.yaml", "mode: Enforce", "mode: Plan")
    comment = umctl("plan", *lab.on, "-o", "markdown")
    assert comment.code == 2
    assert "| step | | what | waits for |" in comment.out
    digest = comment.out.splitlines()[0].rpartition(" ")[2]
    assert f'set spec.approvedPlan to "{digest}"' in comment.out
    assert not lab.state.exists()

    waiting = umctl("apply", *lab.on)
    assert waiting.code == 2
    assert waiting.err.splitlines()[0] == (
        'Mode is "Plan": nothing is changed in Exchange, the plan waits for approval; '
        'set spec.approvedPlan of ExchangeOrganization "default" to its digest to let it run.'
    )
    assert f'to run them set spec.approvedPlan to "{digest}" (umctl plan has the whole plan)' in waiting.out
    assert lab.effects() == []
    (stored,) = lab.state.glob("*/default/plans/*.json")
    assert stored.name == f"{digest}.json"

    lab.edit("organization.yaml", "mode: Plan", f"mode: Plan\n  approvedPlan: {digest}")
    applied = umctl("apply", *lab.on, *PATIENTLY)
    assert applied.code == 0, applied.out
    assert f'only what plan "{digest}" has is carried out' in applied.err
    status = umctl("status", *lab.on, "-o", "json").data[0]["status"]
    assert status["lastAppliedPlan"]["digest"] == digest

    umctl("lab", "change", "Set-UMIPGateway", "cube01", "Port=5070", "--folder", lab.files.path)
    written = len(lab.effects())
    drifted = umctl("apply", *lab.on)
    assert drifted.code == 2
    assert f'approved plan "{digest}" does not have this step' in drifted.out
    assert len(lab.effects()) == written


@pytest.mark.night
def test_of_two_organizations_for_one_exchange_only_the_first_writes(lab: RunningLab, umctl: Umctl) -> None:
    twin(lab.manifests)
    applied = umctl("apply", *lab.on)
    assert applied.code == 1
    assert 'belongs to ExchangeOrganization "first-steps/default", which has it' in applied.out
    assert all("intruder" not in str(effect) for effect in lab.effects())
    planned = umctl("plan", *lab.on)
    assert planned.code == 1
    assert "UMIPGateway/intruder: organization" in planned.out
    ready = {
        one["name"]: one["status"]["conditions"][0] for one in umctl("status", *lab.on, "-o", "json").data
    }
    assert (ready["default"]["reason"], ready["twin"]["reason"]) == ("Connected", "OrganizationClaimed")
    assert ready["intruder"]["reason"] == "OrganizationClaimed"


def twin(manifests: Path) -> None:
    """Declare a second organisation with the same endpoints, and a gateway of it."""
    original = (manifests / "organization.yaml").read_text()
    copy = original.replace("name: default", "name: twin", 1)
    assert copy != original
    (manifests / "twin.yaml").write_text(copy)
    (manifests / "intruder.yaml").write_text(
        "apiVersion: unifiedmessaging.dev/v1beta1\n"
        "kind: UMIPGateway\n"
        "metadata: {name: intruder}\n"
        "spec: {organizationRef: {name: twin}, address: intruder.contoso.com}\n"
    )
