"""Calls in progress are let to end, up to a deadline; then they are cut, or the server goes back (R10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rollout_reading import UM
from rollout_support import Site
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ActivateServer, DrainServer, RestartService

NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}
SATURDAY_22 = datetime(2026, 11, 28, 22, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


def busy(**org: Any) -> Site:
    """A server that was just drained, on which calls go on."""
    return Site.of("ex01", org=org).past(DrainServer).changed("ex01", calls=3)


def conditions(site: Site) -> dict[str, str]:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return {one.type: one.reason for one in status.conditions}


def test_calls_are_waited_for() -> None:
    site = busy()
    assert not site.ready
    (wait,) = [wait for wait in site.waits if wait[1] == "WaitingForCalls"]
    assert wait[2] == '3 calls on "ex01.contoso.com" are let to end for up to "30m"'
    assert site.plan.look_at == site.now + timedelta(seconds=5)
    assert conditions(site) == {"Ready": "Deploying", "Reconciling": "Deploying"}


def test_when_they_have_ended_the_service_is_restarted() -> None:
    assert isinstance(busy().changed("ex01", calls=0).ready[0].step, RestartService)


def test_calls_that_do_not_end_put_the_server_back_into_service() -> None:
    site = busy()
    due = site.awake()
    assert due.now == site.now + 30 * MINUTES - timedelta(seconds=1)
    assert [type(one.step) for one in due.ready] == [ActivateServer]
    back = due.settled()
    assert back.out_of_service == []
    assert back.servers.starts == 0
    assert conditions(back) == {"Ready": "WaitingForWindow", "RestartPending": "DrainTimedOut"}


def test_where_no_window_is_declared_it_is_tried_again_in_an_hour() -> None:
    back = busy().awake().settled()
    again = back.until(DrainServer)
    assert timedelta(minutes=59) < again.now - back.now <= timedelta(hours=1)
    assert not again.changed("ex01", calls=0).patient().plan.steps


def test_meanwhile_nobody_looks_at_it_all_the_time() -> None:
    assert busy().plan.look_at is not None
    assert busy().awake().settled().plan.look_at is None


def test_otherwise_in_the_next_window() -> None:
    back = busy(maintenanceWindows=[NIGHT]).awake().settled()
    assert SATURDAY_22 < back.now < SATURDAY_22 + timedelta(hours=1)
    assert back.until(DrainServer).now == SATURDAY_22 + timedelta(days=7)


def test_no_other_server_is_begun_meanwhile() -> None:
    site = Site.of("ex01", "ex02").past(DrainServer).changed("ex01", calls=3)
    back = site.awake().settled().later(20 * MINUTES)
    assert back.machine("ex02").mode["UM"] == "TCP"


def test_where_it_is_declared_calls_are_cut_at_the_deadline() -> None:
    due = busy(disruption={"drainTimeout": "20m", "onDrainTimeout": "Restart"}).awake()
    assert [type(one.step) for one in due.ready] == [RestartService]


def test_calls_that_cannot_be_counted_are_not_taken_for_none() -> None:
    site = Site.of("ex01").past(DrainServer).changed("ex01", calls=None)
    assert not site.ready
    assert site.awake().settled().out_of_service == []


def test_in_the_last_days_of_a_certificate_calls_are_cut_rather_than_all_of_them_lost() -> None:
    deployed = Site.of("ex01").patient()
    ends = min(leaf.not_after for leaf in deployed.servers.leaves.values())
    late = deployed.later(ends - timedelta(hours=20) - deployed.now)
    site = late.past(DrainServer).changed("ex01", calls=3)
    assert [type(one.step) for one in site.awake().ready] == [RestartService]


def test_calls_on_a_call_router_hold_nothing() -> None:
    roles: dict[str, Any] = {"cas01": ["UMCallRouter"], "mbx01": ["UM"]}
    site = Site.of(*roles, **roles).past(ActivateServer).past(DrainServer).changed("cas01", calls=None)
    assert [type(one.step) for one in site.ready] == [RestartService]


def test_a_drain_whose_effect_was_lost_is_repeated_before_anything_is_stopped() -> None:
    site = Site.of("ex01").until(DrainServer)
    lost = site.broken_off(site.ready[0], effect=False).seen()
    assert [type(one.step) for one in lost.ready] == [DrainServer]


def test_calls_that_come_back_while_the_service_stops_do_not_call_it_off() -> None:
    site = Site.of("ex01").past(RestartService).changed("ex01", calls=2).later(timedelta(hours=1))
    assert [type(one.step) for one in site.ready] == [RestartService]
    assert not site.patient().plan.steps
