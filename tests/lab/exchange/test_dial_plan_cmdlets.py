"""New-, Get-, Set- and Remove-UMDialPlan: defaults, limits, refusals."""

from typing import Any

import pytest

from exchange_bench import Bench, spec_with
from um_operator.lab.exchange.builder import GatewaySpec, PlanSpec
from um_operator.lab.exchange.dial_plan_properties import PROPERTIES
from um_operator.lab.exchange.wire import readable
from um_operator.lab.powershell import PSObject

DOCUMENTED_DEFAULTS = {
    "URIType": "TelExtn",
    "VoIPSecurity": "Unsecured",
    "DefaultLanguage": "en-US",
    "FaxEnabled": True,
    "AllowDialPlanSubscribers": True,
    "AllowExtensions": False,
    "AllowHeuristicADCallingLineIdResolution": True,
    "AudioCodec": "Mp3",
    "DialByNamePrimary": "LastFirst",
    "DialByNameSecondary": "SMTPAddress",
    "InfoAnnouncementEnabled": "False",
    "InputFailuresBeforeDisconnect": 3,
    "LogonFailuresBeforeDisconnect": 3,
    "MaxCallDuration": 30,
    "MaxRecordingDuration": 20,
    "OutsideLineAccessCode": "9",
    "RecordingIdleTimeout": 5,
    "TUIPromptEditingEnabled": False,
    "WelcomeGreetingEnabled": False,
    "AccessTelephoneNumbers": [],
    "UMServers": [],
    "UMIPGateway": [],
    "PhoneContext": "PBX.contoso.com",
}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def shown(bench: Bench, name: str = "PBX") -> dict[str, Any]:
    return {k: readable(v) for k, v in bench.done("Get-UMDialPlan", name).row.items()}


def test_a_new_plan_has_the_documented_defaults(bench: Bench) -> None:
    bench.plan("PBX")
    row = shown(bench)
    assert {name: row[name] for name in DOCUMENTED_DEFAULTS} == DOCUMENTED_DEFAULTS


def test_a_new_plan_is_shown_with_its_directory_identity(bench: Bench) -> None:
    bench.plan("PBX")
    row = bench.done("Get-UMDialPlan", "pbx").row
    dn = "CN=PBX,CN=UM DialPlan Container,CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration"
    assert row["DistinguishedName"] == f"{dn},DC=contoso,DC=com"
    assert isinstance(row["Identity"], PSObject)
    assert (row["Identity"].text, row["Identity"].properties["ObjectGuid"]) == ("PBX", row["Guid"])


def test_a_new_plan_brings_its_default_mailbox_policy_unless_told_not_to(bench: Bench) -> None:
    bench.plan("PBX")
    bench.plan("Bare", GenerateUMMailboxPolicy=False)
    assert bench.done("Get-UMMailboxPolicy").names == ["PBX Default Policy"]


@pytest.mark.parametrize("missing", ["CountryOrRegionCode", "NumberOfDigitsInExtension", "Name"])
def test_what_a_new_plan_must_have(bench: Bench, missing: str) -> None:
    given: dict[str, Any] = {"Name": "PBX", "CountryOrRegionCode": "49", "NumberOfDigitsInExtension": 4}
    del given[missing]
    assert bench.refused_binding("New-UMDialPlan", **given) == "MissingMandatoryParameter,New-UMDialPlan"


@pytest.mark.parametrize("name", ["", "x" * 50, *(f"a{c}b" for c in '"/\\[]:;|=,+*?<>'), "line\nbreak"])
def test_names_that_exchange_forbids(bench: Bench, name: str) -> None:
    done = bench.run("New-UMDialPlan", name, CountryOrRegionCode="49", NumberOfDigitsInExtension=4)
    assert done.failure == "DataValidationException"
    assert bench.journal.effects == []


@pytest.mark.parametrize("name", ["x" * 49, "Büro Köln", "a.b-c_(d)", "O'Hara & Søn"])
def test_names_that_exchange_takes(bench: Bench, name: str) -> None:
    bench.plan(name)
    assert bench.done("Get-UMDialPlan", name).names == [name]


