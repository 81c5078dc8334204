"""How the ledger of front ends changes: before and after an effect, by reading, by what was planned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.restarts import FrontEndEntry, Integrated, Stopped
from um_operator.observed.values import name_key
from um_operator.planning.front_ends.pool import PoolCase
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import FrontEndStep, StopFrontEndServices

ORDER_LOST: Final = timedelta(minutes=2)
"""After so long a front end on which everything runs was not told to stop: the order was lost."""


def before(step: FrontEndStep, entry: ObjectEntry, now: datetime) -> ObjectEntry:
    """Return the organisation's entry before a step on a front end runs: what it stops is ours to start."""
    key = name_key(step.computer)
    if isinstance(step, StopFrontEndServices):
        stopped = Stopped(name_key(step.pool), step.services, now, step.process_start)
    elif key in entry.stopped:
        stopped = replace(entry.stopped[key], started_at=now)
    else:
        return entry
    return replace(entry, stopped={**entry.stopped, key: stopped})


def after(remembered: ObjectEntry, entry: ObjectEntry, outcome: Outcome) -> ObjectEntry:
    """Return the organisation's entry once the step ended; ``remembered`` is the one before ``before``.

    What certainly did not happen is taken back. What may have happened stands until the next reading tells.
    """
    return entry if outcome.kind in {"Done", "Unclear"} else remembered


def seen(entry: ObjectEntry, pools: Mapping[str, PoolCase], now: datetime) -> ObjectEntry:
    """Return the organisation's entry after front ends were read.

    A front end on which everything runs again is done, whoever started it; so is one that a person restarted.
    """
    stopped, integrated = dict(entry.stopped), dict(entry.integrated)
    for key, pool in pools.items():
        known = integrated.get(key)
        for computer in pool.computers:
            name = name_key(computer)
            if name in stopped and (how := _is_up_again(pool, computer, now)):
                del stopped[name]
                known = _noted(known, name, now) if how == "Restarted" else known
            elif name not in stopped and known is not None and _was_restarted(pool, computer, known):
                known = _noted(known, name, now)
        if known is not None:
            integrated[key] = known
    if (stopped, integrated) == (dict(entry.stopped), dict(entry.integrated)):
        return entry
    return replace(entry, stopped=stopped, integrated=integrated)


def judged(known: Integrated | None, pool: PoolCase, now: datetime, *, in_place: bool) -> Integrated:
    """Return what is remembered of a pool after a plan was made, before any of it runs.

    Args:
        known: what was remembered.
        pool: the pool.
        now: the instant.
        in_place: whether everything is in place that its front ends are to find.

    A pool of which nothing is remembered and where nothing is missing is taken as it is: it was integrated by
    hand, or what was remembered is lost (R14). From the moment on when what was missing is in place, every
    front end owes a start.
    """
    wish = pool.wish
    if known is None and not in_place:
        return Integrated()
    if known is not None and not (in_place and pool.begins_anew):
        kept = tuple(plan for plan in known.dial_plans if plan in wish.dial_plans)
        return known if kept == known.dial_plans or not in_place else replace(known, dial_plans=kept)
    done = None if known is not None else now
    processes = {name_key(one): pool.front_end_service(one) for one in pool.computers}
    front_ends = {
        key: FrontEndEntry(service.started_at if service else None, done)
        for key, service in processes.items()
    }
    return Integrated(wish.dial_plans, wish.chain, now, front_ends)


def _is_up_again(pool: PoolCase, computer: str, now: datetime) -> str:
    """Return ``Restarted`` or ``NotStopped`` of a front end on which everything runs; else empty."""
    stopped, service = pool.stopped[name_key(computer)], pool.front_end_service(computer)
    if service is None or service.status != "Running" or pool.missing(computer):
        return ""
    known = service.started_at is not None and stopped.process_start is not None
    if known and service.started_at != stopped.process_start:
        return "Restarted"
    if not known and stopped.started_at is not None:
        return "Restarted"
    return "NotStopped" if now >= stopped.since + ORDER_LOST else ""


def _was_restarted(pool: PoolCase, computer: str, known: Integrated) -> bool:
    """Whether another process of the Front-End service runs than when all was in place."""
    service, entry = pool.front_end_service(computer), known.front_ends.get(name_key(computer))
    if known.since is None or service is None or service.status != "Running":
        return False
    if service.started_at is None or (entry is not None and entry.restarted_at is not None):
        return False
    before_it = entry.process_start if entry is not None else None
    return service.started_at != before_it if before_it is not None else service.started_at > known.since


def _noted(known: Integrated | None, computer: str, now: datetime) -> Integrated | None:
    if known is None or known.since is None:
        return known
    entry = known.front_ends.get(computer, FrontEndEntry())
    return replace(known, front_ends={**known.front_ends, computer: replace(entry, restarted_at=now)})
