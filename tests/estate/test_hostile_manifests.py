"""No manifest makes a call fail except by what it says in so many words."""

from __future__ import annotations

from pathlib import Path

from estate.harness import Operator, declaring, hunt_groups, live
from estate.manifests import dial_plan, gateway, organization
from um_operator.api.condition import ConditionType
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import Lab

PLAN = ObjectKey("UMDialPlan", "hq")
GATEWAY = ObjectKey("UMIPGateway", "sbc01")


async def working(lab: Lab, folder: Path, *more: object) -> Operator:
    """Return an operator whose plan and gateway answer calls."""
    operator = declaring(
        lab, folder, organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900")), *more
    )
    await operator.apply()
    return operator


async def no_call_fails(lab: Lab) -> None:
    """Let calls go on for a while over what was there before."""
    before = lab.calls.summary().gateways["legacy-pbx"].failed.total()
    await lab.calls.until_each_gateway_called(2, gateways=["legacy-pbx"], deadline=30)
    assert lab.calls.summary().gateways["legacy-pbx"].failed.total() == before
    assert lab.calls.summary().total.cut == 0


def reason(report: Report, key: ObjectKey, kind: ConditionType = "Ready") -> str:
    return {c.type: c.reason for c in report.memory.statuses[key].conditions}[kind]


async def test_a_plan_secured_first_waits_while_servers_are_tcp(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    operator.declare(
        organization(), dial_plan("hq", voipSecurity="SIPSecured"), gateway("sbc01", ("hq", "4900"))
    )
    report = await operator.apply()
    port, plan = report.plan.steps
    assert port.step.interrupts
    assert plan.step.interrupts
    assert {wait.reason for wait in port.waits} == {"WaitingForSecure"}
    assert "WaitingForServers" in {wait.reason for wait in plan.waits}
    status = report.memory.statuses[PLAN]
    assert {waiting.object for waiting in status.waiting_for} >= {"ex01.contoso.com"}  # type: ignore[union-attr]
    assert reason(report, PLAN) == "WaitingForServers"
    await no_call_fails(lab)


async def test_a_new_secured_plan_is_made_unsecured_and_waits(lab: Lab, tmp_path: Path) -> None:
    operator = declaring(lab, tmp_path, organization(), dial_plan("hq", voipSecurity="Secured"))
    await operator.apply()
    assert str(live(lab, "UMDialPlan", "hq")["VoIPSecurity"].name) == "Unsecured"  # type: ignore[union-attr]


async def test_port_5061_is_not_written_while_the_plan_is_unsecured(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    operator.declare(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5061))
    report = await operator.apply()
    assert live(lab, "UMIPGateway", "sbc01")["Port"] == 5060
    assert reason(report, GATEWAY) == "WaitingForSecure"
    await no_call_fails(lab)


async def test_another_gateways_address_is_refused(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    effects = len(lab.journal.effects)
    operator.declare(
        organization(),
        dial_plan("hq"),
        gateway("sbc01", ("hq", "4900")),
        gateway("thief", ("hq", "4999"), address="legacy-pbx.contoso.com"),
    )
    report = await operator.apply()
    assert len(lab.journal.effects) == effects
    assert reason(report, ObjectKey("UMIPGateway", "thief"), "Stalled") == "AddressInUse"
    await no_call_fails(lab)


async def test_a_second_claim_is_refused_and_names_the_holder(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    effects = len(lab.journal.effects)
    rival = gateway("rival", ("hq", "4900"), name="SBC01", address="rival.contoso.com", port=5070)
    operator.declare(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900")), rival)
    report = await operator.apply()
    assert len(lab.journal.effects) == effects
    key = ObjectKey("UMIPGateway", "rival")
    assert reason(report, key, "Stalled") == "Claimed"
    assert '"UMIPGateway/sbc01"' in next(
        c.message for c in report.memory.statuses[key].conditions if c.type == "Ready"
    )


async def test_a_changed_pilot_is_added_before_the_old_one_goes(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    operator.declare(
        organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4950"), unlistedHuntGroups="Remove")
    )
    await operator.apply()
    assert hunt_groups(lab, "sbc01") == {("hq", "4950")}
    assert lab.calls.summary().total.cut == 0


async def test_a_disabled_gateway_finishes_its_calls_first(lab: Lab, tmp_path: Path) -> None:
    operator = await working(lab, tmp_path)
    lab.directory.replicate_now()
    operator.declare(organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), state="Disabled"))
    report = await operator.apply()
    assert report.plan.steps == ()
    assert str(live(lab, "UMIPGateway", "sbc01")["Status"].name) == "Disabled"  # type: ignore[union-attr]
    assert lab.calls.summary().total.cut == 0


async def test_a_missing_plan_holds_only_its_own_hunt_group(lab: Lab, tmp_path: Path) -> None:
    operator = declaring(
        lab, tmp_path, organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), ("nowhere", "1"))
    )
    report = await operator.apply()
    assert hunt_groups(lab, "sbc01") == {("hq", "4900")}
    assert reason(report, GATEWAY) == "DependencyNotFound"
