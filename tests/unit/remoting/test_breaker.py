from __future__ import annotations

from um_operator.remoting.breaker import Breaker
from um_operator.remoting.errors import SessionLost, Unreachable

DOWN = Unreachable('"http://ex01/" can\'t be reached', sent=True)
LOST = SessionLost("gone", sent=True)


def test_each_pause_is_twice_as_long_up_to_the_longest() -> None:
    breaker = Breaker(first=1, longest=5)
    pauses = []
    for _ in range(4):
        breaker.failed(DOWN, now=100)
        pauses.append(breaker.wait(100))
    assert pauses == [1, 2, 4, 5]
    assert breaker.wait(105) <= 0


def test_a_success_makes_the_next_pause_short_again() -> None:
    breaker = Breaker(first=1, longest=60)
    for _ in range(5):
        breaker.failed(DOWN, now=100)
    breaker.succeeded()
    breaker.failed(DOWN, now=200)
    assert breaker.wait(200) == 1


def test_one_lost_session_may_be_chance_and_two_in_a_row_are_not() -> None:
    breaker = Breaker(first=1, longest=60)
    breaker.failed(LOST, now=100)
    assert breaker.wait(100) <= 0
    breaker.failed(LOST, now=100)
    assert breaker.wait(100) > 0


def test_a_thousand_failures_do_not_overflow() -> None:
    breaker = Breaker(first=1, longest=60, strikes=5000)
    breaker.failed(DOWN, now=100)
    assert breaker.wait(100) == 60


def test_callers_held_back_hear_the_last_reason_and_that_nothing_was_sent() -> None:
    breaker = Breaker(first=1, longest=60)
    breaker.failed(DOWN, now=100)
    refusal = breaker.refusal()
    assert type(refusal) is Unreachable
    assert str(refusal) == str(DOWN)
    assert not refusal.sent
