"""What a front end tells after its restart that speaks against going on to the next one (R16). Pure.

It counts what is told since the process of its Front-End service began, by the clock of that computer. What
the pool told in the same words before everything was in place is no new evidence: a number that is dead for
months is told of each time it is called. What front ends tell that have not found Unified Messaging yet is
none either: the restart puts that right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from um_operator.observed.hosts import HostEvent
from um_operator.observed.restarts import FrontEndEntry
from um_operator.observed.values import name_key
from um_operator.planning.front_ends.pool import PoolCase


def against(pool: PoolCase) -> tuple[str, HostEvent] | None:
    """Return the first front end that tells of calls that fail since it was restarted, and what it tells."""
    known = pool.integrated
    if known is None or known.since is None:
        return None
    before = {_words(event) for event in _told_before(pool, known.since)}
    for computer in pool.computers:
        if known.front_ends.get(name_key(computer), FrontEndEntry()).restarted_at is None:
            continue
        for event in told_since_its_start(pool, computer):
            if _words(event) not in before:
                return computer, event
    return None


def told_since_its_start(pool: PoolCase, computer: str) -> Iterator[HostEvent]:
    """Yield what a front end tells since its process began, where that is known, and nobody heard of yet."""
    service, heard = pool.front_end_service(computer), _heard(pool, computer)
    began = service.started_at if service else None
    for event in pool.events.get(name_key(computer), ()):
        if event.record_id > heard and (began is None or event.at >= began):
            yield event


def newest(pool: PoolCase, computer: str) -> int:
    """Return the record id of the newest event of a front end, 0 if it shows none."""
    return max((event.record_id for event in pool.events.get(name_key(computer), ())), default=0)


def _told_before(pool: PoolCase, since: datetime) -> Iterator[HostEvent]:
    for computer in pool.computers:
        heard = _heard(pool, computer)
        yield from (
            event
            for event in pool.events.get(name_key(computer), ())
            if event.at < since or event.record_id <= heard
        )


def _heard(pool: PoolCase, computer: str) -> int:
    """Return up to which record a person has heard; 0 if the log was cleared since."""
    entry = pool.integrated.front_ends.get(name_key(computer)) if pool.integrated else None
    return entry.heard if entry is not None and entry.heard <= newest(pool, computer) else 0


def _words(event: HostEvent) -> tuple[int, str]:
    return event.event_id, event.message
