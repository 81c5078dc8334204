"""How values look in a pipeline's output, in every variant (field notes 7.4)."""

from datetime import timedelta
from typing import Any

import pytest

from exchange_bench import Bench
from um_operator.lab.exchange import wire
from um_operator.lab.powershell import EnumValue
from um_operator.lab.variants import EmptyList, PlanMembers, SingleValue, Variants


@pytest.mark.parametrize(
    ("variants", "numbers", "shown"),
    [
        (Variants(), [], []),
        (Variants(), ["1"], ["1"]),
        (Variants(empty_list=EmptyList.NIL), [], None),
        (Variants(single_value=SingleValue.SCALAR), ["1"], "1"),
        (Variants(single_value=SingleValue.SCALAR), ["1", "2"], ["1", "2"]),
        (Variants.others(), [], None),
    ],
)
def test_a_multi_valued_property(variants: Variants, numbers: list[str], shown: Any) -> None:
    bench = Bench(variants=variants)
    bench.plan("PBX", AccessTelephoneNumbers=numbers)
    assert bench.done("Get-UMDialPlan", "PBX").row["AccessTelephoneNumbers"] == shown


def test_references_take_the_same_shapes() -> None:
    bench = Bench(variants=Variants(empty_list=EmptyList.NIL, single_value=SingleValue.SCALAR))
    bench.plan("PBX")
    assert bench.done("Get-UMDialPlan", "PBX").row["UMIPGateway"] is None
    bench.gateway("sbc01", UMDialPlan="PBX")
    assert bench.done("Get-UMDialPlan", "PBX").row["UMIPGateway"].text == "sbc01"


def test_variant_a_plan_lists_its_call_routers_as_well() -> None:
    bench = Bench(variants=Variants(plan_members=PlanMembers.ALL))
    bench.plan("Lync", URIType="SipName")
    bench.done("Set-UMCallRouterSettings", "ex01", DialPlans="Lync")
    bench.done("Set-UMService", "ex02", DialPlans="Lync")
    names = [server.text for server in bench.done("Get-UMDialPlan", "Lync").row["UMServers"]]
    assert names == ["ex02", "ex01"]


def test_an_enum_has_its_type_its_name_and_its_number() -> None:
    bench = Bench()
    bench.plan("PBX", VoIPSecurity="SIPSecured")
    shown = bench.done("Get-UMDialPlan", "PBX").row["VoIPSecurity"]
    assert isinstance(shown, EnumValue)
    assert (shown.name, shown.type_name.rpartition(".")[2]) == ("SIPSecured", "UMVoIPSecurityType")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=30), "30.00:00:00"),
        (timedelta(minutes=20), "00:20:00"),
        (timedelta(hours=26, seconds=5), "1.02:00:05"),
    ],
)
def test_a_time_span(span: timedelta, text: str) -> None:
    shown = wire.time_span(span)
    assert (shown.text, shown.properties["Ticks"]) == (text, int(span.total_seconds()) * 10_000_000)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (250 * 2**20, "250 MB (262,144,000 bytes)"),
        (2**30, "1 GB (1,073,741,824 bytes)"),
        (17, "17 B (17 bytes)"),
    ],
)
def test_a_size(size: int, text: str) -> None:
    assert wire.byte_size(size) == text


@pytest.mark.parametrize("name", ["Søn & Co", "a.b", "#1", "(x)"])
def test_a_name_in_a_dn_is_found_again_by_that_dn(name: str) -> None:
    bench = Bench()
    bench.plan(name)
    dn = bench.done("Get-UMDialPlan").row["DistinguishedName"]
    assert bench.done("Get-UMDialPlan", dn).names == [name]


def test_a_property_of_each_row_says_of_which_type_a_reference_is_before_any_list_does() -> None:
    """Clients that skip the elements of lists need the first ADObjectId outside of one."""
    bench = Bench()
    bench.plan("PBX")
    bench.gateway("sbc01", UMDialPlan="PBX")
    for cmdlet in ("Get-UMDialPlan", "Get-UMIPGateway", "Get-UMHuntGroup", "Get-UMService"):
        properties = list(bench.done(cmdlet).rows[0].properties)
        assert properties.index("Identity") < 8
