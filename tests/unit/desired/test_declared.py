from __future__ import annotations

from manifests_support import dial_plan, gateway
from um_operator.api.values import display
from um_operator.desired.declared import gateway_properties, plan_properties

RULES = [
    {"numberMask": "9x", "dialedNumber": "0x", "comment": "b"},
    {"numberMask": "8x", "dialedNumber": "0x"},
]


def test_only_what_is_written_is_declared() -> None:
    assert plan_properties(dial_plan("pbx").spec) == {
        "countryOrRegionCode": "49",
        "numberOfDigitsInExtension": 4,
        "voipSecurity": "Unsecured",
    }
    assert gateway_properties(gateway("sbc01").spec) == {"address": "sbc01.contoso.com"}


def test_how_the_operator_is_told_to_work_is_no_property() -> None:
    spec = dial_plan(
        "pbx", generateUMMailboxPolicy=False, mode="Plan", name="X", deletionPolicy="Delete"
    ).spec
    assert plan_properties(spec).keys() == plan_properties(dial_plan("pbx").spec).keys()
    told = gateway("sbc01", media="SRTP", unlistedHuntGroups="Remove", dialPlanRefs=[{"name": "pbx"}]).spec
    assert gateway_properties(told).keys() == {"address"}


def test_durations_have_one_text() -> None:
    spec = dial_plan("pbx", maxCallDuration="60m", maxRecordingDuration="20m", recordingIdleTimeout="5s").spec
    declared = plan_properties(spec)
    assert declared["maxCallDuration"] == "1h"
    assert declared["maxRecordingDuration"] == "20m"
    assert declared["recordingIdleTimeout"] == "5s"


def test_lists_have_no_order_and_an_empty_one_is_declared() -> None:
    one = dial_plan("pbx", accessTelephoneNumbers=["4950", "4900"], pilotIdentifierList=[]).spec
    two = dial_plan("pbx", accessTelephoneNumbers=["4900", "4950"], pilotIdentifierList=[]).spec
    assert plan_properties(one) == plan_properties(two)
    assert plan_properties(one)["accessTelephoneNumbers"] == ("4900", "4950")
    assert plan_properties(one)["pilotIdentifierList"] == ()


def test_dialing_groups_are_sets_of_rules() -> None:
    spec = dial_plan("pbx", configuredInternationalGroups=[{"name": "World", "rules": RULES}]).spec
    assert plan_properties(spec)["configuredInternationalGroups"] == (
        ("World", "8x", "0x", ""),
        ("World", "9x", "0x", "b"),
    )
    assert display(plan_properties(spec)["configuredInternationalGroups"]) == "World 8x 0x , World 9x 0x b"


def test_no_dialing_groups_are_an_empty_list() -> None:
    spec = dial_plan("pbx", configuredInternationalGroups=[]).spec
    assert plan_properties(spec)["configuredInternationalGroups"] == ()


def test_an_empty_text_is_declared_as_empty() -> None:
    declared = plan_properties(dial_plan("pbx", operatorExtension="").spec)
    assert "operatorExtension" in declared
    assert declared["operatorExtension"] is None


def test_false_and_zero_are_declared() -> None:
    declared = gateway_properties(gateway("sbc01", outcallsAllowed=False, port=0, state="NoNewCalls").spec)
    assert (declared["outcallsAllowed"], declared["port"], declared["state"]) == (False, 0, "NoNewCalls")


def test_words_are_those_of_the_api() -> None:
    spec = dial_plan("pbx", uriType="TelephoneExtension", infoAnnouncement="Uninterruptible").spec
    declared = plan_properties(spec)
    assert (declared["uriType"], declared["infoAnnouncement"]) == ("TelephoneExtension", "Uninterruptible")


def test_an_address_has_no_case_and_no_dot_at_its_end() -> None:
    assert gateway_properties(gateway("sbc01", address="SBC01.Contoso.com.").spec) == {
        "address": "sbc01.contoso.com"
    }
