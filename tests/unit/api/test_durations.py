from __future__ import annotations

from datetime import timedelta

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from um_operator.api import durations
from um_operator.api.durations import Between

whole = st.integers(min_value=0, max_value=99_999)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1500ms", timedelta(seconds=1.5)),
        ("8760h", timedelta(days=365)),
        ("1m1h", timedelta(minutes=61)),
    ],
)
def test_a_duration_is_read_as_go_does(text: str, duration: timedelta) -> None:
    assert durations.parse(text) == duration


@pytest.mark.parametrize(
    "text", ["", "30", "1d", "-5m", "5 m", "5m\n", "1.5h", "½h", "m", "1h" * 17, "100000h"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        durations.parse(text)


@given(whole, whole, whole, st.integers(min_value=0, max_value=999))
def test_the_canonical_text_means_the_same(hours: int, minutes: int, seconds: int, millis: int) -> None:
    duration = timedelta(hours=hours % 9000, minutes=minutes % 60, seconds=seconds % 60, milliseconds=millis)
    assert durations.parse(durations.canonical(duration)) == duration


@pytest.mark.parametrize(
    ("text", "canonical"), [("90m", "1h30m"), ("60s", "1m"), ("0m", "0s"), ("1000ms", "1s"), ("1m1h", "1h1m")]
)
def test_the_canonical_text_is_the_shortest(text: str, canonical: str) -> None:
    assert durations.canonical(durations.parse(text)) == canonical


texts = st.lists(
    st.tuples(st.integers(min_value=0, max_value=150), st.sampled_from(["h", "m", "s", "ms"])),
    min_size=1,
    max_size=3,
).map(lambda parts: "".join(f"{count}{unit}" for count, unit in parts))
ranges = st.sampled_from(
    [
        Between("1m", "100m", whole="1m"),
        Between("2s", "10s", whole="1s"),
        Between("15m", "24h"),
        Between("0s", "12h"),
    ]
)


@given(ranges, texts)
def test_a_range_says_in_cel_what_it_checks(between: Between, text: str) -> None:
    assert bool(cel.evaluate(between.cel(), {"self": text})) == between.holds(durations.parse(text))


@pytest.mark.parametrize(
    ("text", "holds"), [("59s", False), ("1m", True), ("61s", False), ("100m", True), ("101m", False)]
)
def test_a_range_of_whole_minutes_includes_its_ends(text: str, holds: bool) -> None:
    assert Between("1m", "100m", whole="1m").holds(durations.parse(text)) is holds


@pytest.mark.parametrize("text", ["2500ms", "1m1ms", "9s999ms"])
def test_a_part_of_a_step_is_no_whole_one(text: str) -> None:
    between = Between("1s", "100m", whole="1s")
    assert not between.holds(durations.parse(text))
    assert cel.evaluate(between.cel(), {"self": text}) is False
