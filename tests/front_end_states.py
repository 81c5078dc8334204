"""A pool whose front ends are restarted, what is remembered of it, and which of its states are alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from front_end_model import NEEDED, POOL, Pool
from um_operator.api.meta import ObjectKey
from um_operator.engine import front_end_ledger
from um_operator.observed.fact import Fact, Known
from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.restarts import FrontEndEntry, Integrated
from um_operator.planning.front_ends.holds import BETWEEN_DOMAINS, START_TIME
from um_operator.planning.front_ends.pool import PoolCase, Services, Wish

LYNC = ObjectKey("LyncIntegration", "lync")
DRAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Mishaps:
    """How much may still go wrong.

    Attributes:
        lost: orders that are remembered and never arrive, as after a kill.
        deaths: front ends that go down by themselves.
        refused: orders that Lync refuses.
    """

    lost: int = 0
    deaths: int = 0
    refused: int = 0


@dataclass(frozen=True)
class State:
    """A pool, what is remembered of it, what may still go wrong, and how it came to this."""

    pool: Pool
    entry: ObjectEntry
    left: Mishaps
    path: tuple[str, ...] = ()

    def to(self, label: str, **changed: object) -> State:
        """Return the state after something happened, and was read."""
        return replace(self, path=(*self.path, label), **changed).seen()  # type: ignore[arg-type]

    def seen(self) -> State:
        """Return the state after the pool was read."""
        entry = front_end_ledger.seen(self.entry, {POOL: case_of(self)}, self.pool.now)
        return replace(self, entry=entry)


def case_of(state: State) -> PoolCase:
    """Return a pool as the planner sees it."""
    pool = state.pool
    services: dict[str, Fact[Services]] = {
        key: Known(pool.services(number), pool.now) for number, key in enumerate(pool.names)
    }
    return PoolCase(
        Wish(LYNC, drain_timeout=DRAIN, dial_plans=("Contoso-Lync",)),
        pool.topology,
        pool.product,
        services,
        Known(dict.fromkeys(pool.names, True), pool.now),
        Known(1840, pool.now),
        Known(pool.readiness, pool.now),
        Known(pool.fabric, pool.now),
        state.entry.stopped,
        state.entry.integrated.get(POOL),
    )


def beginning(pool: Pool, left: Mishaps) -> State:
    """Return a pool that was not integrated yet, and where everything just got into place."""
    case = case_of(State(pool, ObjectEntry(), left))
    known = front_end_ledger.judged(Integrated(), case, pool.now, in_place=True)
    return State(pool, ObjectEntry(integrated={POOL: known}), left)


def key_of(state: State) -> object:
    """Return what decisions can rest on: of instants how long ago they are, of processes which one runs.

    Where none is down by itself and none will be, the front ends of an upgrade domain are alike, but for
    whether they count for the quorum.
    """
    pool, names = state.pool, state.pool.names
    known = state.entry.integrated[POOL]
    keys = [_front_end_key(state, number, known.front_ends[name]) for number, name in enumerate(names)]
    if state.left.deaths or any(one.killed for one in pool.front_ends):
        return state.left, tuple(keys)
    voters = NEEDED[len(names)][1]
    alike = [sorted((number < voters, keys[number]) for number in domain) for domain in pool.domains]
    return state.left, tuple(map(tuple, alike))


def _front_end_key(state: State, number: int, entry: FrontEndEntry) -> tuple[Any, ...]:
    pool, now = state.pool, state.pool.now
    one, stopped = pool.front_ends[number], state.entry.stopped.get(pool.names[number])
    runs_since = pool.services(number)["rtcsrv"].started_at

    def age(at: datetime | None, longest: timedelta) -> float:
        return -1 if at is None else min(now - at, longest).total_seconds()

    remembered: tuple[object, ...] = ()
    if stopped is not None:
        same, with_all = runs_since == stopped.process_start, FRONT_END_SERVICE in stopped.starting
        waits_for_more = not (one.service == "Running" and with_all)
        remembered = (
            stopped.services,
            same and age(stopped.since, DRAIN),  # of no interest once that process is gone
            with_all,
            stopped.arrived,
            stopped.refused,
            age(stopped.taken_back_at, DRAIN),
            waits_for_more and age(stopped.started_at, START_TIME),
        )
    owes = entry.restarted_at is None and runs_since == entry.process_start
    restarted = age(entry.restarted_at, BETWEEN_DOMAINS)
    return one.service, one.dependent, one.killed, one.draining, remembered, owes, restarted
