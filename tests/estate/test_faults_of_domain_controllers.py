"""A new domain controller may not have what we wrote: nothing is made twice, nothing corrected in haste."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from estate.as_declared import differences
from estate.harness import Operator, declaring
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

FIRST, OTHER = "dc01.contoso.com", "dc02.contoso.com"
LAG = timedelta(minutes=2)
GATEWAY = ObjectKey("UMIPGateway", "sbc01")
ORGANIZATION = organization(replicationGrace="3m")
MANIFESTS = (dial_plan("hq", operatorExtension="4711"), gateway("sbc01", ("hq", "4900"), port=5070))
WRITES = ["New-UMDialPlan", "Set-UMDialPlan", "New-UMIPGateway", "Set-UMIPGateway", "New-UMHuntGroup"]


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Operator:
    lab.directory.delay(FIRST, OTHER, LAG)
    return declaring(lab, tmp_path, ORGANIZATION, *MANIFESTS)


def written(lab: Lab) -> list[str]:
    """Return the cmdlets of all writes, without what they make beside."""
    return [effect.cmdlet for effect in lab.journal.effects if effect.kind != "UMMailboxPolicy"]


@pytest.mark.parametrize(
    "effect", [1, *(pytest.param(effect, marks=pytest.mark.night) for effect in (3, 4, 5)), 6]
)
async def test_a_domain_controller_fails_after_a_write_that_no_other_has_seen(
    lab: Lab, operator: Operator, effect: int
) -> None:
    lab.faults.after_effect(effect, lambda: lab.directory.take_down(FIRST))
    report = await operator.apply()
    assert report.plan.steps == ()
    assert report.memory.ledger.domain_controller == OTHER
    assert sorted(written(lab)) == sorted(WRITES), "something was written twice"
    lab.directory.bring_up(FIRST)
    assert differences(lab, *MANIFESTS) == []


async def test_old_values_on_another_domain_controller_are_not_corrected_within_the_grace(
    lab: Lab, operator: Operator
) -> None:
    await operator.apply()
    lab.directory.replicate_now()
    operator.declare(ORGANIZATION, MANIFESTS[0], gateway("sbc01", ("hq", "4900"), port=5080))
    await operator.apply()
    lab.directory.take_down(FIRST)
    effects = len(lab.journal.effects)
    report = await operator.one_pass()
    assert [wait.reason for step in report.plan.steps for wait in step.waits] == ["WaitingForReplication"]
    report = await operator.apply()
    assert report.plan.steps == ()
    assert lab.journal.effects[effects:] == []


async def test_a_domain_controller_that_is_down_from_the_beginning_is_passed_over(
    lab: Lab, operator: Operator
) -> None:
    lab.directory.take_down(FIRST)
    report = await operator.apply()
    assert report.plan.steps == ()
    assert report.memory.ledger.domain_controller == OTHER
    lab.directory.bring_up(FIRST)
    assert differences(lab, *MANIFESTS) == []


async def test_what_another_domain_controller_does_not_show_yet_is_not_taken_for_deleted(
    lab: Lab, tmp_path: Path
) -> None:
    lab.directory.delay(FIRST, OTHER, LAG)
    operator = declaring(lab, tmp_path, ORGANIZATION, gateway("spare", deletionPolicy="Delete"))
    await operator.apply()
    lab.directory.take_down(FIRST)
    operator.declare(ORGANIZATION)
    spare = ObjectKey("UMIPGateway", "spare")
    assert (await operator.apply(delete={spare})).plan.released == {}
    lab.clock.advance(timedelta(minutes=5))
    assert (await operator.apply(delete={spare})).plan.released == {spare: ""}
    lab.directory.bring_up(FIRST)
    assert differences(lab) == []
