"""What a server shows after its restart that speaks against going on to the next one (R16). Pure.

Two things count: telling events in its log, and calls that its call router rejects. Events are told apart
by their record id, for a host's clock may not be ours. What a server said before its restart in the same
words is no new evidence: a gateway that is dead for months is told of each time it is tried. Nor is what
servers say that this rollout has not touched: a gateway that dies meanwhile is told of by all. Calls are
rejected every now and then for reasons of their own, so those count that are rejected during the soak, and
more than twice as many as before in such a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from um_operator.observed.fact import Known
from um_operator.observed.hosts import HostEvent
from um_operator.observed.rollout import Watch
from um_operator.planning.rollout.server import ServerCase

Said: TypeAlias = frozenset[tuple[int, str]]
"""Telling events, each by its id and words."""

LAST_LOOK: Final = timedelta(minutes=5)
"""How long after the soak a reading still belongs to it: the one with which the next server would begin."""
TIMES_USUAL: Final = 2
"""How many times as many rejected calls as usual are evidence."""


def said_by(server: ServerCase, *, is_touched: bool) -> Said:
    """Return a server's telling events; of one that is touched, those before its drain."""
    if not isinstance(server.events, Known):
        return frozenset()
    events, watch = server.events.value, server.entry.watch
    since = _last_before(events, watch.last_event) if is_touched and watch.last_event is not None else None
    before = (event for event in events if since is None or event.record_id <= since)
    return frozenset((event.event_id, event.message) for event in before)


def against(server: ServerCase, said_before: Said, until: datetime | None = None) -> str:
    """Return what a server that was returned to service says against the rollout; empty if nothing.

    Args:
        server: the one that was returned to service.
        said_before: what all servers, it included, say without being touched by the rollout.
        until: what the host reports later is of no interest any more.
    """
    for event in _later_events(server):
        if (until is None or event.at <= until) and (event.event_id, event.message) not in said_before:
            return f'"{server.fqdn}" reports event "{event.event_id}" since its restart: {event.message}'
    if server.entry.watch.rejected is not None:
        return f'the call router of "{server.fqdn}" rejects calls since it was put back into service'
    return ""


def watched(server: ServerCase, soak: timedelta, now: datetime) -> Watch:
    """Return what is remembered of a server for that after it was read."""
    entry, watch = server.entry, server.entry.watch
    if entry.hold is None and entry.activated_at is None:
        return watch
    if watch.last_event is None and isinstance(server.events, Known):
        watch = replace(watch, last_event=newest(server.events.value))
    if entry.hold is None:
        return _counted(server, watch, soak)
    if watch.rejected_usually is None and not entry.restarts:
        watch = replace(watch, rejected_usually=usually(server, soak + LAST_LOOK, now))
    return watch


def usually(server: ServerCase, time: timedelta, now: datetime) -> int | None:
    """Return how many calls a server's call router has rejected in such a time since it was started."""
    fact, router = server.rejected_calls, server.services.get("UMCallRouter")
    if router is None or router.process_start is None or not isinstance(fact, Known) or fact.value is None:
        return None
    ran = max(now - router.process_start, time)
    return round(fact.value * (time / ran))


def _counted(server: ServerCase, watch: Watch, soak: timedelta) -> Watch:
    """Return the watch after a look at the calls rejected; one that has counted anew was started anew."""
    since, fact = server.entry.activated_at, server.rejected_calls
    if since is None or not isinstance(fact, Known) or fact.value is None or watch.rejected is not None:
        return watch
    if not since <= fact.read_at <= since + soak + LAST_LOOK:
        return watch
    if watch.rejected_before is None or fact.value < watch.rejected_before:
        return replace(watch, rejected_before=fact.value)
    many = fact.value - watch.rejected_before > TIMES_USUAL * (watch.rejected_usually or 0)
    return replace(watch, rejected=fact.value) if many else watch


def _later_events(server: ServerCase) -> list[HostEvent]:
    """Return what a server has reported since it was drained."""
    noted = server.entry.watch.last_event
    if noted is None or not isinstance(server.events, Known):
        return []
    last = _last_before(server.events.value, noted)
    return [event for event in server.events.value if event.record_id > last]


def _last_before(events: Sequence[HostEvent], noted: int) -> int:
    """Return the record id up to which events are from before; 0 if the log was cleared since."""
    return noted if newest(events) >= noted else 0


def newest(events: Sequence[HostEvent]) -> int:
    """Return the record id of the newest event, 0 if there is none."""
    return max((event.record_id for event in events), default=0)
