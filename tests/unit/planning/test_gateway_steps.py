from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, SBC01, World, findings, group_fact, kinds, of_type, reasons
from um_operator.api.ip_gateway import UMIPGateway
from um_operator.planning.steps import (
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    SetGateway,
    SetGatewayState,
)

LINKED = [{"name": "pbx", "pilotIdentifier": "4900"}]


def linked_gateway(**spec: Any) -> UMIPGateway:
    return gateway(dialPlanRefs=LINKED, **spec)


def live(security: str = "Unsecured", **properties: Any) -> ModelEstate:
    return ModelEstate.of(
        plan_fact("pbx", voipSecurity=security),
        gateway_fact("sbc01", **properties),
        group_fact("sbc01", "pbx", "4900"),
    )


def test_a_missing_gateway_is_made_without_link_then_configured_then_linked() -> None:
    world = World((dial_plan(), linked_gateway(port=5062, outcallsAllowed=False)))
    assert kinds(world.plan) == ["CreateDialPlan", "CreateGateway", "SetGateway", "CreateHuntGroup"]
    waiting = of_type(world.plan, CreateHuntGroup)
    assert reasons(waiting.waits) == ["WaitingForDialPlan", "WaitingForGateway"]
    assert not waiting.step.interrupts
    settled = world.settled()
    assert settled.estate.gateways["sbc01"].port == 5062
    assert not settled.plan.steps


def test_a_hunt_group_waits_until_the_gateway_is_reached_as_declared() -> None:
    made = World((dial_plan(), linked_gateway(port=5062))).seen()
    made = made.ran(of_type(made.plan, CreateGateway))
    assert "port" in of_type(made.plan, CreateHuntGroup).waits[-1].message


@pytest.mark.parametrize(
    ("path", "declared", "interrupts"),
    [
        ("address", {"address": "other.contoso.com"}, True),
        ("port", {"port": 5062}, True),
        ("ipAddressFamily", {"ipAddressFamily": "Any"}, True),
        ("outcallsAllowed", {"outcallsAllowed": False}, False),
        ("messageWaitingIndicatorAllowed", {"messageWaitingIndicatorAllowed": False}, False),
        ("simulator", {"simulator": True}, False),
    ],
)
def test_of_a_linked_gateway_only_how_it_is_reached_interrupts_calls(
    path: str, declared: dict[str, Any], interrupts: bool
) -> None:
    world = World((dial_plan(), linked_gateway(**declared)), live()).seen()
    step = of_type(world.plan, SetGateway).step
    assert step.interrupts is interrupts, path


def test_what_interrupts_and_what_does_not_are_steps_apart() -> None:
    world = World((dial_plan(), linked_gateway(port=5062, outcallsAllowed=False)), live()).seen()
    steps = [planned.step for planned in world.plan.steps]
    assert [step.interrupts for step in steps] == [False, True]


def test_nothing_about_a_gateway_that_is_just_being_made_interrupts_calls() -> None:
    inert = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"))
    world = World((dial_plan(), gateway(port=5062, state="Disabled")), inert)
    world = world.remembering(SBC01, origin="Created").seen()
    assert not any(planned.step.interrupts for planned in world.plan.steps)


def test_a_gateway_parted_from_its_plans_may_still_have_calls_when_it_is_disabled() -> None:
    parted = replace(ModelEstate.of(gateway_fact("sbc01")), calls={"sbc01": 1})
    world = World((gateway(state="Disabled"),), parted).settled()
    assert world.estate.gateways["sbc01"].state == "NoNewCalls"
    assert set(reasons(of_type(world.plan, SetGatewayState).waits)) == {"WaitingForCalls"}


def test_disabling_goes_by_no_new_calls_and_the_end_of_the_last_call() -> None:
    world = World((dial_plan(), linked_gateway(state="Disabled")), replace(live(), calls={"sbc01": 2})).seen()
    closing, disabling = world.plan.steps
    assert isinstance(closing.step, SetGatewayState)
    assert closing.step.state == "NoNewCalls"
    assert closing.ready
    assert reasons(disabling.waits) == ["WaitingForGateway", "WaitingForCalls"]
    closed = world.ran(closing)
    assert set(reasons(of_type(closed.plan, SetGatewayState).waits)) == {"WaitingForCalls"}
    quiet = replace(closed, estate=replace(closed.estate, calls={}))
    assert quiet.patient().estate.gateways["sbc01"].state == "Disabled"


def test_a_gateway_counts_as_closed_only_when_every_server_has_read_it() -> None:
    world = World((dial_plan(), linked_gateway(state="Disabled")), live()).settled()
    (wait,) = of_type(world.plan, SetGatewayState).waits
    replication, poll = timedelta(minutes=15), timedelta(minutes=10)
    assert wait.until == NOW + replication + poll
    assert not replace(world, now=wait.until - timedelta(seconds=1)).plan.ready
    assert replace(world, now=wait.until).plan.ready


