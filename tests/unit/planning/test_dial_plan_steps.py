from __future__ import annotations

from dataclasses import replace

from manifests_support import dial_plan
from model_estate import ModelEstate, plan_fact
from planning_support import PBX, World, findings, kinds, of_type, reasons
from um_operator.planning.steps import CreateDialPlan, SetDialPlan, SetVoIPSecurity


def test_a_missing_plan_is_created_unsecured_and_then_configured() -> None:
    world = World((dial_plan(maxCallDuration="40m", faxEnabled=False),))
    assert kinds(world.plan) == ["CreateDialPlan", "SetDialPlan"]
    create = of_type(world.plan, CreateDialPlan)
    assert create.ready
    assert create.step.want == {
        "uriType": "TelephoneExtension",
        "numberOfDigitsInExtension": 4,
        "countryOrRegionCode": "49",
        "faxEnabled": False,
    }
    assert reasons(of_type(world.plan, SetDialPlan).waits) == ["WaitingForDialPlan"]


def test_a_created_plan_has_in_the_end_what_is_declared() -> None:
    world = World((dial_plan(maxCallDuration="40m", faxEnabled=False),)).settled()
    live = world.estate.plans["pbx"]
    assert live.properties["maxCallDuration"] == "40m"
    assert live.properties["faxEnabled"] is False
    assert not world.plan.steps
    assert world.ledger.entry(PBX).applied_generation == 1


def test_the_plans_own_effects_leave_the_ids_of_the_other_steps_alone() -> None:
    world = World((dial_plan(maxCallDuration="40m", audioCodec="Wma", voipSecurity="Secured"),)).seen()
    before = {planned.step.step_id for planned in world.plan.steps}
    create = of_type(world.plan, CreateDialPlan)
    after = {planned.step.step_id for planned in world.ran(create).plan.steps}
    assert after == before - {create.step.step_id}


def test_a_declared_default_is_in_the_plan_from_the_start_and_stays_until_all_is_set() -> None:
    exchange_has_it_anyway = {"maxCallDuration": "30m"}
    world = World((dial_plan(audioCodec="Wma", **exchange_has_it_anyway),)).seen()
    configure = of_type(world.plan, SetDialPlan).step
    created = world.ran(of_type(world.plan, CreateDialPlan))
    assert of_type(created.plan, SetDialPlan).step.step_id == configure.step_id
    assert not created.settled().plan.steps


def test_adopting_a_plan_with_a_minimal_manifest_changes_nothing() -> None:
    estate = ModelEstate.of(
        plan_fact("PBX", voipSecurity="SIPSecured", maxCallDuration="10m", audioCodec="Gsm")
    )
    world = World((dial_plan(voipSecurity="SIPSecured"),), estate).in_force()
    assert not world.plan.steps
    assert world.ledger.entry(PBX).origin == "Adopted"
    assert world.ledger.entry(PBX).applied_generation == 1


def test_only_what_differs_of_an_adopted_plan_is_set_from_what_it_had() -> None:
    estate = ModelEstate.of(plan_fact("pbx", maxCallDuration="10m", audioCodec="Gsm"))
    world = World((dial_plan(maxCallDuration="30m", audioCodec="Gsm"),), estate).seen()
    step = of_type(world.plan, SetDialPlan).step
    assert step.sentence == 'Set maxCallDuration from "10m" to "30m" of dial plan "pbx".'


def test_an_adopted_plan_that_differs_in_what_cannot_change_is_left_alone() -> None:
    estate = ModelEstate.of(plan_fact("pbx", numberOfDigitsInExtension=5, maxCallDuration="10m"))
    world = World((dial_plan(maxCallDuration="30m"),), estate).seen()
    assert not world.plan.steps
    assert findings(world.plan, PBX) == [("Blocked", "ImmutableFieldDiffers")]
    assert 'numberOfDigitsInExtension: want "4", have "5"' in world.plan.findings[0].message


def test_an_undeclared_uri_type_of_an_adopted_plan_is_whatever_it_is() -> None:
    estate = ModelEstate.of(plan_fact("pbx", uriType="SipName"))
    assert not World((dial_plan(),), estate).seen().plan.steps


def test_a_difference_is_pending_until_the_generation_was_in_force_and_drift_after() -> None:
    world = World((dial_plan(maxCallDuration="40m"),)).settled()
    changed = replace(world, estate=ModelEstate.of(plan_fact("pbx", maxCallDuration="10m")))
    assert [finding.weight for finding in changed.plan.findings] == ["Drift"]
    assert of_type(changed.plan, SetDialPlan).corrects == {"maxCallDuration"}
    never_in_force = replace(changed, ledger=World(()).ledger).seen()
    assert [finding.weight for finding in never_in_force.plan.findings] == ["Pending"]
    assert of_type(never_in_force.plan, SetDialPlan).corrects == frozenset()


def test_in_observe_every_difference_is_drift_and_nothing_runs() -> None:
    estate = ModelEstate.of(plan_fact("pbx", maxCallDuration="10m"))
    world = World((dial_plan(maxCallDuration="40m", mode="Observe"),), estate).seen()
    assert [finding.weight for finding in world.plan.findings] == ["Drift"]
    assert reasons(of_type(world.plan, SetDialPlan).waits) == ["ObserveMode"]


def test_a_plan_that_somebody_removed_is_made_again() -> None:
    world = World((dial_plan(),)).settled()
    gone = replace(world, estate=ModelEstate())
    assert findings(gone.plan, PBX) == [("Drift", "Missing")]
    assert of_type(gone.plan, CreateDialPlan).corrects == {"name"}
    assert not gone.settled().plan.steps


def test_an_ignored_field_is_set_at_creation_and_never_corrected() -> None:
    manifest = dial_plan(audioCodec="Wma", ignoreDrift=["audioCodec"])
    world = World((manifest,)).settled()
    assert world.estate.plans["pbx"].properties["audioCodec"] == "Wma"
    drifted = replace(world, estate=ModelEstate.of(plan_fact("pbx", audioCodec="Gsm")))
    assert not drifted.plan.steps
    assert not drifted.plan.findings


def test_a_property_that_this_exchange_does_not_show_is_never_written() -> None:
    live = plan_fact("pbx")
    older = {path: value for path, value in live.properties.items() if path != "audioCodec"}
    estate = ModelEstate(plans={"pbx": replace(live, properties=older)})
    world = World((dial_plan(audioCodec="Wma"),), estate).seen()
    assert not world.plan.steps
    assert findings(world.plan, PBX) == [("Unread", "NotRead")]


def test_voip_security_is_a_step_of_its_own_that_interrupts() -> None:
    estate = ModelEstate.of(plan_fact("pbx", audioCodec="Gsm"))
    world = World((dial_plan(audioCodec="Wma", voipSecurity="SIPSecured"),), estate).seen()
    assert kinds(world.plan) == ["SetDialPlan", "SetVoIPSecurity"]
    assert not of_type(world.plan, SetDialPlan).step.interrupts
    assert of_type(world.plan, SetVoIPSecurity).step.interrupts
