"""A server that was away for days or months is brought to what is wanted, also when its certificate ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from planning_support import NOW
from rollout_machine import authority
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.reasons import Reason
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONG = 400 * DAY
"""Longer than certificates last here."""
EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"
BY_NIGHT = pytest.mark.night
WINDOW = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "UTC"}


def deployed(*names: str) -> Site:
    return Site.of(*names).patient().later(DAY)


def after_the_end(site: Site, *names: str) -> Site:
    """Servers start anew when the certificates that they are bound to have ended: no service starts (L3)."""
    for name in names:
        bound = frozenset(one for one in site.machine(name).bound.values() if one is not None)
        site = site.changed(name, down=False, refuses=bound).rebooted(name)
        assert set(site.machine(name).processes.values()) == {None}
    return site


def reason(site: Site, condition: str) -> str | None:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    return next((one.reason for one in status.conditions if one.type == condition), None)


def is_well(site: Site, *names: str) -> bool:
    wanted = {name: site.thumbprint(f"{name}.contoso.com", 2) for name in names}
    served = {name: {site.machine(name).serves(one) for one in ("UM", "UMCallRouter")} for name in names}
    expected = {name: {leaf} for name, leaf in wanted.items()}
    return served == expected and reason(site.later(MINUTE), "Ready") == "Deployed"


@pytest.mark.parametrize(
    ("kind", "away"),
    [
        pytest.param(ConfigureService, 3 * DAY, marks=BY_NIGHT),
        pytest.param(DrainServer, 3 * DAY, marks=BY_NIGHT),
        pytest.param(ConfigureService, 200 * DAY, marks=BY_NIGHT),
        (DrainServer, 200 * DAY),
        (RestartService, 3 * DAY),
        pytest.param(RestartService, 200 * DAY, marks=BY_NIGHT),
    ],
)
def test_one_that_is_lost_in_its_sequence_is_finished_when_it_is_back(kind: Any, away: timedelta) -> None:
    lost = deployed("ex01", "ex02").renewing().past(kind).changed("ex01", down=True).patient()
    assert not any(planned.ready for planned in lost.plan.steps)
    assert lost.machine("ex02").serves("UM") == lost.thumbprint(EX02, 1), "the next one was touched"
    end = lost.later(away).changed("ex01", down=False).rebooted("ex01").patient()
    assert is_well(end, "ex01", "ex02")
    assert end.out_of_service == []


@pytest.mark.parametrize(
    "kind",
    [
        ConfigureService,
        pytest.param(DrainServer, marks=BY_NIGHT),
        pytest.param(RestartService, marks=BY_NIGHT),
    ],
)
def test_so_it_is_when_what_it_was_given_ended_meanwhile(kind: Any) -> None:
    lost = deployed("ex01", "ex02").renewing().past(kind).changed("ex01", down=True).patient()
    end = after_the_end(lost.later(LONG), "ex01").patient()
    assert reason(end, "Ready") == "Deployed"
    assert end.machine("ex01").serves("UM") == end.thumbprint(EX01, 3)
    assert end.out_of_service == []


def test_one_that_comes_back_after_its_certificate_ended_is_started_with_a_new_one() -> None:
    lost = deployed("ex01", "ex02").changed("ex02", down=True)
    back = after_the_end(lost.later(LONG), "ex02")
    starts = back.servers.starts
    end = back.patient()
    assert is_well(end, "ex01", "ex02")
    assert end.servers.starts - starts == 4, "one of its services, or of the other server, was started twice"


def test_two_of_which_neither_starts_any_more_do_not_wait_for_each_other() -> None:
    silent = after_the_end(deployed("ex01", "ex02").later(LONG), "ex01", "ex02")
    assert is_well(silent.patient(), "ex01", "ex02")


def test_gateways_that_trusted_what_has_ended_do_not_hold_its_renewal() -> None:
    silent = after_the_end(deployed("ex01", "ex02").secured("sbc01").later(LONG), "ex01", "ex02")
    assert is_well(silent.patient(), "ex01", "ex02")


def test_gateways_hold_a_new_chain_there_as_well() -> None:
    other = authority("Fabrikam CA", NOW)
    silent = after_the_end(deployed("ex01").secured("sbc01").under(other).later(LONG), "ex01").patient()
    assert silent.machine("ex01").bound["UM"] == silent.thumbprint(EX01, 1)
    assert reason(silent, "ManualActionRequired") == Reason.PEER_TRUST_UNKNOWN


def test_what_takes_no_calls_away_waits_for_no_window() -> None:
    site = deployed("ex01", "ex02").ruled(maintenanceWindows=[WINDOW], onMissedWindow="Hold")
    silent = after_the_end(site.later(LONG), "ex01", "ex02")
    assert is_well(silent.patient(until=timedelta(hours=1)), "ex01", "ex02")


def test_a_service_that_is_down_alone_is_brought_back_without_a_drain() -> None:
    site = deployed("ex01").later(LONG)
    ended = site.thumbprint(EX01, 1)
    processes = {**site.machine("ex01").processes, "UM": None}
    site = site.changed("ex01", refuses=frozenset({ended}), processes=processes)
    started = site.past(RestartService)
    assert started.machine("ex01").serves("UM") == started.thumbprint(EX01, 2)
    assert started.machine("ex01").requests == {}
    assert is_well(started.patient(), "ex01")


@pytest.mark.parametrize(
    "held",
    [{"suspend": True}, pytest.param({"mode": "Observe"}, marks=BY_NIGHT), {"mode": "Plan"}],
    ids=["suspended", "Observe", "Plan"],
)
def test_it_waits_for_people_who_said_that_nothing_is_to_be_begun(held: dict[str, Any]) -> None:
    silent = after_the_end(
        deployed("ex01").renewing().until(ConfigureService).ruled(**held).later(LONG), "ex01"
    )
    end = silent.patient(until=DAY)
    assert end.machine("ex01").bound["UM"] == end.thumbprint(EX01, 1)
    assert end.machine("ex01").processes["UM"] is None


@pytest.mark.parametrize("kind", [DrainServer, RestartService])
def test_one_that_a_person_excludes_in_its_sequence_is_returned_to_service(kind: Any) -> None:
    """It is started and activated as it is, and nothing else is done there."""
    site = deployed("ex01", "ex02").renewing().past(kind).ruled(servers={"exclude": [EX01]})
    starts = site.servers.starts + sum(one is None for one in site.machine("ex01").processes.values())
    back = next(one for one in site.journey() if not one.out_of_service)
    assert back.servers.starts == starts
    assert back.machine("ex02").serves("UM") == back.thumbprint(EX02, 1), "nobody else went out beside it"
    assert is_well(back.patient(), "ex02")


def test_one_that_is_gone_and_excluded_holds_up_nobody_and_is_returned_when_it_is_back() -> None:
    gone = deployed("ex01", "ex02").renewing().past(RestartService).changed("ex01", down=True).patient()
    without = gone.ruled(servers={"exclude": [EX01]}).patient()
    assert is_well(without, "ex02")
    back = without.later(DAY).changed("ex01", down=False).rebooted("ex01").patient()
    assert back.out_of_service == []


def test_one_that_a_person_keeps_out_of_service_is_left_alone() -> None:
    theirs = deployed("ex01", "ex02").changed("ex02", requests={"Maintenance": "Inactive"})
    end = after_the_end(theirs.later(LONG), "ex02").patient()
    assert end.machine("ex02").processes["UM"] is None
    assert reason(end, "ManualActionRequired") == Reason.FOREIGN_MAINTENANCE


@pytest.mark.parametrize(
    "gone", [False, pytest.param(True, marks=BY_NIGHT)], ids=["valid", "gone from its store"]
)
def test_one_that_somebody_stopped_is_left_alone(gone: bool) -> None:
    site = deployed("ex01", "ex02").renewing().until(ConfigureService)
    stopped = site.changed("ex01", processes=dict.fromkeys(("UM", "UMCallRouter")))
    end = (stopped.changed("ex01", store=frozenset[str]()) if gone else stopped).patient()
    assert end.machine("ex01").processes["UM"] is None
    assert reason(end, "ManualActionRequired") == Reason.FOREIGN_MAINTENANCE
