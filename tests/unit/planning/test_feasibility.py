"""Whether the windows before a certificate ends are enough, in rows that read as sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.maintenance import Blackout, MaintenanceWindow
from um_operator.planning.feasibility import Feasibility, Pace, room
from um_operator.planning.maintenance import Calendar

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
"""Midnight, the begin of each row."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
QUARTER = timedelta(minutes=15)
PACE = Pace(needed=3 * QUARTER, soak=QUARTER)
"""45 minutes out of service and 15 watched: a server an hour."""

ANY_TIME = Calendar()


def windows(*rows: tuple[str, str], blackouts: tuple[tuple[str, str], ...] = ()) -> Calendar:
    """Return a calendar of schedules with durations, in UTC."""
    return Calendar(
        tuple(
            MaintenanceWindow.model_validate(
                {"name": f"w{n}", "schedule": schedule, "duration": duration, "timeZone": "UTC"}
            )
            for n, (schedule, duration) in enumerate(rows)
        ),
        tuple(
            Blackout.model_validate({"name": "fair", "startsAt": begins, "endsAt": ends})
            for begins, ends in blackouts
        ),
    )


SATURDAYS = windows(("0 22 * * Sat", "4h"))
BARELY = windows(("0 22 * * Sat", "3h45m"))
NIGHTS = windows(("0 22 * * *", "4h"))
TWO_NIGHTS = windows(("0 22 * * Sat", "2h"), ("0 23 * * Sat", "3h"))
WEEKDAYS_TOO_SHORT = windows(("0 22 * * 1-5", "30m"), ("0 22 * * Sat", "2h"))
NEVER_LONG_ENOUGH = windows(("0 22 * * *", "30m"))
FAIR = windows(("0 22 * * Sat", "4h"), blackouts=(("2026-12-01T00:00:00Z", "2026-12-10T00:00:00Z"),))
HALF_A_NIGHT = windows(("0 22 * * Sat", "4h"), blackouts=(("2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z"),))
THREE_AT_ONCE = Pace(PACE.needed, PACE.soak, at_once=3)
WITHOUT_SOAK = Pace(PACE.needed, timedelta(0))


@pytest.mark.parametrize(
    ("sentence", "calendar", "pace", "lasts", "fitting"),
    [
        ("a window of four hours is enough for four servers", SATURDAYS, PACE, WEEK, 4),
        ("two of them are enough for eight", SATURDAYS, PACE, 2 * WEEK, 8),
        ("the soak of the last server may lie outside of its window", BARELY, PACE, WEEK, 4),
        ("what is left of a window that is open counts as well", NIGHTS, PACE, 2 * HOUR, 2),
        ("without soak five servers fit into four hours", SATURDAYS, WITHOUT_SOAK, WEEK, 5),
        ("three at a time are three times as many", SATURDAYS, THREE_AT_ONCE, WEEK, 12),
        ("what ends before the first window opens has no room", SATURDAYS, PACE, 5 * DAY, 0),
        ("the end in the middle of a window leaves room for two", SATURDAYS, PACE, 6 * DAY, 2),
        ("windows that lie over each other are one night", TWO_NIGHTS, PACE, WEEK, 4),
        ("a window that is too short for a server counts for nothing", WEEKDAYS_TOO_SHORT, PACE, WEEK, 2),
        ("and if all are, no server ever begins", NEVER_LONG_ENOUGH, PACE, 52 * WEEK, 0),
        ("a blackout over a window takes it away", FAIR, PACE, WEEK, 0),
        ("and the week after counts again", FAIR, PACE, 2 * WEEK, 4),
        ("a blackout from midnight on leaves half a night", HALF_A_NIGHT, PACE, WEEK, 2),
        ("without windows any time is one", ANY_TIME, PACE, DAY, 24),
        ("an end that is past leaves no room at all", ANY_TIME, PACE, -DAY, 0),
    ],
)
def test_the_room_that_windows_leave(
    sentence: str, calendar: Calendar, pace: Pace, lasts: timedelta, fitting: int
) -> None:
    assert room(calendar, pace, MONDAY, MONDAY + lasts, most=256) == fitting, sentence


def test_no_more_is_looked_for_than_is_asked() -> None:
    assert room(ANY_TIME, PACE, MONDAY, datetime.max.replace(tzinfo=UTC), most=12) == 12


@pytest.mark.parametrize(
    ("proceeds", "consequence"),
    [
        (True, 'from "2026-12-04T00:00:00Z" on the others are restarted outside of windows'),
        (False, 'onMissedWindow is "Hold", so the others will serve one that has ended'),
    ],
)
def test_the_message_says_for_how_many_and_what_follows_and_no_present_instant(
    proceeds: bool, consequence: str
) -> None:
    found = Feasibility(12, 4, MONDAY + WEEK, PACE, proceeds)
    assert not found.feasible
    assert found.message == (
        'the windows before "2026-12-07T00:00:00Z", when a certificate that is served ends, are enough for '
        f'4 of 12 servers, each out of service for up to "45m"; {consequence}'
    )