def test_a_name_is_taken_in_any_case(bench: Bench) -> None:
    bench.plan("PBX")
    done = bench.run("New-UMDialPlan", "pbx", CountryOrRegionCode="49", NumberOfDigitsInExtension=4)
    assert done.failure == "ADObjectAlreadyExistsException"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("NumberOfDigitsInExtension", 0),
        ("NumberOfDigitsInExtension", 21),
        ("CountryOrRegionCode", "49a"),
        ("CountryOrRegionCode", "12345"),
        ("AccessTelephoneNumbers", ["1" * 33]),
        ("AccessTelephoneNumbers", {"Add": "4900"}),
    ],
)
def test_values_that_a_new_plan_may_not_have(bench: Bench, parameter: str, value: Any) -> None:
    given = {"CountryOrRegionCode": "49", "NumberOfDigitsInExtension": 4, parameter: value}
    assert bench.run("New-UMDialPlan", "PBX", **given).failure == "DataValidationException"


@pytest.mark.parametrize(
    ("parameter", "value", "after"),
    [
        ("AccessTelephoneNumbers", ["4900", "4950"], ["4900", "4950"]),
        ("AccessTelephoneNumbers", {"Add": "4950", "Remove": "4900"}, ["4950"]),
        ("DefaultLanguage", "de-DE", "de-DE"),
        ("CountryOrRegionCode", 44, "44"),
        ("MaxCallDuration", 60, 60),
        ("InfoAnnouncementEnabled", "uninterruptible", "Uninterruptible"),
        ("OperatorExtension", None, None),
        ("OutsideLineAccessCode", "0", "0"),
        ("PilotIdentifierList", "+4989555004900", ["+4989555004900"]),
        ("ConfiguredInternationalGroups", "World,00*,00*,", ["World,00*,00*,"]),
    ],
)
def test_settings_that_can_be_changed(bench: Bench, parameter: str, value: Any, after: Any) -> None:
    bench.plan("PBX", AccessTelephoneNumbers="4900")
    bench.done("Set-UMDialPlan", "PBX", **{parameter: value})
    assert shown(bench)[parameter] == after


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("MaxRecordingDuration", 0),
        ("MaxRecordingDuration", 101),
        ("MaxCallDuration", 9),
        ("RecordingIdleTimeout", 11),
        ("PilotIdentifierList", "4900"),
        ("ConfiguredInCountryOrRegionGroups", "Germany,0*"),
        ("ConfiguredInCountryOrRegionGroups", f"{'x' * 33},0*,0*,"),
        ("ConfiguredInCountryOrRegionGroups", "Germany,0y*,0*,"),
        ("AllowedInternationalGroups", "Nowhere"),
        ("OperatorExtension", "4-000"),
        ("Name", "a/b"),
    ],
)
def test_settings_that_are_refused(bench: Bench, parameter: str, value: Any) -> None:
    bench.plan("PBX")
    effects = len(bench.journal.effects)
    assert bench.run("Set-UMDialPlan", "PBX", **{parameter: value}).failure == "DataValidationException"
    assert len(bench.journal.effects) == effects


def test_a_country_code_cannot_be_cleared(bench: Bench) -> None:
    bench.plan("PBX")
    error_id = bench.refused_binding("Set-UMDialPlan", "PBX", CountryOrRegionCode=None)
    assert error_id == "ParameterArgumentTransformationError,Set-UMDialPlan"


def test_a_language_that_is_not_installed_is_refused(bench: Bench) -> None:
    bench.plan("PBX")
    assert bench.run("Set-UMDialPlan", "PBX", DefaultLanguage="xx-XX").failure == (
        "DefaultLanguageNotAvailableException"
    )


