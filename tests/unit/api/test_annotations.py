from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from um_operator.api.annotations import HOLD, Hold, hold_of, hold_text

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
