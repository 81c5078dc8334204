"""Seeded wrong journals: each check finds what it is for; the right way to do the same breaks nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import invariants_of_cut_overs
import invariants_of_devices
import invariants_of_front_ends
import invariants_of_servers
from invariants_support import DECLARED, SBC01, Story
from um_operator.lab.clock import EPOCH
from um_operator.lab.invariants import judge, rules
from um_operator.lab.invariants.declared import Gateway, Link
from um_operator.lab.invariants.judge import RulesBrokenError

Tale = Callable[[Any], object]

EVERY_CHECK = (*rules.ALWAYS, *rules.WHERE_DECLARED, *rules.OF_FRONT_ENDS)
DELETABLE = replace(DECLARED, deletable=frozenset({"sbc01", "PBX"}))
CLOSED = replace(DECLARED, window=lambda _: False, deletable=frozenset({"sbc01"}))
REPLACED = replace(
    DECLARED, gateways={"sbc01": Gateway(None, frozenset({Link("PBX", "4999")}), removes_unlisted=True)}
)
DRAINED = ("UMIPGateway", "sbc01", "Status", "Enabled", "NoNewCalls")


def fought(times: int, between: timedelta = timedelta(minutes=10)) -> Tale:
    def tale(s: Story) -> None:
        for _ in range(times):
            s.change("UMIPGateway", "sbc01", "Port", 5060, 5070, by="administrator")
            s.change("UMIPGateway", "sbc01", "Port", 5070, 5060)
            s.wait(between)

    return tale


WRONG: dict[str, tuple[str, Story, Tale]] = {
    "made_twice": ("R1", Story(), lambda s: s.gateway("sbc01")),
    "foreign_object": ("R2", Story(), lambda s: s.change("UMIPGateway", "legacy-pbx", "Port", 5060, 5070)),
    "foreign_property": (
        "R2", Story(), lambda s: s.change("UMIPGateway", "sbc01", "OutcallsAllowed", True, False)
    ),
    "unlisted_hunt_group_removed": (
        "R2",
        Story(declared=replace(DECLARED, gateways={"sbc01": Gateway()})),
        lambda s: s.link("sbc01\\other", pilot="4901").unlink(),
    ),
    "written_where_nothing_may_be": (
        "R3",
        Story(declared=replace(DECLARED, writes=False)),
        lambda s: s.change("UMDialPlan", "PBX", "FaxEnabled", True, False),
    ),
    "removed_without_permission": (
        "R3", Story(), lambda s: s.effect("Remove-UMMailboxPolicy", "PBX Default Policy", {}, None)
    ),
    "removed_while_taking_calls": ("R3", Story(declared=DELETABLE), lambda s: s.unlink()),
    "removed_with_calls": (
        "R3",
        Story(declared=DELETABLE, calls={"sbc01": 2}),
        lambda s: s.change(*DRAINED).wait(timedelta(minutes=5)).unlink(),
    ),
    "closed_before_servers_knew": (
        "R3",
        Story(declared=DELETABLE, servers=["ex01.contoso.com"]),
        lambda s: s.change(*DRAINED).wait(timedelta(minutes=5)).unlink(),
    ),
    "policy_removed_from_a_linked_plan": (
        "R3",
        Story(declared=DELETABLE),
        lambda s: s.effect("Remove-UMMailboxPolicy", "PBX Default Policy", {"UMDialPlan": "PBX"}, None),
    ),
    "removed_with_hunt_groups": (
        "R3",
        Story(declared=DELETABLE),
        lambda s: s.change(*DRAINED).unlink(cmdlet="Remove-UMIPGateway"),
    ),
    "secured_before_the_servers": (
        "R18", Story(), lambda s: s.change("UMDialPlan", "PBX", "VoIPSecurity", "Unsecured", "Secured")
    ),
    "created_secured": ("R18", Story(), lambda s: s.plan(VoIPSecurity="SIPSecured")),
    "security_with_others": (
        "R18",
        Story(),
        lambda s: s.effect(
            "Set-UMDialPlan",
            "PBX",
            {"VoIPSecurity": "Secured", "FaxEnabled": True},
            {"VoIPSecurity": "Unsecured", "FaxEnabled": False},
        ),
    ),
    "tls_port_on_an_unsecured_plan": (
        "R18", Story(), lambda s: s.change("UMIPGateway", "sbc01", "Port", 5060, 5061)
    ),
    "tls_only_beside_an_unsecured_plan": (
        "R19", Story(), lambda s: s.change("UMService", "ex01.contoso.com", "UMStartupMode", "TCP", "TLS")
    ),
    "membership_overwritten": (
        "R21",
        Story(declared=None),
        lambda s: s.change("UMService", "ex01.contoso.com", "DialPlans", ["Lync"], ["PBX"]),
    ),
    "removed_before_replaced": ("R21", Story(declared=REPLACED), lambda s: s.unlink()),
    "written_while_held": (
        "R25",
        Story(declared=replace(DECLARED, held={"sbc01": None})),
        lambda s: s.change("UMIPGateway", "sbc01", "Port", 5060, 5070),
    ),
    "outside_the_window": (
        "R26", Story(declared=CLOSED), lambda s: s.change("UMIPGateway", "sbc01", "Port", 5060, 5070)
    ),
    "fight": ("R27", Story(), fought(4)),
    "half_made_gateway": (
        "half-made", Story(), lambda s: s.gateway().link().change("UMIPGateway", "sbc02", "Port", 5060, 5070)
    ),
    "half_made_plan": (
        "half-made",
        Story(),
        lambda s: s.plan().link(plan="New").change("UMDialPlan", "New", "FaxEnabled", True, False),
    ),
}  # fmt: skip

ALSO_WRONG: dict[str, tuple[str, Story, Tale]] = {
    "the same hunt group under another name": ("R1", Story(), lambda s: s.link("sbc01\\again", pilot="4900")),
    "a gateway with another one's address": (
        "R1", Story(), lambda s: s.gateway("sbc02", Address=SBC01["Address"])
    ),
    "disabled at once with calls": (
        "R3",
        Story(calls={"sbc01": 1}),
        lambda s: s.change("UMIPGateway", "sbc01", "Status", "Enabled", "Disabled"),
    ),
    "disabled while servers take new calls": (
        "R3",
        Story(servers=["ex01.contoso.com"]),
        lambda s: s.change("UMIPGateway", "sbc01", "Status", "Enabled", "Disabled"),
    ),
    "a gateway with port 5061 linked to an Unsecured plan": (
        "R18", Story(), lambda s: s.gateway(Port=5061).link()
    ),
    "the last hunt group of an adopted gateway": (
        "R21",
        Story(declared=replace(DECLARED, gateways={"sbc01": Gateway(removes_unlisted=True)})),
        lambda s: s.unlink(),
    ),
    "a hunt group made with its gateway": (
        "half-made",
        Story(),
        lambda s: s.gateway().effect(
            "New-UMIPGateway", "sbc02\\DefaultHuntGroup", None, {"UMDialPlan": "PBX"}, kind="UMHuntGroup"
        ),
    ),
    "a link removed outside the window": (
        "R26", Story(declared=CLOSED), lambda s: s.unlink()
    ),
    "existence fought for": (
        "R27",
        Story(),
        lambda s: [
            s.gateway().effect("Remove-UMIPGateway", "sbc02", SBC01, None, by="administrator")
            for _ in range(5)
        ],
    ),
}  # fmt: skip

RIGHT: dict[str, tuple[Story, Tale]] = {
    "a gateway made, completed, then linked": (
        Story(),
        lambda s: s.gateway().change("UMIPGateway", "sbc02", "Port", 5060, 5070).link(),
    ),
    "a linked gateway repaired after somebody changed it": (
        Story(),
        lambda s: s.gateway()
        .link()
        .change("UMIPGateway", "sbc02", "Port", 5060, 5080, by="administrator")
        .change("UMIPGateway", "sbc02", "Port", 5080, 5060),
    ),
    "a gateway deleted in order": (
        Story(declared=DELETABLE),
        lambda s: s.change(*DRAINED).wait(timedelta(minutes=1)).unlink().remove_gateway(),
    ),
    "a gateway deleted with calls after the time to wait": (
        Story(declared=DELETABLE, calls={"sbc01": 1}),
        lambda s: s.change(*DRAINED).wait(timedelta(minutes=31)).unlink().remove_gateway(),
    ),
    "a hunt group replaced by adding before removing": (
        Story(declared=REPLACED),
        lambda s: s.link("sbc01\\new", pilot="4999").unlink(),
    ),
    "the same pilot given to another plan": (
        Story(declared=replace(DECLARED, gateways={
            "sbc01": Gateway(None, frozenset({Link("Legacy", "4900")}), removes_unlisted=True)
        })),
        lambda s: s.unlink(),
    ),
    "a write after the hold has ended": (
        Story(declared=replace(DECLARED, held={"sbc01": EPOCH + timedelta(hours=1)})),
        lambda s: s.wait(timedelta(hours=1)).change("UMIPGateway", "sbc01", "Port", 5060, 5070),
    ),
    "the same value written often by its only writer": (
        Story(),
        lambda s: [s.change("UMIPGateway", "sbc01", "Port", 5060 + n, 5070) for n in range(6)],
    ),
    "three corrections in an hour": (Story(), fought(3)),
    "many corrections, slowly": (Story(), fought(8, timedelta(minutes=25))),
    "an unlinked gateway changed outside the window": (
        Story(declared=CLOSED),
        lambda s: s.gateway().change("UMIPGateway", "sbc02", "Port", 5060, 5070),
    ),
    "a plan made Unsecured, and back to it from Secured by hand": (
        Story(),
        lambda s: s.plan().change("UMDialPlan", "PBX", "VoIPSecurity", "Secured", "Unsecured"),
    ),
    "a membership added": (
        Story(declared=None),
        lambda s: s.change("UMService", "ex01.contoso.com", "DialPlans", ["Lync"], ["Lync", "PBX"]),
    ),
    "anything at all by a person": (
        Story(),
        lambda s: s.effect("Remove-UMIPGateway", "legacy-pbx", SBC01, None, by="administrator"),
    ),
}  # fmt: skip


for of in (
    invariants_of_servers,
    invariants_of_devices,
    invariants_of_cut_overs,
    invariants_of_front_ends,
):
    WRONG |= of.WRONG
    ALSO_WRONG |= of.ALSO_WRONG
    RIGHT |= of.RIGHT


@pytest.mark.parametrize("check", WRONG)
def test_a_seeded_wrong_journal_is_found_by_its_check_alone(
    check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, story, tale = WRONG[check]
    for table in ("ALWAYS", "WHERE_DECLARED", "OF_FRONT_ENDS"):
        alone = tuple(row for row in getattr(rules, table) if row[1].__name__ == check)
        monkeypatch.setattr(judge, table, alone)
    tale(story)
    assert story.broken == [rule]


@pytest.mark.parametrize("name", ALSO_WRONG)
def test_other_wrong_journals_break_their_rule(name: str) -> None:
    rule, story, tale = ALSO_WRONG[name]
    tale(story)
    assert rule in story.broken


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_way_breaks_nothing(name: str) -> None:
    story, tale = RIGHT[name]
    tale(story)
    story.invariants.check()


def test_every_check_has_a_wrong_journal() -> None:
    assert set(WRONG) == {check.__name__ for _, check in EVERY_CHECK}


def test_every_rule_is_asserted_or_says_why_not() -> None:
    asserted = {rule for rule, _ in EVERY_CHECK}
    asserted |= rules.AT_THE_END
    numbers = {f"R{number}" for number in range(1, 28)}
    assert asserted & numbers | set(rules.NOT_YET) == numbers
    assert not asserted & set(rules.NOT_YET)


def test_a_failed_or_cut_call_of_a_served_gateway_breaks_the_first_rule_of_all() -> None:
    story = Story(declared=replace(DECLARED, served=frozenset({"sbc01"})))
    for gateway in ("sbc01", "legacy-pbx"):
        story.journal.note("CallFailed", server="ex01", gateway=gateway, cause="NoHuntGroup")
    with pytest.raises(RulesBrokenError, match="sbc01"):
        story.invariants.check()
    assert len(story.invariants.violations) == 1


def test_a_call_lost_with_a_machine_that_somebody_took_away_is_nobodys_fault() -> None:
    story = Story(declared=replace(DECLARED, served=frozenset({"sbc01"})))

    def fails(server: str) -> int:
        story.journal.note("CallFailed", server=server, gateway="sbc01", cause="Unreachable")
        with contextlib.suppress(RulesBrokenError):
            story.invariants.check()
        return len(story.invariants.violations)

    story.journal.note("ServerDown", server="ex01")
    assert fails("ex01") == 0
    assert fails("ex02") == 1
    story.journal.note("ServerUp", server="ex01")
    assert fails("ex01") == 1, "its services are just starting"
    story.wait(timedelta(minutes=5))
    assert fails("ex01") == 2


def test_a_listed_hunt_group_may_go_once_it_is_no_longer_listed() -> None:
    story = Story()
    story.invariants.declare(
        replace(DECLARED, gateways={"sbc01": Gateway(None, frozenset({Link("PBX", "4999")}))})
    )
    story.link("sbc01\\new", pilot="4999").unlink()
    story.invariants.check()


def test_a_renamed_gateway_keeps_its_hunt_groups() -> None:
    story = Story(declared=replace(DELETABLE, deletable=frozenset({"edge"}), gateways={"edge": Gateway()}))
    story.change("UMIPGateway", "sbc01", "Name", "sbc01", "edge", by="administrator")
    story.unlink("edge\\main")
    assert story.broken == ["R3"], "it was removed while taking calls"


def test_a_requested_retry_lets_a_field_be_corrected_again() -> None:
    story = Story()
    fought(3)(story)
    story.invariants.declare(replace(DECLARED, revision="with the annotation"))
    fought(1)(story)
    story.invariants.check()
