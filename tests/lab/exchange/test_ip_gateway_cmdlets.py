"""New-, Get-, Set-, Enable-, Disable- and Remove-UMIPGateway: defaults, limits, refusals."""

from typing import Any

import pytest

from exchange_bench import Bench
from um_operator.lab.exchange.wire import readable
from um_operator.lab.variants import GatewayRemoval, SharedAddress, SmartHost, Variants


@pytest.fixture
def bench() -> Bench:
    return Bench()


def shown(bench: Bench, name: str = "sbc01") -> dict[str, Any]:
    return {k: readable(v) for k, v in bench.done("Get-UMIPGateway", name).row.items()}


def test_a_new_gateway_has_the_documented_defaults(bench: Bench) -> None:
    bench.gateway("sbc01")
    defaults = {
        "Address": "sbc01.contoso.com",
        "Port": 5060,
        "Status": "Enabled",
        "IPAddressFamily": "IPv4Only",
        "OutcallsAllowed": True,
        "MessageWaitingIndicatorAllowed": True,
        "Simulator": False,
        "DelayedSourcePartyInfoEnabled": False,
        "HuntGroups": [],
    }
    row = shown(bench)
    assert {name: row[name] for name in defaults} == defaults


@pytest.mark.parametrize("parameter", ["Port", "Status", "OutcallsAllowed", "Identity"])
def test_a_new_gateway_takes_no_setting_that_only_set_takes(bench: Bench, parameter: str) -> None:
    given = {parameter: 5061}
    error_id = bench.refused_binding("New-UMIPGateway", "sbc01", Address="sbc01.contoso.com", **given)
    assert error_id == "NamedParameterNotFound,New-UMIPGateway"


def test_a_new_gateway_with_a_plan_gets_a_default_hunt_group_for_every_number(bench: Bench) -> None:
    bench.plan("PBX")
    bench.gateway("sbc01", UMDialPlan="PBX")
    row = bench.done("Get-UMHuntGroup").row
    assert (row["UMDialPlan"].text, row["UMIPGateway"].text, row["PilotIdentifier"]) == ("PBX", "sbc01", "")


def test_a_new_gateway_without_a_plan_is_inert(bench: Bench) -> None:
    bench.gateway("sbc01")
    assert bench.done("Get-UMHuntGroup").rows == []


@pytest.mark.parametrize(
    "address", ["sbc01 contoso", "sbc01.contoso.com:5060", "300.1.1.1", "-a.com", "a..b", "", "x" * 256]
)
def test_addresses_that_are_refused(bench: Bench, address: str) -> None:
    assert bench.run("New-UMIPGateway", "sbc01", Address=address).failure == "DataValidationException"


@pytest.mark.parametrize(
    ("address", "family", "good"),
    [
        ("10.0.0.1", "IPv4Only", True),
        ("10.0.0.1", "Any", True),
        ("10.0.0.1", "IPv6Only", False),
        ("fe80::1", "IPv4Only", False),
        ("fe80::1%11", "Any", True),
        ("sbc01.contoso.com", "IPv6Only", True),
    ],
)
def test_an_address_must_be_one_of_its_family(bench: Bench, address: str, family: str, good: bool) -> None:
    done = bench.run("New-UMIPGateway", "sbc01", Address=address, IPAddressFamily=family)
    assert (done.errors == []) is good
    if not good:
        assert done.failure == "GatewayIPAddressFamilyInconsistentException"


@pytest.mark.parametrize("name", ["x" * 65, "a/b", ""])
def test_names_that_are_refused(bench: Bench, name: str) -> None:
    done = bench.run("New-UMIPGateway", name, Address="sbc01.contoso.com")
    assert done.failure == "DataValidationException"


def test_a_name_is_taken_in_any_case(bench: Bench) -> None:
    bench.gateway("sbc01")
    done = bench.run("New-UMIPGateway", "SBC01", Address="other.contoso.com")
    assert done.failure == "ADObjectAlreadyExistsException"


@pytest.mark.parametrize(
    ("parameter", "value", "after"),
    [
        ("Port", 5061, 5061),
        ("Port", 0, 0),
        ("Port", 65535, 65535),
        ("Address", "10.0.0.9", "10.0.0.9"),
        ("Status", "nonewcalls", "NoNewCalls"),
        ("OutcallsAllowed", False, False),
        ("DelayedSourcePartyInfoEnabled", True, True),
    ],
)
def test_settings_that_can_be_changed(bench: Bench, parameter: str, value: Any, after: Any) -> None:
    bench.gateway("sbc01")
    bench.done("Set-UMIPGateway", "sbc01", **{parameter: value})
    assert shown(bench)[parameter] == after
    assert (bench.last.before or {}).keys() == (bench.last.after or {}).keys() == {parameter}


