"""When calls may be interrupted: windows by cron schedule and time zone, less the blackouts.

Over a change of clocks a schedule behaves as cron does on Debian (cronsim): a start in the hour that is
left out comes right after it, a start in the hour that comes twice comes once. A window lasts its
duration in elapsed time, whatever the clocks on the wall do meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim

from um_operator.api.maintenance import Blackout, MaintenanceWindow
from um_operator.api.strings import parse_instant

LONGEST_CLOCK_CHANGE: Final = timedelta(hours=3)
"""More than any zone has ever moved its clocks at once: how much earlier the search for a start begins."""

FOREVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which interruptions may begin: ``starts_at`` included, ``ends_at`` not. Instants are UTC.

    ``name`` is the window's, empty where none is declared and any time is one.
    """

    name: str
    starts_at: datetime
    ends_at: datetime

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.starts_at <= instant < self.ends_at

    def fits(self, needed: timedelta, now: datetime) -> bool:
        """Tell whether something that takes ``needed`` and begins ``now`` ends in it (R13)."""
        return self.contains(now) and needed <= self.ends_at - now


@dataclass(frozen=True, slots=True)
class Calendar:
    """The maintenance windows and blackouts of an organisation."""

    windows: tuple[MaintenanceWindow, ...] = ()
    blackouts: tuple[Blackout, ...] = ()

    def open_at(self, now: datetime, needed: timedelta = timedelta(0)) -> Span | None:
        """Return the span in which something that takes ``needed`` may begin ``now``, the longest one."""
        spans = [
            span for spans in self._all_spans(now) for span in _until(spans, now) if span.fits(needed, now)
        ]
        return max(spans, key=lambda span: span.ends_at, default=None)

    def next_after(self, now: datetime) -> Span | None:
        """Return the first span that begins after ``now``, ``None`` if no schedule ever matches again."""
        firsts = (
            next((span for span in spans if span.starts_at > now), None) for spans in self._all_spans(now)
        )
        return min((span for span in firsts if span is not None), key=_starts_at, default=None)

    def blackout_at(self, now: datetime) -> Blackout | None:
        """Return the blackout that an instant lies in."""
        return next((b for b in self.blackouts if _begin(b) <= now < _end(b)), None)

    def _all_spans(self, after: datetime) -> Iterator[Iterator[Span]]:
        if not self.windows:
            yield from [_without(Span("", after.astimezone(UTC), FOREVER), self.blackouts)]
        for window in self.windows:
            yield _spans(window, self.blackouts, after)


def _spans(window: MaintenanceWindow, blackouts: tuple[Blackout, ...], after: datetime) -> Iterator[Span]:
    """Yield what blackouts leave of each occurrence of a window that ends after ``after``, in order."""
    for starts_at in _starts(window, after - window.duration):
        occurrence = Span(window.name, starts_at, starts_at + window.duration)
        if occurrence.ends_at <= after:
            continue
        covering = next((b for b in blackouts if _covers(b, occurrence)), None)
        if covering is not None:
            yield from _spans(window, blackouts, _end(covering))
            return
        yield from (span for span in _without(occurrence, blackouts) if span.ends_at > after)


def _starts(window: MaintenanceWindow, since: datetime) -> Iterator[datetime]:
    search_from = (since - LONGEST_CLOCK_CHANGE).astimezone(ZoneInfo(window.time_zone))
    for local in CronSim(window.schedule, search_from):
        yield local.astimezone(UTC)


def _without(span: Span, blackouts: tuple[Blackout, ...]) -> Iterator[Span]:
    starts_at = span.starts_at
    for blackout in sorted(blackouts, key=_begin):
        if _end(blackout) <= starts_at or _begin(blackout) >= span.ends_at:
            continue
        if _begin(blackout) > starts_at:
            yield Span(span.name, starts_at, _begin(blackout))
        starts_at = max(starts_at, _end(blackout))
    if starts_at < span.ends_at:
        yield Span(span.name, starts_at, span.ends_at)


def _until(spans: Iterator[Span], now: datetime) -> Iterator[Span]:
    for span in spans:
        if span.starts_at > now:
            return
        yield span


def _covers(blackout: Blackout, span: Span) -> bool:
    return _begin(blackout) <= span.starts_at and span.ends_at <= _end(blackout)


def _starts_at(span: Span) -> datetime:
    return span.starts_at


def _begin(blackout: Blackout) -> datetime:
    return parse_instant(blackout.starts_at).astimezone(UTC)


def _end(blackout: Blackout) -> datetime:
    return parse_instant(blackout.ends_at).astimezone(UTC)
