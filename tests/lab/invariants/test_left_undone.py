"""What is asserted when all is done: what was begun on a server has been finished (R8, R13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import invariants_of_cut_overs
from invariants_fleet import EX01, EX02
from invariants_of_devices import Workbench
from invariants_of_front_ends import APPROVED, FE, Pooled
from invariants_of_servers import ALLOWED, MINUTE, Rollout, Tale
from invariants_support import Story
from um_operator.lab.clock import EPOCH
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.invariants.judge import RulesBrokenError

UNDONE: dict[str, tuple[str, Tale]] = {
    "a drain": ("R13", lambda s: s.drain()),
    "a stopped service": ("R13", lambda s: s.drain().stop().activate()),
    "a service that is not warm": ("R13", lambda s: s.drain().stop().start().activate()),
    "a mode without a certificate": ("R8", lambda s: s.mode()),
}


@pytest.mark.parametrize("name", UNDONE)
def test_what_was_begun_and_left_is_found_at_the_end(name: str) -> None:
    rule, tale = UNDONE[name]
    story = Rollout(declared=ALLOWED)
    tale(story)
    with pytest.raises(RulesBrokenError):
        story.invariants.check_end()
    assert rule in story.broken


def test_a_finished_sequence_leaves_nothing() -> None:
    story = Rollout(declared=ALLOWED)
    story.mode().bind().restart()
    story.invariants.check_end()


def test_what_others_left_is_not_ours() -> None:
    story = Rollout(declared=ALLOWED)
    story.say("Draining", by="administrator").stop(by="administrator")
    story.invariants.check_end()


def test_a_service_that_went_away_later_is_not_ours() -> None:
    story = Rollout(declared=ALLOWED)
    story.restart()
    story.wait(MINUTE)
    story.stop(by="administrator")
    story.invariants.check_end()


def test_what_is_begun_inside_the_window_is_finished_outside_of_it() -> None:
    ends = EPOCH + timedelta(minutes=5)
    story = Rollout(declared=replace(ALLOWED, window=lambda instant: instant < ends))
    story.drain()
    story.wait(10 * MINUTE)
    story.stop().start().ready().activate()
    story.invariants.check_end()
    story.drain(EX02)
    assert story.broken == ["R26"]


def test_what_is_begun_before_the_hold_is_finished_under_it() -> None:
    story = Rollout(declared=ALLOWED)
    story.drain()
    story.invariants.declare(replace(ALLOWED, held={EX01: None}))
    story.stop().start().ready().activate()
    story.invariants.check_end()


NOT_ANY_MORE = [replace(ALLOWED, servers=frozenset()), replace(ALLOWED, writes=False)]


@pytest.mark.parametrize("declared", NOT_ANY_MORE, ids=["nobody declares it", "in Observe"])
def test_what_is_half_written_is_made_whole_and_nothing_else_is_written(declared: Declared) -> None:
    story = Rollout(declared=ALLOWED)
    story.mode()
    story.invariants.declare(declared)
    story.bind()
    story.invariants.check_end()
    story.bind("B" * 40, "A" * 40)
    assert story.broken


def test_a_new_declaration_lets_a_certificate_be_tried_again() -> None:
    story = Rollout(declared=ALLOWED)
    story.bind("B" * 40, "A" * 40).bind("A" * 40, "B" * 40)
    story.invariants.declare(replace(ALLOWED, revision="retry requested"))
    story.bind("B" * 40, "A" * 40)
    story.invariants.check()


def test_a_trunk_that_went_down_by_our_doing_and_stays_down_is_found_at_the_end() -> None:
    story = Workbench(declared=ALLOWED).touch(Trunk="Down")
    with pytest.raises(RulesBrokenError):
        story.invariants.check_end()
    assert story.broken == ["R24"]


def test_a_trunk_that_was_brought_back_is_no_loss() -> None:
    story = Workbench(declared=ALLOWED).touch(Trunk="Down").touch(Trunk="Up")
    story.invariants.check_end()


def test_a_tls_port_whose_plan_did_not_follow_is_found_at_the_end() -> None:
    story = Story()
    invariants_of_cut_overs.port(invariants_of_cut_overs.dual(story))
    with pytest.raises(RulesBrokenError):
        story.invariants.check_end()
    assert story.broken == ["R18"]
    invariants_of_cut_overs.port(story, 5061, 5060)
    story.invariants.violations.clear()
    story.invariants.check_end()


def test_services_of_a_front_end_that_were_stopped_and_not_all_started_again_are_found() -> None:
    story = Pooled(declared=APPROVED)
    story.stop().start(FE[0], "RTCSRV")
    with pytest.raises(RulesBrokenError, match="RTCRGS"):
        story.invariants.check_end()
    assert story.broken == ["R22"]


def test_services_of_a_front_end_that_somebody_else_stopped_later_are_not_ours() -> None:
    story = Pooled(declared=APPROVED)
    story.stop().start().wait(MINUTE)
    story.stopped[FE[0]]["RTCSRV"] = story.clock.now()
    story.invariants.check_end()


@pytest.mark.parametrize(("calls_out", "found"), [(False, "none"), (True, "pool, sbc01")])
def test_a_plan_without_exactly_one_way_out_is_found(calls_out: bool, found: str) -> None:
    story = Pooled(declared=APPROVED)
    name = "pool" if calls_out else "sbc01"
    story.change("UMIPGateway", name, "OutcallsAllowed", not calls_out, calls_out, by="administrator")
    with pytest.raises(RulesBrokenError, match=found):
        story.invariants.check_end()
    assert story.broken == ["R20"]