@pytest.mark.parametrize("port", [-1, 65536])
def test_ports_that_are_refused(bench: Bench, port: int) -> None:
    bench.gateway("sbc01")
    assert bench.run("Set-UMIPGateway", "sbc01", Port=port).failure == "DataValidationException"


@pytest.mark.parametrize("security", ["SIPSecured", "Secured"])
def test_a_gateway_of_a_secured_plan_needs_a_name(bench: Bench, security: str) -> None:
    bench.plan("PBX", VoIPSecurity=security)
    refused = "GatewayAddressRequiresFqdnException"
    assert bench.run("New-UMIPGateway", "a", Address="10.0.0.1", UMDialPlan="PBX").failure == refused
    bench.gateway("b", "10.0.0.2")
    assert bench.run("New-UMHuntGroup", "main", UMDialPlan="PBX", UMIPGateway="b").failure == refused
    bench.gateway("sbc01", UMDialPlan="PBX")
    assert bench.run("Set-UMIPGateway", "sbc01", Address="10.0.0.3").failure == refused
    assert shown(bench)["Address"] == "sbc01.contoso.com"


def test_simulators_are_shown_only_on_request(bench: Bench) -> None:
    bench.gateway("sbc01")
    bench.gateway("sim")
    bench.done("Set-UMIPGateway", "sim", Simulator=True)
    assert bench.done("Get-UMIPGateway").names == ["sbc01"]
    assert bench.done("Get-UMIPGateway", IncludeSimulator=True).names == ["sbc01", "sim"]


def test_disabling_lets_calls_end_unless_it_is_immediate(bench: Bench) -> None:
    bench.gateway("sbc01")
    bench.done("Disable-UMIPGateway", "sbc01", Confirm=False)
    assert shown(bench)["Status"] == "NoNewCalls"
    bench.done("Disable-UMIPGateway", "sbc01", Immediate=True, Confirm=False)
    assert shown(bench)["Status"] == "Disabled"
    bench.done("Enable-UMIPGateway", "sbc01")
    assert shown(bench)["Status"] == "Enabled"
    assert bench.run("Enable-UMIPGateway", "sbc01").failure == "GatewayStatusAlreadySetException"


def test_removing_a_gateway_takes_its_hunt_groups(bench: Bench) -> None:
    bench.plan("PBX")
    bench.gateway("sbc01", UMDialPlan="PBX")
    bench.done("Remove-UMIPGateway", "sbc01", Confirm=False)
    assert bench.done("Get-UMIPGateway").rows == []
    assert bench.done("Get-UMHuntGroup").rows == []


def test_variant_a_gateway_with_hunt_groups_cannot_be_removed() -> None:
    bench = Bench(variants=Variants(gateway_removal=GatewayRemoval.REFUSED))
    bench.plan("PBX")
    bench.gateway("sbc01", UMDialPlan="PBX")
    done = bench.run("Remove-UMIPGateway", "sbc01", Confirm=False)
    assert (done.failure, "sbc01\\DefaultHuntGroup" in done.errors[0].message) == (
        "GatewayAssociatedWithHuntGroupException",
        True,
    )


def test_an_address_belongs_to_one_gateway(bench: Bench) -> None:
    bench.gateway("sbc01")
    bench.gateway("sbc02")
    new = bench.run("New-UMIPGateway", "sbc03", Address="SBC01.contoso.com")
    changed = bench.run("Set-UMIPGateway", "sbc02", Address="sbc01.contoso.com")
    assert [new.failure, changed.failure] == ["GatewayAddressAlreadyExistsException"] * 2
    assert "'sbc01'" in new.errors[0].message


def test_variant_two_gateways_of_one_address() -> None:
    bench = Bench(variants=Variants(shared_address=SharedAddress.ACCEPTED))
    bench.gateway("sbc01")
    bench.gateway("sbc02", "sbc01.contoso.com")
    assert bench.done("Get-UMIPGateway").names == ["sbc01", "sbc02"]


def test_variant_the_address_is_an_object_that_shows_as_its_text() -> None:
    bench = Bench(variants=Variants(smart_host=SmartHost.OBJECT))
    bench.gateway("sbc01")
    address = bench.done("Get-UMIPGateway").row["Address"]
    assert (address.text, address.type_names[0]) == (
        "sbc01.contoso.com",
        "Microsoft.Exchange.Data.UMSmartHost",
    )
