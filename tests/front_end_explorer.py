"""Every way that the restart of a pool can go: orders lost, the operator killed, front ends that die.

What is explored is the planner, the holds and the ledger as they are; the pool is ``front_end_model``. States
that differ in nothing that a decision could rest on are visited once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from front_end_model import NEEDED, POOL, Pool
from um_operator.api.meta import ObjectKey
from um_operator.engine import front_end_ledger
from um_operator.observed.fact import Fact, Known
from um_operator.observed.front_ends import FRONT_END_SERVICE
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.restarts import FrontEndEntry, Integrated
from um_operator.observed.values import name_key
from um_operator.planning.checks import front_ends
from um_operator.planning.front_ends.holds import (
    BETWEEN_DOMAINS,
    START_TIME,
    STOP_HOLDS,
    Hold,
    Stop,
    start_waits,
)
from um_operator.planning.front_ends.pool import PoolCase, Services, Wish
from um_operator.planning.front_ends.turns import one_at_a_time
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.steps import FrontEndStep, StopFrontEndServices

SOAK = timedelta(minutes=10)
LYNC = ObjectKey("LyncIntegration", "lync")
DRAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Mishaps:
    """How much may still go wrong.

    Attributes:
        lost: orders that are remembered and never arrive, as after a kill.
        deaths: front ends that go down by themselves.
    """

    lost: int = 0
    deaths: int = 0


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


def plan(state: State, holds: tuple[Hold, ...] = STOP_HOLDS) -> tuple[PlannedStep, ...]:
    """Return what is planned and what each step waits for; every plan is approved as it is."""
    case, now = case_of(state), state.pool.now
    asked = [wanted.step for wanted in front_ends.examine(case).steps]
    steps = [step for step in asked if isinstance(step, FrontEndStep)]
    return one_at_a_time([PlannedStep(step, _waits(case, step, now, holds)) for step in steps])


def _waits(case: PoolCase, step: FrontEndStep, now: datetime, holds: tuple[Hold, ...]) -> tuple[Wait, ...]:
    if not isinstance(step, StopFrontEndServices):
        return tuple(start_waits(case, step.computer, now))
    stop = Stop(case, step.batch, step.exactly_quorum, SOAK, now)
    return next((found for hold in holds if (found := tuple(hold(stop)))), ())


@dataclass
class Explored:
    """What was found: how states lead to one another where nothing more goes wrong."""

    paths: dict[object, tuple[str, ...]] = field(default_factory=dict)
    after: dict[object, tuple[object, ...]] = field(default_factory=dict)
    goals: set[object] = field(default_factory=set)

    def astray(self) -> list[tuple[str, ...]]:
        """Return the ways to states from which, where nothing more goes wrong, no goal can be reached."""
        before: dict[object, list[object]] = {}
        for key, following in self.after.items():
            for one in following:
                before.setdefault(one, []).append(key)
        known, reached = set(self.goals), list(self.goals)
        for key in reached:
            new = [one for one in before.get(key, ()) if one not in known]
            known.update(new)
            reached.extend(new)
        return [path for key, path in self.paths.items() if key not in known]


def explore(start: State, holds: tuple[Hold, ...] = STOP_HOLDS, most: int = 60_000) -> Explored:
    """Visit every state that can be reached.

    Raises:
        AssertionError: a rule is broken; the message has the way there. Or there are too many states.
    """
    found, queue = Explored({_key(start): ()}), deque([start])
    while queue:
        state = queue.popleft()
        going_on = list(_goes_on(state, holds))
        found.after[_key(state)] = tuple(_key(one) for one in going_on)
        if is_done(state):
            found.goals.add(_key(state))
        for one in (*going_on, *_goes_wrong(state, holds)):
            if _key(one) not in found.paths:
                found.paths[_key(one)] = one.path
                queue.append(one)
        assert len(found.paths) <= most, "there are more states than expected"
    return found


def walk(state: State, most: int = 1_000) -> bool:
    """Go one way, the first thing that happens each time, and return whether it comes to its end."""
    for _ in range(most):
        if is_done(state):
            return True
        state = next(_goes_on(state, STOP_HOLDS))
    return False


def is_done(state: State) -> bool:
    """Whether every front end was restarted and everything runs on it."""
    known = state.entry.integrated[POOL]
    restarted = all(one.restarted_at is not None for one in known.front_ends.values())
    return restarted and not state.entry.stopped and all(_whole(state.pool, n) for n in _numbers(state.pool))


def _goes_on(state: State, holds: tuple[Hold, ...]) -> Iterator[State]:
    """Yield what happens by itself, by the operator, or by a person who looks after what is down."""
    planned = plan(state, holds)
    for one in planned:
        if one.ready:
            yield _run(state, one.step, arrives=True)
    for number in _numbers(state.pool):
        if (settled := state.pool.settled(number)) != state.pool:
            yield state.to(f"{number} settles", pool=settled)
        if state.pool.front_ends[number].killed:
            yield state.to(f"a person starts {number}", pool=state.pool.revived(number))
    untils = [wait.until for one in planned for wait in one.waits if wait.until is not None]
    # An order that nobody knows to be heard, or that was taken back, counts as lost after a while.
    untils += [(one.taken_back_at or one.since) + DRAIN for one in state.entry.stopped.values()]
    for until in sorted({at for at in untils if at > state.pool.now})[:1]:
        yield state.to(f"{until - state.pool.now} pass", pool=replace(state.pool, now=until))


def _goes_wrong(state: State, holds: tuple[Hold, ...]) -> Iterator[State]:
    if state.left.lost:
        left = replace(state.left, lost=state.left.lost - 1)
        for one in plan(state, holds):
            if one.ready:
                yield _run(replace(state, left=left), one.step, arrives=False)
    if state.left.deaths:
        left = replace(state.left, deaths=state.left.deaths - 1)
        for number in _numbers(state.pool):
            if state.pool.front_ends[number].up:
                yield state.to(f"{number} dies", pool=state.pool.died(number), left=left)


def _run(state: State, step: object, *, arrives: bool) -> State:
    assert isinstance(step, FrontEndStep)
    number, label = state.pool.names.index(step.computer), f"{type(step).__name__} {step.computer}"
    begun = front_end_ledger.before(step, state.entry, state.pool.now)
    if not arrives:
        return state.to(f"{label} is lost", entry=begun)
    if isinstance(step, StopFrontEndServices):
        pool = state.pool.stop(number)
        _judge(state, step, pool)
    else:
        pool = state.pool.start(number, step.services)
    ledger = Ledger(objects={LYNC: begun})
    ended = front_end_ledger.ended(step, ledger, ledger, LYNC, Outcome("Done"), now=state.pool.now)
    return state.to(label, pool=pool, entry=ended.entry(LYNC))


def _judge(state: State, step: StopFrontEndServices, after: Pool) -> None:
    """Hold a stop to R22 and R23, by what the pool is and not by what the planner believes."""
    path = (*state.path, step.sentence)
    assert NEEDED[len(after.front_ends)], path
    assert after.margin >= 0, f"fewer front ends than the quorum: {path}"
    assert after.margin > 0 or step.exactly_quorum, f"exactly the quorum, and nobody was told: {path}"
    assert not step.exactly_quorum or step.needs_approval, f"nobody approved: {path}"
    assert after.least_replicas > 1, f"a routing group without primary and secondary: {path}"
    assert not any(one.killed for one in state.pool.front_ends), f"one was down already: {path}"
    together = {state.pool.names.index(one) for one in step.batch}
    down = {n for n in _numbers(after) if not after.front_ends[n].up}
    assert down <= together, f"others are down: {path}"
    known = state.entry.integrated[POOL]
    assert known.front_ends[name_key(step.computer)].restarted_at is None, f"twice: {path}"
    number = state.pool.names.index(step.computer)
    running = {one.name for one in state.pool.services(number).values() if one.status == "Running"}
    assert set(step.services) == running, f"not all that runs is recorded: {path}"


def _whole(pool: Pool, number: int) -> bool:
    one = pool.front_ends[number]
    return one.up and one.dependent == "Running"


def _numbers(pool: Pool) -> range:
    return range(len(pool.front_ends))


def _key(state: State) -> object:
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
            age(stopped.taken_back_at, DRAIN),
            waits_for_more and age(stopped.started_at, START_TIME),
        )
    owes = entry.restarted_at is None and runs_since == entry.process_start
    restarted = age(entry.restarted_at, BETWEEN_DOMAINS)
    return one.service, one.dependent, one.killed, one.draining, remembered, owes, restarted
