from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.maintenance import Blackout, MaintenanceWindow
from um_operator.planning.maintenance import Calendar, Span


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def window(
    schedule: str, duration: str = "1h", zone: str = "Europe/Berlin", name: str = "night"
) -> MaintenanceWindow:
    return MaintenanceWindow.model_validate(
        {"name": name, "schedule": schedule, "duration": duration, "timeZone": zone}
    )


def blackout(starts_at: str, ends_at: str, name: str = "christmas") -> Blackout:
    span = {"startsAt": at(starts_at).isoformat(), "endsAt": at(ends_at).isoformat()}
    return Blackout.model_validate({"name": name, **span})


SATURDAY_NIGHT = window("0 22 * * Sat", "4h")


@pytest.mark.parametrize(
    ("what", "now", "opens", "closes"),
    [
        ("open at its first instant", "2026-11-28T22:00:00+01:00", "2026-11-28T21:00Z", "2026-11-29T01:00Z"),
        ("open past midnight", "2026-11-29T01:59:59+01:00", "2026-11-28T21:00Z", "2026-11-29T01:00Z"),
        ("closed at its last instant", "2026-11-29T02:00:00+01:00", None, None),
        ("closed the day before", "2026-11-27T22:30:00+01:00", None, None),
    ],
)
def test_a_window_is_open_from_its_start_for_its_duration(
    what: str, now: str, opens: str | None, closes: str | None
) -> None:
    span = Calendar((SATURDAY_NIGHT,)).open_at(at(now))
    assert span == (Span("night", at(opens), at(closes)) if opens and closes else None), what


@pytest.mark.parametrize(
    ("what", "schedule", "now", "opens"),
    [
        ("in winter 22:00 is 21:00 UTC", "0 22 * * *", "2026-11-27T12:00Z", "2026-11-27T21:00Z"),
        ("in summer 22:00 is 20:00 UTC", "0 22 * * *", "2026-07-27T12:00Z", "2026-07-27T20:00Z"),
        ("02:30 is left out in spring: right after", "30 2 * * *", "2027-03-28T00:00Z", "2027-03-28T01:00Z"),
        ("02:30 comes back the next day", "30 2 * * *", "2027-03-28T01:30Z", "2027-03-29T00:30Z"),
        ("02:30 comes twice in autumn: the first", "30 2 * * *", "2026-10-24T23:00Z", "2026-10-25T00:30Z"),
        ("and not the second", "30 2 * * *", "2026-10-25T00:45Z", "2026-10-26T01:30Z"),
        ("each hour runs through both hours", "30 * * * *", "2026-10-25T00:45Z", "2026-10-25T01:30Z"),
    ],
)
def test_a_start_keeps_to_the_clock_on_the_wall(what: str, schedule: str, now: str, opens: str) -> None:
    span = Calendar((window(schedule),)).next_after(at(now))
    assert span is not None
    assert span.starts_at == at(opens), what


@pytest.mark.parametrize(
    ("what", "now"),
    [
        ("the night that is an hour shorter", "2027-03-28T00:30Z"),
        ("the night that is an hour longer", "2026-10-25T00:30Z"),
    ],
)
def test_over_a_change_of_clocks_a_window_lasts_its_duration_in_elapsed_time(what: str, now: str) -> None:
    span = Calendar((window("0 1 * * Sun", "3h"),)).open_at(at(now))
    assert span is not None
    assert span.ends_at - span.starts_at == timedelta(hours=3), what


def test_within_the_hour_that_comes_twice_an_open_window_is_found() -> None:
    calendar = Calendar((window("30 2 * * *", "2h"),))
    in_the_second_0245 = datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    span = calendar.open_at(in_the_second_0245)
    assert span is not None
    assert span.starts_at == at("2026-10-25T00:30Z")


def test_a_blackout_closes_the_window_that_it_covers_and_the_next_one_is_after_it() -> None:
    calendar = Calendar(
        (SATURDAY_NIGHT,), (blackout("2026-12-18T17:00:00+01:00", "2027-01-07T08:00:00+01:00"),)
    )
    assert calendar.open_at(at("2026-12-26T22:30:00+01:00")) is None
    span = calendar.next_after(at("2026-12-18T12:00Z"))
    assert span is not None
    assert span.starts_at == at("2027-01-09T21:00Z")


def test_a_blackout_cuts_a_piece_out_of_a_window() -> None:
    calendar = Calendar((SATURDAY_NIGHT,), (blackout("2026-11-28T22:00Z", "2026-11-28T23:00Z"),))
    before = calendar.open_at(at("2026-11-28T21:30Z"))
    assert before is not None
    assert before.ends_at == at("2026-11-28T22:00Z")
    assert calendar.open_at(at("2026-11-28T22:30Z")) is None
    after = calendar.next_after(at("2026-11-28T22:30Z"))
    assert after == Span("night", at("2026-11-28T23:00Z"), at("2026-11-29T01:00Z"))


def test_two_blackouts_that_touch_close_a_window_together() -> None:
    halves = (
        blackout("2026-11-28T12:00Z", "2026-11-28T23:00Z"),
        blackout("2026-11-28T23:00Z", "2026-11-29T12:00Z"),
    )
    span = Calendar((SATURDAY_NIGHT,), halves).next_after(at("2026-11-27T12:00Z"))
    assert span is not None
    assert span.starts_at == at("2026-12-05T21:00Z")


def test_where_no_window_is_declared_any_time_is_one_except_in_a_blackout() -> None:
    closed = blackout("2026-12-18T00:00Z", "2026-12-19T00:00Z")
    assert Calendar().open_at(at("2026-11-25T12:00Z")) is not None
    assert Calendar((), (closed,)).open_at(at("2026-12-18T12:00Z")) is None
    assert Calendar((), (closed,)).blackout_at(at("2026-12-18T12:00Z")) == closed
    span = Calendar((), (closed,)).next_after(at("2026-12-18T12:00Z"))
    assert span is not None
    assert span.starts_at == at("2026-12-19T00:00Z")


def test_what_does_not_fit_into_the_rest_of_a_window_does_not_begin() -> None:
    calendar = Calendar((SATURDAY_NIGHT,))
    half_past_one = at("2026-11-29T01:30:00+01:00")
    assert calendar.open_at(half_past_one, timedelta(minutes=30)) is not None
    assert calendar.open_at(half_past_one, timedelta(minutes=31)) is None


def test_of_two_open_windows_the_one_that_lasts_longer_counts() -> None:
    calendar = Calendar((SATURDAY_NIGHT, window("0 23 * * Sat", "8h", name="long")))
    span = calendar.open_at(at("2026-11-28T23:30:00+01:00"))
    assert span is not None
    assert span.name == "long"
