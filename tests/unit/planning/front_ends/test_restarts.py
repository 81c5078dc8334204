"""When front ends are restarted, who says so, and what is started again in any case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from front_end_model import POOL, Pool
from front_end_support import PoolWorld, both, computers, owing, pool_world, stopped
from lync_support import CONTACT, LYNC, READ
from manifests_support import gateway
from planning_support import World, of_type
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.engine import ledger
from um_operator.observed.restarts import Integrated
from um_operator.planning.conditions import statuses
from um_operator.planning.front_ends.turns import one_at_a_time
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import (
    FrontEndStep,
    SetVoIPSecurity,
    StartFrontEndServices,
    StopFrontEndServices,
)

GATEWAY = ObjectKey("UMIPGateway", "pool")
EVERYWHERE = timedelta(minutes=26)
"""Longer than replication and one poll of each server take."""
FIRST, SECOND = "lyncfe01.contoso.com", "lyncfe02.contoso.com"


def reasons_of(world: World, computer: str = FIRST) -> set[str]:
    (found,) = [
        one
        for one in world.plan.steps
        if isinstance(one.step, StopFrontEndServices) and one.step.computer == computer
    ]
    return {wait.reason for wait in found.waits}


def to_its_end(world: PoolWorld) -> tuple[PoolWorld, list[str]]:
    """Return the world after every pass that does something, and the steps on front ends in their order."""
    ran: list[str] = []
    for _ in range(200):
        ready = [one for one in world.noted().plan.steps if one.ready]
        world = world.noted()
        if ready:
            step = ready[0].step
            if isinstance(step, StopFrontEndServices | StartFrontEndServices):
                ran.append(f"{type(step).__name__[:-16]} {step.computer.split('.')[0]}")
            changed = world.ran(ready[0])
            assert isinstance(changed, PoolWorld)
            world = changed
        elif not world.plan.steps:
            return world, ran
        else:
            world = replace(world.rested(), now=world.now + timedelta(minutes=5))
    raise AssertionError("it never ends")


def test_a_pool_that_lacks_nothing_when_it_is_first_looked_at_is_left_as_it_is() -> None:
    world = pool_world().noted()

    assert not world.noted().plan.steps
    assert world.integrated is not None
    assert world.integrated.dial_plans == ("Contoso-Lync",)


@pytest.mark.parametrize(
    ("lacking", "owes"),
    [
        ({"members": {}}, False),
        ({"late": frozenset({FIRST})}, False),
        ({"contacts": ()}, True),
        ({"missing": frozenset({READ})}, True),
    ],
    ids=["members", "replication", "contacts", "permissions"],
)
def test_a_pool_that_was_integrated_by_hand_owes_restarts_for_what_its_front_ends_look_for_only(
    lacking: dict[str, Any], owes: bool
) -> None:
    whole = pool_world()
    given = {name: getattr(whole.pool_estate, name) for name in lacking}
    end = whole.when(**lacking).when(**given).noted()
    assert bool(computers(end, StopFrontEndServices, ready=False)) is owes


def test_front_ends_of_a_new_pool_are_restarted_one_after_another_once_everything_is_in_place() -> None:
    missing = pool_world().when(contacts=())
    assert computers(missing, StopFrontEndServices, ready=False)
    assert computers(missing, StopFrontEndServices) == []
    assert missing.integrated == Integrated()

    end, ran = to_its_end(missing.when(contacts=(CONTACT,)))

    assert ran == [f"{what} lyncfe{n:02}" for n in range(1, 5) for what in ("Stop", "Start", "Start")]
    assert not end.stopped
    assert all(one.up and one.dependent == "Running" for one in end.pool_estate.pool.front_ends)


@pytest.mark.parametrize("written", [LYNC, GATEWAY])
def test_front_ends_are_restarted_once_every_server_has_read_what_was_written_for_them(
    written: ObjectKey,
) -> None:
    others = [gateway("pool", address=POOL)] if written == GATEWAY else []
    missing = pool_world(None, *others).when(contacts=())
    entry = replace(missing.ledger.entry(written), written_at=missing.now)
    just = replace(missing, ledger=missing.ledger.with_entries({written: entry}))

    early = just.when(contacts=(CONTACT,))
    assert computers(early, StopFrontEndServices) == []
    assert reasons_of(early) == {Reason.WAITING_FOR_REPLICATION}
    assert computers(replace(early, now=early.now + EVERYWHERE).noted(), StopFrontEndServices)


def test_a_pool_that_was_restarted_is_not_restarted_again_when_its_integration_is_made_anew() -> None:
    end, _ = to_its_end(owing())

    again = replace(end, ledger=end.ledger.only({end.desired.key}))

    assert to_its_end(again)[1] == []


def test_a_dial_plan_that_is_added_later_is_a_need_of_its_own() -> None:
    world = pool_world().noted()
    known = world.integrated
    assert known is not None
    entry = replace(
        world.ledger.entry(world.desired.key), integrated={POOL: replace(known, dial_plans=("Other",))}
    )
    later = replace(world, ledger=world.ledger.with_entries({world.desired.key: entry}))

    assert computers(later, StopFrontEndServices, ready=False)
    (finding,) = [one for one in later.plan.findings_of(LYNC) if one.reason == Reason.RESTART_OWED]
    assert 'dial plan "Contoso-Lync" is new' in finding.message


def test_a_restart_says_whose_telephones_fail_and_waits_for_an_approval_of_its_own() -> None:
    world = owing(Pool.of(3), frontEndRestart={"policy": "OnApproval"})

    assert reasons_of(world) == {Reason.WAITING_FOR_APPROVAL}
    sentence = world.plan.of(LYNC)[0].step.sentence
    for word in (
        "emergency calls", "1840 users", '"lyncpool02.contoso.com"', "Mediation Server", "one more failure",
    ):  # fmt: skip
        assert word in sentence


def test_exactly_the_quorum_needs_an_approval_even_where_restarts_are_automatic() -> None:
    assert reasons_of(owing(Pool.of(3))) == {Reason.WAITING_FOR_APPROVAL}
    assert reasons_of(owing(Pool.of(4))) == set()


@pytest.mark.parametrize("policy", ["OnApproval", "Automatic", "Never"])
def test_a_pool_of_two_is_left_to_a_person_whose_restart_is_seen(policy: str) -> None:
    two = Pool((Pool.of(4).front_ends[0],) * 2)
    world = owing(two, frontEndRestart={"policy": policy})
    assert not world.plan.steps
    (finding,) = world.plan.findings_of(LYNC)
    assert finding.reason == Reason.POOL_TOO_SMALL

    by_hand = world.when(pool=two.revived(0).revived(1))

    assert not by_hand.plan.findings_of(LYNC)


@pytest.mark.parametrize("policy", ["OnApproval", "Never"])
def test_a_person_is_asked_for_a_restart_only_once_it_helps(policy: str) -> None:
    two = Pool((Pool.of(4).front_ends[0],) * 2)
    missing = pool_world(two, frontEndRestart={"policy": policy}).when(contacts=())
    (waits,) = [one for one in missing.plan.findings_of(LYNC) if one.path == f"pools[{POOL}].restart"]
    assert waits.reason == Reason.WAITING_FOR_PLANS
    assert "only once everything is in place" in waits.message

    in_place = missing.when(contacts=(CONTACT,)).noted()

    assert [one.reason for one in in_place.plan.findings_of(LYNC)] == [Reason.POOL_TOO_SMALL]


def test_nothing_of_exchange_is_interrupted_while_a_front_end_is_down() -> None:
    world = stopped(owing())
    estate = world.pool_estate
    pool = replace(estate.gateways["pool"], port=5060)
    other = replace(world, estate=replace(estate, gateways={**estate.gateways, "pool": pool}))

    interrupting = [
        one for one in other.plan.steps if one.step.interrupts and not isinstance(one.step, FrontEndStep)
    ]

    assert interrupting
    for one in interrupting:
        assert Reason.WAITING_FOR_FRONT_ENDS in {wait.reason for wait in one.waits}


def test_front_ends_do_not_begin_beside_what_interrupts_calls_of_exchange() -> None:
    stops = [one for one in owing().plan.steps if one.ready]
    secured = PlannedStep(
        SetVoIPSecurity(
            owner=LYNC, dial_plan="Contoso-PBX", security="Secured", before="Unsecured", interrupts=True
        )
    )

    assert [one.step for one in one_at_a_time([*stops, secured]) if one.ready] == [secured.step]
    assert one_at_a_time(stops) == tuple(stops)


def test_an_order_that_reached_nobody_is_not_remembered() -> None:
    world = owing()
    step = next(one.step for one in world.plan.steps if one.ready)
    key, now = world.desired.key, world.now
    begun = ledger.begun(step, world.ledger, key, frozenset(), now)
    assert begun.entry(key).stopped

    after = ledger.ended(step, world.ledger, begun, key, Outcome("NotSent"), now)
    assert not after.entry(key).stopped
    for outcome in (Outcome("Unclear"), Outcome("Refused"), Outcome("Forbidden")):
        assert ledger.ended(step, world.ledger, begun, key, outcome, now).entry(key).stopped


def test_sessions_that_do_not_end_are_not_cut_and_nothing_else_goes_down() -> None:
    world = stopped(owing())
    late = replace(world, now=world.now + timedelta(hours=1, minutes=1))

    start = of_type(late.plan, StartFrontEndServices)

    assert [(wait.reason, wait.message) for wait in start.waits] == [
        (
            Reason.DRAIN_TIMED_OUT,
            f'RTCSRV on "{FIRST}" is "Running": its sessions did not end within "1h", and none is cut; end '
            "them there, or wait: once they have ended it stops, and is started again",
        )
    ]
    assert computers(late, StopFrontEndServices) == []


def test_upgrade_domains_of_lync_server_2013_go_down_together_with_20_minutes_between() -> None:
    world = owing(Pool.of(6, "Lync2013"))
    assert computers(world, StopFrontEndServices) == [FIRST, "lyncfe04.contoso.com"]

    done = both(world, StopFrontEndServices).rested()
    assert computers(done, StartFrontEndServices) == [FIRST, "lyncfe04.contoso.com"]
    up = both(both(done, StartFrontEndServices).rested(), StartFrontEndServices).rested()
    assert not up.stopped
    assert computers(up, StopFrontEndServices) == []
    assert reasons_of(up, SECOND) == {Reason.WAITING_FOR_SOAK}
    later = replace(up, now=up.now + timedelta(minutes=20)).noted()
    assert computers(later, StopFrontEndServices) == [SECOND, "lyncfe05.contoso.com"]


def test_a_restart_that_nobody_may_begin_is_owed_and_says_why() -> None:
    at = owing(Pool.of(4), mode="Observe")

    status = statuses(at.desired, at.snapshot, at.ledger, at.plan, {}, {}, at.now)[LYNC]

    (pending,) = [one for one in status.conditions if one.type == "RestartPending"]
    assert pending.reason == Reason.RESTART_OWED
    assert "have to be restarted" in pending.message
    assert 'mode is "Observe"' in pending.message
