from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.annotations import (
    HOLD,
    ROLLBACK_REQUESTED_AT,
    Hold,
    Rollback,
    hold_of,
    hold_text,
    rollback_of,
    rollback_text,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_without_the_annotation_nothing_holds() -> None:
    assert hold_of(None) is None
    assert hold_of({"other": "2026-11-25T12:00:00Z"}) is None


def test_a_hold_says_until_when_and_why() -> None:
    hold = hold_of({HOLD: "2026-11-25T13:00:00+01:00 switchboard moves"})
    assert hold == Hold(NOON, "switchboard moves")


def test_a_hold_is_read_as_it_was_written() -> None:
    text = hold_text(NOON + timedelta(milliseconds=7), "switchboard moves")
    assert text == "2026-11-25T12:00:00Z switchboard moves"
    assert hold_of({HOLD: text}) == Hold(NOON, "switchboard moves")


def test_a_hold_ends_by_itself() -> None:
    hold = Hold(NOON, "x")
    assert hold.active(NOON - timedelta(seconds=1))
    assert not hold.active(NOON)


@pytest.mark.parametrize(
    "text", ["", "tomorrow calls drop", "2026-11-25 12:00", "2026-11-25T12:00:00 no offset"]
)
def test_a_hold_that_nobody_can_read_holds_until_it_is_taken_away(text: str) -> None:
    hold = hold_of({HOLD: text})
    assert hold == Hold(None, text)
    assert hold.active(NOON + timedelta(days=36500))


@pytest.mark.parametrize("now", [False, True])
def test_a_rollback_is_read_as_it_is_written(now: bool) -> None:
    text = rollback_text(NOON, 7, now=now)
    assert rollback_of({ROLLBACK_REQUESTED_AT: text}) == Rollback(text, "2026-11-25T12:00:00Z", 7, now=now)


def test_the_same_word_written_otherwise_is_no_other_word() -> None:
    by_hand = rollback_of({ROLLBACK_REQUESTED_AT: " 2026-11-25T13:00:00+01:00   07  now "})
    assert by_hand == rollback_of({ROLLBACK_REQUESTED_AT: rollback_text(NOON, 7, now=True)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "2026-11-25T12:00:00Z",
        "yesterday 7",
        "2026-11-25T12:00:00 7",
        "2026-11-25T12:00:00Z -7",
        "2026-11-25T12:00:00Z 1_0",
        "2026-11-25T12:00:00Z 7 later",
        "2026-11-25T12:00:00Z 7 now now",
        f"2026-11-25T12:00:00Z {'9' * 5000}",
    ],
)
def test_a_rollback_that_nobody_can_read_restarts_nothing(text: str) -> None:
    assert rollback_of({ROLLBACK_REQUESTED_AT: text}) is None
    assert rollback_of(None) is None