def test_a_gateway_of_ours_is_linked_when_all_that_is_declared_of_it_is_set() -> None:
    made = World((dial_plan(), linked_gateway(outcallsAllowed=False))).seen()
    for kind in (CreateDialPlan, CreateGateway):
        made = made.ran(of_type(made.plan, kind))
    assert reasons(of_type(made.plan, CreateHuntGroup).waits) == ["WaitingForGateway"]
    configured = made.ran(of_type(made.plan, SetGateway))
    assert of_type(configured.plan, CreateHuntGroup).ready


@pytest.mark.parametrize("have", ["Disabled", "NoNewCalls"])
def test_a_gateway_that_somebody_took_out_comes_back(have: str) -> None:
    world = World((dial_plan(), linked_gateway(state="Enabled")), live(state=have)).settled()
    assert world.estate.gateways["sbc01"].state == "Enabled"


def test_an_address_is_compared_without_case_and_trailing_dot() -> None:
    estate = live(address="SBC01.Contoso.com.")
    assert not World((dial_plan(), linked_gateway()), estate).seen().plan.steps


def test_adopting_a_gateway_with_a_minimal_manifest_changes_nothing() -> None:
    estate = live(port=5065, state="NoNewCalls", outcallsAllowed=False)
    world = World((dial_plan(), gateway()), estate).in_force()
    assert not world.plan.steps
    assert world.ledger.entry(SBC01).applied_generation == 1


def test_the_tls_port_is_not_written_on_a_gateway_of_an_unsecured_plan() -> None:
    world = World((dial_plan(voipSecurity="SIPSecured"), linked_gateway(port=5061)), live()).seen()
    assert not world.plan.of(SBC01)
    assert findings(world.plan, SBC01) == [("Pending", "WaitingForSecure")]


def test_a_withheld_tls_port_does_not_hold_back_the_hunt_group() -> None:
    world = World((dial_plan(), linked_gateway(port=5061))).settled()
    assert len(world.estate.groups) == 1
    assert world.estate.gateways["sbc01"].port == 5060


def test_a_new_gateway_of_a_secured_plan_gets_the_tls_port_before_its_link() -> None:
    estate = ModelEstate.of(plan_fact("pbx", voipSecurity="SIPSecured"), startup_mode="Dual")
    world = World((dial_plan(voipSecurity="SIPSecured"), linked_gateway()), estate).settled()
    assert world.estate.gateways["sbc01"].port == 5061
    assert not world.plan.steps


def test_an_adopted_gateway_that_carries_calls_keeps_the_port_that_nobody_declared() -> None:
    estate = live(security="SIPSecured", port=5067)
    world = World((dial_plan(voipSecurity="SIPSecured"), linked_gateway()), estate).in_force()
    assert not world.plan.steps
    assert not world.plan.findings


def test_an_undeclared_port_asks_for_nothing_while_its_plan_waits_to_be_secured() -> None:
    world = World((dial_plan(voipSecurity="SIPSecured"), linked_gateway()), live()).seen()
    assert not world.plan.of(SBC01)
    assert not world.plan.findings_of(SBC01)


def test_the_address_of_another_live_gateway_is_refused() -> None:
    estate = ModelEstate.of(gateway_fact("old", address="sbc01.contoso.com"))
    world = World((gateway(),), estate).seen()
    assert findings(world.plan, SBC01) == [("Blocked", "AddressInUse")]
    assert '"old"' in world.plan.findings[0].message
    assert not world.plan.steps


def test_a_gateway_without_fqdn_is_pointed_out_where_its_plan_becomes_secured() -> None:
    estate = live(address="10.0.0.7")
    manifests = (dial_plan(voipSecurity="SIPSecured"), linked_gateway(address="10.0.0.7"))
    assert findings(World(manifests, estate).seen().plan, SBC01) == [("Blocked", "AddressNotFQDN")]
    unsecured = (dial_plan(), linked_gateway(address="10.0.0.7"))
    assert not World(unsecured, estate).seen().plan.findings


def test_a_reference_to_nowhere_is_told_and_the_rest_goes_on() -> None:
    refs = [*LINKED, {"name": "nowhere"}]
    world = World((dial_plan(), gateway(dialPlanRefs=refs, outcallsAllowed=False)))
    assert ("Pending", "DependencyNotFound") in findings(world.plan, SBC01)
    settled = world.settled()
    assert len(settled.estate.groups) == 1
    assert not settled.plan.steps