@pytest.mark.parametrize(
    "parameter",
    ["URIType", "NumberOfDigitsInExtension", "GenerateUMMailboxPolicy", "DefaultOutboundCallingLineId"],
)
def test_immutables_and_what_only_2010_had_have_no_parameter(bench: Bench, parameter: str) -> None:
    bench.plan("PBX")
    given = {parameter: 4}
    assert bench.refused_binding("Set-UMDialPlan", "PBX", **given) == "NamedParameterNotFound,Set-UMDialPlan"


def test_setting_what_is_there_already_warns_and_is_no_effect(bench: Bench) -> None:
    bench.plan("PBX")
    effects = len(bench.journal.effects)
    done = bench.done("Set-UMDialPlan", "PBX", FaxEnabled=True)
    assert "no settings" in done.warnings[0]
    assert len(bench.journal.effects) == effects


def test_a_plan_can_be_renamed_and_keeps_its_links(bench: Bench) -> None:
    bench.plan("PBX")
    bench.gateway("sbc01")
    bench.link("sbc01", "PBX")
    bench.done("Set-UMDialPlan", "PBX", Name="Headquarters")
    assert bench.done("Get-UMHuntGroup").row["UMDialPlan"].text == "Headquarters"
    assert bench.done("Get-UMDialPlan").names == ["Headquarters"]


def test_every_set_parameter_is_shown_by_get(bench: Bench) -> None:
    bench.plan("PBX")
    assert {row.name for row in PROPERTIES} <= shown(bench).keys()


def test_a_plan_is_held_by_its_auto_attendant() -> None:
    bench = Bench(
        spec_with(
            plans=(PlanSpec("PBX", attendants=("Front Desk",)),),
            gateways=(GatewaySpec("sbc01", "sbc01.contoso.com", (("main", "PBX", ""),)),),
        )
    )
    done = bench.run("Remove-UMDialPlan", "PBX", Confirm=False)
    assert done.failure == "DialPlanAssociatedWithAutoAttendantException"
    assert "'Front Desk'" in done.errors[0].message


def test_removal_names_the_gateway_the_policy_and_the_servers_that_hold_the_plan(bench: Bench) -> None:
    bench.plan("Lync", URIType="SipName")
    bench.gateway("sbc01")
    bench.link("sbc01", "Lync")
    bench.done("Set-UMCallRouterSettings", Server="ex02", DialPlans="Lync")

    def refusal() -> tuple[str, str]:
        done = bench.run("Remove-UMDialPlan", "Lync", Confirm=False)
        return done.failure, done.errors[0].message

    failure, message = refusal()
    assert (failure, "'sbc01'" in message) == ("DialPlanAssociatedWithIPGatewayException", True)
    bench.done("Remove-UMHuntGroup", "sbc01\\main", Confirm=False)
    failure, message = refusal()
    assert (failure, "'ex02'" in message) == ("DialPlanAssociatedWithServerException", True)
    bench.done("Set-UMCallRouterSettings", Server="ex02", DialPlans=None)
    failure, message = refusal()
    assert (failure, "'Lync Default Policy'" in message) == ("DialPlanAssociatedWithPoliciesException", True)
    bench.done("Remove-UMMailboxPolicy", "Lync Default Policy", Confirm=False)
    bench.done("Remove-UMDialPlan", "Lync", Confirm=False)
    assert bench.done("Get-UMDialPlan").names == []
    assert (bench.last.cmdlet, bench.last.name, bench.last.after) == ("Remove-UMDialPlan", "Lync", None)


def test_securing_a_plan_needs_names_for_all_its_gateways(bench: Bench) -> None:
    bench.plan("PBX")
    bench.gateway("sbc01", "10.0.0.1")
    bench.link("sbc01", "PBX")
    done = bench.run("Set-UMDialPlan", "PBX", VoIPSecurity="Secured")
    assert (done.failure, "'sbc01'" in done.errors[0].message) == (
        "GatewayAddressRequiresFqdnException",
        True,
    )
    bench.done("Set-UMIPGateway", "sbc01", Address="sbc01.contoso.com")
    bench.done("Set-UMDialPlan", "PBX", VoIPSecurity="Secured")
    assert shown(bench)["VoIPSecurity"] == "Secured"
