from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import PBX, World, group_fact, of_type, reasons
from um_operator.observed.exchange import StartupMode
from um_operator.observed.fact import Unknown
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import SetVoIPSecurity

REFS = [{"name": "pbx"}]


def cut_over(
    *,
    to: str = "SIPSecured",
    live: str = "Unsecured",
    mode: StartupMode = "Dual",
    manifests: tuple[Any, ...] = (),
    groups: tuple[Any, ...] = (),
    **properties: Any,
) -> PlannedStep:
    estate = ModelEstate.of(
        plan_fact("pbx", voipSecurity=live),
        plan_fact("other"),
        gateway_fact("sbc01", **properties),
        group_fact("sbc01", "pbx"),
        *groups,
        startup_mode=mode,
    )
    world = World((dial_plan(voipSecurity=to), *(manifests or (gateway(dialPlanRefs=REFS),))), estate)
    return of_type(world.seen().plan, SetVoIPSecurity)


def of_gateways(planned: PlannedStep) -> list[Wait]:
    return [wait for wait in planned.waits if wait.reason == "WaitingForGateways"]


def test_a_plan_is_not_secured_while_services_listen_for_plain_sip_only() -> None:
    waits = cut_over(mode="TCP").waits
    assert [(wait.object, wait.detail) for wait in waits if wait.reason == "WaitingForServers"] == [
        ("ex01.contoso.com", "StartupModeTCP"),
        ("ex01.contoso.com", "StartupModeTCP"),
    ]
    assert {wait.message for wait in waits if wait.reason == "WaitingForServers"} == {
        'startup mode of MSExchangeUM is "TCP"',
        'startup mode of MSExchangeUMCR is "TCP"',
    }


@pytest.mark.parametrize("mode", ["Dual", "TLS"])
def test_with_servers_that_speak_tls_the_gateways_still_have_to_be_seen_to(mode: StartupMode) -> None:
    (wait,) = of_gateways(cut_over(mode=mode))
    assert (wait.reason, wait.detail, wait.object) == ("WaitingForGateways", "NotProbed", "UMIPGateway/sbc01")
    assert wait.message == '"sbc01.contoso.com:5061" has not been seen to speak TLS'


def test_the_port_that_a_gateway_declares_is_the_one_to_be_probed() -> None:
    (wait,) = of_gateways(cut_over(manifests=(gateway(dialPlanRefs=REFS, port=5067),), port=5067))
    assert '"sbc01.contoso.com:5067"' in wait.message


def test_an_ip_address_cannot_be_secured() -> None:
    manifests = (gateway(dialPlanRefs=REFS, address="10.0.0.7"),)
    assert "AddressNotFQDN" in reasons(cut_over(manifests=manifests, address="10.0.0.7").waits)


@pytest.mark.parametrize(("media", "missing"), [(None, True), ("RTP", True), ("SRTP", False)])
def test_secured_asks_every_gateway_for_srtp(media: str | None, missing: bool) -> None:
    declared = {"media": media} if media else {}
    waits = cut_over(to="Secured", manifests=(gateway(dialPlanRefs=REFS, **declared),)).waits
    assert ("MediaNotSRTP" in reasons(waits)) is missing


def test_sip_secured_asks_nobody_for_srtp() -> None:
    assert "MediaNotSRTP" not in reasons(cut_over().waits)


def test_a_gateway_that_also_serves_a_plan_that_stays_unsecured_holds_the_cut_over() -> None:
    waits = cut_over(groups=(group_fact("sbc01", "other"),)).waits
    assert "LinkedToUnsecuredPlan" in reasons(waits)


def test_a_gateway_whose_other_plan_becomes_secured_too_does_not_hold_it() -> None:
    manifests = (dial_plan("other", voipSecurity="Secured"), gateway(dialPlanRefs=REFS))
    estate = ModelEstate.of(
        plan_fact("pbx"),
        plan_fact("other"),
        gateway_fact("sbc01"),
        group_fact("sbc01", "pbx"),
        group_fact("sbc01", "other"),
        startup_mode="Dual",
    )
    world = World((dial_plan(voipSecurity="SIPSecured"), *manifests), estate).seen()
    mine = next(one for one in world.plan.of(PBX) if isinstance(one.step, SetVoIPSecurity))
    assert "LinkedToUnsecuredPlan" not in reasons(mine.waits)


def test_a_gateway_that_nobody_declared_is_named_as_exchange_names_it() -> None:
    waits = cut_over(to="Secured", manifests=(gateway("other"),)).waits
    assert {wait.object for wait in waits if wait.reason == "WaitingForGateways"} == {"sbc01"}
    assert "MediaNotSRTP" in reasons(waits)


@pytest.mark.parametrize(("mode", "ready"), [("TCP", True), ("Dual", True), ("TLS", False)])
def test_a_plan_goes_back_to_unsecured_unless_a_server_speaks_tls_only(
    mode: StartupMode, ready: bool
) -> None:
    planned = cut_over(to="Unsecured", live="SIPSecured", mode=mode)
    assert planned.step.interrupts
    assert planned.ready is ready
    assert ready or reasons(planned.waits) == ["StartupModeTLS", "StartupModeTLS"]


def test_a_server_that_was_not_read_holds_the_cut_over_either_way() -> None:
    for to, live in (("SIPSecured", "Unsecured"), ("Unsecured", "SIPSecured")):
        world = World(
            (dial_plan(voipSecurity=to),), ModelEstate.of(plan_fact("pbx", voipSecurity=live))
        ).seen()
        unknown = Unknown("DeadlineExceeded", "no answer within 30 s", world.now)
        snapshot = replace(world.snapshot, um_services={"ex01.contoso.com": unknown})
        plan = make_plan(world.desired, snapshot, world.ledger, world.now, pass_started=world.now)
        assert "DeadlineExceeded" in reasons(of_type(plan, SetVoIPSecurity).waits)


def test_without_any_um_service_nothing_is_cut_over() -> None:
    world = World((dial_plan(voipSecurity="SIPSecured"),), ModelEstate.of(plan_fact("pbx"))).seen()
    snapshot = replace(world.snapshot, um_services={}, call_routers={})
    plan = make_plan(world.desired, snapshot, world.ledger, world.now, pass_started=world.now)
    assert reasons(of_type(plan, SetVoIPSecurity).waits) == ["NotRead"]
