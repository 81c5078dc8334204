"""New-, Get- and Remove-UMHuntGroup."""

import pytest

from exchange_bench import Bench
from um_operator.lab.variants import SharedPilot, Variants


@pytest.fixture
def bench() -> Bench:
    return linked_bench()


def linked_bench(variants: Variants | None = None) -> Bench:
    bench = Bench(variants=variants)
    bench.plan("PBX")
    bench.plan("Branch")
    bench.gateway("sbc01")
    bench.gateway("sbc02")
    return bench


def test_a_hunt_group_links_a_gateway_to_a_plan(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "main", "4900")
    row = bench.done("Get-UMHuntGroup").row
    assert (row["UMDialPlan"].text, row["UMIPGateway"].text, row["PilotIdentifier"]) == (
        "PBX",
        "sbc01",
        "4900",
    )
    assert row["Identity"].text == "sbc01\\main"
    assert row["DistinguishedName"].startswith("CN=main,CN=sbc01,CN=UM IPGateway Container,")
    assert [g.text for g in bench.done("Get-UMDialPlan", "PBX").row["UMIPGateway"]] == ["sbc01"]
    assert [g.text for g in bench.done("Get-UMIPGateway", "sbc01").row["HuntGroups"]] == ["sbc01\\main"]


def test_a_hunt_group_is_found_only_behind_its_gateway(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "main")
    assert bench.run("Get-UMHuntGroup", "main").failure == "ManagementObjectNotFoundException"
    assert bench.run("Get-UMHuntGroup", "sbc02\\main").failure == "ManagementObjectNotFoundException"
    assert bench.done("Get-UMHuntGroup", "SBC01\\Main").names == ["main"]


def test_hunt_groups_can_be_listed_by_plan(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "main", "4900")
    bench.link("sbc01", "Branch", "branch", "790")
    assert bench.done("Get-UMHuntGroup", UMDialPlan="Branch").names == ["branch"]


def test_a_name_is_taken_on_its_gateway_only(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "main", "4900")
    bench.link("sbc02", "PBX", "main", "4900")
    taken = bench.run(
        "New-UMHuntGroup", "Main", UMDialPlan="Branch", UMIPGateway="sbc01", PilotIdentifier="7"
    )
    assert taken.failure == "ADObjectAlreadyExistsException"


@pytest.mark.parametrize("missing", ["Name", "UMDialPlan", "UMIPGateway"])
def test_what_a_hunt_group_must_have(bench: Bench, missing: str) -> None:
    given = {"Name": "main", "UMDialPlan": "PBX", "UMIPGateway": "sbc01"}
    del given[missing]
    assert bench.refused_binding("New-UMHuntGroup", **given) == "MissingMandatoryParameter,New-UMHuntGroup"


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        ({"UMDialPlan": "None"}, "ManagementObjectNotFoundException"),
        ({"UMIPGateway": "none"}, "ManagementObjectNotFoundException"),
        ({"Name": "x" * 65}, "DataValidationException"),
        ({"Name": "a\\b"}, "DataValidationException"),
        ({"PilotIdentifier": "1" * 257}, "DataValidationException"),
    ],
)
def test_hunt_groups_that_are_refused(bench: Bench, given: dict[str, str], failure: str) -> None:
    whole = {"Name": "main", "UMDialPlan": "PBX", "UMIPGateway": "sbc01"} | given
    effects = len(bench.journal.effects)
    assert bench.run("New-UMHuntGroup", **whole).failure == failure
    assert len(bench.journal.effects) == effects


def test_a_hunt_group_cannot_be_changed(bench: Bench) -> None:
    assert bench.refused_binding("Set-UMHuntGroup", "sbc01\\main") == "CommandNotFoundException"


def test_a_removed_hunt_group_unlinks(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "main")
    bench.done("Remove-UMHuntGroup", "sbc01\\main", Confirm=False)
    assert bench.done("Get-UMDialPlan", "PBX").row["UMIPGateway"] == []


def test_a_hunt_group_can_be_replaced_by_adding_before_removing(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "old", "4900")
    bench.link("sbc01", "Branch", "new", "4900")
    bench.done("Remove-UMHuntGroup", "sbc01\\old", Confirm=False)
    assert bench.done("Get-UMHuntGroup").names == ["new"]


def test_variant_one_pilot_of_a_gateway_leads_to_one_plan() -> None:
    bench = linked_bench(Variants(shared_pilot=SharedPilot.REFUSED))
    bench.link("sbc01", "PBX", "old", "4900")
    done = bench.run(
        "New-UMHuntGroup", "new", UMDialPlan="Branch", UMIPGateway="sbc01", PilotIdentifier="4900"
    )
    assert done.failure == "PilotIdentifierAlreadyExistsException"
    bench.link("sbc02", "Branch", "new", "4900")
