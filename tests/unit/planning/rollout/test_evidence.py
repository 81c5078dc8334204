"""What a restarted server shows of failing calls stops the rollout there (R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.observed.hosts import HostEvent
from um_operator.observed.rollout import Watch
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ActivateServer, DrainServer, RestartService

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOAK = 10 * MINUTE
DEAD = "gateway sbc09 does not answer OPTIONS"


@cache
def one_done() -> Site:
    """Return two servers, of which the first has just been returned to service."""
    return Site.of("ex01", "ex02", org={"disruption": {"soak": "10m"}}).past(ActivateServer)


def goes_on(site: Site) -> bool:
    """Whether the second server gets its certificate, with time and nobody's help."""
    return site.patient().machine("ex02").serves("UM") is not None


def told(site: Site) -> str:
    """Return the message for the person that has to come; empty if none has to."""
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    manual = (one for one in status.conditions if one.type == "ManualActionRequired")
    return next((f"{one.reason}: {one.message}" for one in manual), "")


def event(site: Site, number: int, *, text: str = DEAD, minutes: int = 0) -> HostEvent:
    """Return an event by the host's clock, ``minutes`` away from ours."""
    return HostEvent(number, 1400, site.now + timedelta(minutes=minutes), text)


def test_without_any_the_rollout_goes_on() -> None:
    assert goes_on(one_done())


def test_calls_that_are_rejected_after_the_restart_stop_it() -> None:
    site = one_done().changed("ex01", rejected_calls=3)
    assert not goes_on(site)
    assert told(site.patient()).startswith(
        'RolloutStopped: the call router of "ex01.contoso.com" rejects calls since it was put back '
        "into service; "
    )
    assert site.patient().out_of_service == []


def test_what_is_rejected_just_before_the_next_server_would_begin_stops_it_still() -> None:
    assert not goes_on(one_done().later(SOAK - MINUTE).changed("ex01", rejected_calls=1).later(2 * MINUTE))


def test_what_was_rejected_while_it_was_out_of_service_is_no_evidence() -> None:
    assert goes_on(Site.of("ex01", "ex02").past(DrainServer).changed("ex01", rejected_calls=7))


@pytest.mark.parametrize(("after", "stops"), [(20, False), (21, True)])
def test_a_call_router_that_always_rejects_some_is_given_twice_as_many(after: int, stops: bool) -> None:
    drained = Site.of("ex01", "ex02", org={"disruption": {"soak": "10m"}}).changed(
        "ex01", rejected_calls=30_000
    )
    back = drained.past(DrainServer).changed("ex01", rejected_calls=0).past(ActivateServer)
    usually = back.ledger.entry(back.desired.key).servers["ex01.contoso.com"].watch.rejected_usually
    assert usually == 10, "30,000 in the 30 days that it ran are ten in a quarter of an hour"
    assert goes_on(back.changed("ex01", rejected_calls=after)) is not stops


def test_a_call_that_is_rejected_days_later_is_a_call_like_any_other() -> None:
    night = {"name": "night", "schedule": "0 22 24 12 *", "duration": "1h", "timeZone": "UTC"}
    waits = one_done().ruled(maintenanceWindows=[night]).later(DAY)
    assert goes_on(waits.changed("ex01", rejected_calls=1).ruled(maintenanceWindows=[]))


def test_a_call_router_that_was_started_anew_counts_anew() -> None:
    site = one_done().changed("ex01", rejected_calls=0)
    entry = site.ledger.entry(site.desired.key)
    server = replace(
        entry.servers["ex01.contoso.com"], watch=Watch(0, rejected_usually=0, rejected_before=40)
    )
    servers = {**entry.servers, "ex01.contoso.com": server}
    ledger = site.ledger.with_entries({site.desired.key: replace(entry, servers=servers)})
    site = replace(site, ledger=ledger).changed("ex01", rejected_calls=2)
    assert goes_on(site)
    assert not goes_on(site.changed("ex01", rejected_calls=3))


def test_it_stays_stopped_when_the_calls_end_until_a_person_lets_it_go_on() -> None:
    stopped = one_done().changed("ex01", rejected_calls=3).later(5 * DAY)
    assert not goes_on(stopped)
    assert goes_on(stopped.annotated(RETRY_REQUESTED_AT, stopped.now.isoformat()))


@pytest.mark.parametrize("minutes", [-90, 0, 90], ids=["behind", "in time", "ahead"])
def test_a_new_event_stops_it_whatever_the_clock_of_the_host(minutes: int) -> None:
    site = one_done()
    site = site.changed("ex01", events=(event(site, 7, minutes=minutes),))
    assert not goes_on(site)
    assert f'"ex01.contoso.com" reports event "1400" since its restart: {DEAD}' in told(site.patient())


def test_an_event_between_the_start_and_the_return_to_service_counts() -> None:
    site = Site.of("ex01", "ex02").past(RestartService)
    assert not goes_on(site.changed("ex01", events=(event(site, 7),)))


@pytest.mark.parametrize("minutes", [0, 90], ids=["in time", "ahead"])
def test_an_event_from_before_is_none_whatever_the_clock_of_the_host(minutes: int) -> None:
    site = Site.of("ex01", "ex02")
    assert goes_on(site.changed("ex01", events=(event(site, 7, minutes=minutes),)))


def test_what_was_said_before_in_the_same_words_is_nothing_new() -> None:
    site = Site.of("ex01", "ex02")
    before = event(site, 7)
    done = site.changed("ex01", events=(before,)).past(ActivateServer)
    again = done.changed("ex01", events=(before, event(done, 8)))
    assert goes_on(again)
    assert not goes_on(done.changed("ex01", events=(before, event(done, 8, text="a TLS call failed"))))


def test_a_log_that_was_cleared_counts_from_its_begin() -> None:
    site = Site.of("ex01", "ex02")
    done = site.changed("ex01", events=(event(site, 5000),)).past(ActivateServer)
    assert goes_on(done.changed("ex01", events=()))
    assert not goes_on(done.changed("ex01", events=(event(done, 3),)))
