"""The breaker counts outages, not the calls that meet one."""

from um_operator.remoting.breaker import Breaker
from um_operator.remoting.errors import SessionLost, Unreachable

DOWN = Unreachable("refused", sent=False)


def test_calls_that_fail_together_are_one_strike() -> None:
    breaker = Breaker(1.0, 30.0)
    for _ in range(8):
        breaker.failed(DOWN, 100.0)
    assert breaker.wait(100.0) == 1.0


def test_each_try_after_a_pause_that_fails_doubles_it() -> None:
    breaker = Breaker(1.0, 5.0)
    pauses = []
    now = 100.0
    for _ in range(4):
        breaker.failed(DOWN, now)
        pauses.append(breaker.wait(now))
        now += pauses[-1]
    assert pauses == [1.0, 2.0, 4.0, 5.0]


def test_one_lost_session_may_be_chance_and_two_are_not() -> None:
    breaker = Breaker(1.0, 30.0)
    breaker.failed(SessionLost("reset", sent=True), 100.0)
    assert breaker.wait(100.0) <= 0
    breaker.failed(SessionLost("reset", sent=True), 100.0)
    assert breaker.wait(100.0) == 2.0
