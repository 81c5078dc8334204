"""What a domain controller has shown once it shows again without making it anew, until its copy changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange_bench import DC2, Bench


@pytest.fixture
def bench() -> Bench:
    """Everything has been shown once."""
    bench = Bench()
    bench.plan("PBX")
    bench.gateway("sbc01")
    bench.link("sbc01", "PBX", "main", "4900")
    for noun in ("UMDialPlan", "UMIPGateway", "UMHuntGroup", "UMMailboxPolicy"):
        assert bench.done(f"Get-{noun}").rows
    return bench


@pytest.mark.parametrize("noun", ["UMDialPlan", "UMIPGateway", "UMHuntGroup", "UMMailboxPolicy"])
def test_what_did_not_change_is_the_same_object(bench: Bench, noun: str) -> None:
    [first], [again] = bench.done(f"Get-{noun}").rows, bench.done(f"Get-{noun}").rows
    assert first is again


def test_a_changed_object_is_shown_as_it_is_now(bench: Bench) -> None:
    bench.done("Set-UMIPGateway", "sbc01", Port=5070)
    assert bench.done("Get-UMIPGateway").row["Port"] == 5070


def test_what_another_objects_change_leaves_as_it_was_is_the_same_object(bench: Bench) -> None:
    [first] = bench.done("Get-UMDialPlan").rows
    bench.done("Set-UMIPGateway", "sbc01", Port=5070)
    [again] = bench.done("Get-UMDialPlan").rows
    assert first is again


def test_a_new_name_is_shown_by_everything_that_refers_to_it(bench: Bench) -> None:
    bench.done("Set-UMDialPlan", "PBX", Name="Main")
    bench.done("Set-UMIPGateway", "sbc01", Name="cube01")
    group, policy = bench.done("Get-UMHuntGroup").row, bench.done("Get-UMMailboxPolicy").row
    assert (group["UMDialPlan"].text, group["UMIPGateway"].text) == ("Main", "cube01")
    assert group["DistinguishedName"].startswith("CN=main,CN=cube01,")
    assert policy["UMDialPlan"].text == "Main"
    assert [found.text for found in bench.done("Get-UMDialPlan").row["UMIPGateway"]] == ["cube01"]


def test_what_refers_to_an_object_is_shown_with_it(bench: Bench) -> None:
    bench.link("sbc01", "PBX", "second", "4950")
    assert len(bench.done("Get-UMIPGateway").row["HuntGroups"]) == 2
    bench.done("Remove-UMHuntGroup", "sbc01\\main", Confirm=False)
    assert [group.text for group in bench.done("Get-UMIPGateway").row["HuntGroups"]] == ["sbc01\\second"]


def test_another_domain_controller_shows_a_change_when_it_has_it(bench: Bench) -> None:
    bench.clock.advance(timedelta(minutes=5))
    assert bench.done("Get-UMIPGateway", DomainController=DC2).row["Port"] == 5060
    bench.done("Set-UMIPGateway", "sbc01", Port=5070)
    assert bench.done("Get-UMIPGateway", DomainController=DC2).row["Port"] == 5060
    bench.clock.advance(timedelta(minutes=5))
    seen = bench.done("Get-UMIPGateway", DomainController=DC2).row
    assert (seen["Port"], seen["OriginatingServer"]) == (5070, DC2)
