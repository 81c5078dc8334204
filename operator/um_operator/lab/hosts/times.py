"""How long services take (lab L8), in the lab's time; drawn anew at each start and stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random


@dataclass(frozen=True, slots=True)
class Span:
    """From, to, in seconds."""

    shortest: float
    longest: float

    def draw(self, random: Random) -> timedelta:
        """Some length within."""
        return timedelta(seconds=random.uniform(self.shortest, self.longest))


_STOP, _START, _WARM = Span(5, 120), Span(3, 10), Span(20, 60)


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """What a stop, a start and a crash take.

    Attributes:
        stop: stop pending, until the process is gone.
        start: start pending, until the ports are open.
        warm: from open ports to a warm worker: 5xx as long.
        crash_chance: of a start, that the service crashes soon after it.
        crash_after: how soon.
        recovery: from a crash to the service control manager's own attempt to start it; None: it makes none.
    """

    stop: Span = _STOP
    start: Span = _START
    warm: Span = _WARM
    crash_chance: float = 0.0
    crash_after: timedelta = timedelta(seconds=30)
    recovery: timedelta | None = timedelta(seconds=60)

    @classmethod
    def fixed(cls, seconds: float) -> ServiceTimes:
        """Each phase takes so many seconds, no more and no less."""
        span = Span(seconds, seconds)
        return cls(span, span, span)


INSTANT = ServiceTimes.fixed(0)
"""For tests that are about something else: a service stops, starts and is warm at once."""
