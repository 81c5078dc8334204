"""Every way that the restart of a pool can go: orders lost or refused, the operator killed, deaths.

What is explored is the planner, the holds and the ledger as they are; the pool is ``front_end_model``. States
that differ in nothing that a decision could rest on are visited once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from front_end_model import NEEDED, POOL, Pool
from front_end_states import DRAIN, LYNC, State, case_of, key_of
from um_operator.engine import front_end_ledger
from um_operator.observed.ledger import Ledger
from um_operator.observed.values import name_key
from um_operator.planning.checks import front_ends
from um_operator.planning.front_ends.holds import STOP_HOLDS, Hold, Stop, start_waits
from um_operator.planning.front_ends.pool import PoolCase
from um_operator.planning.front_ends.turns import one_at_a_time
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.steps import FrontEndStep, StopFrontEndServices

SOAK = timedelta(minutes=10)


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
    found, queue = Explored({key_of(start): ()}), deque([start])
    while queue:
        state = queue.popleft()
        going_on = list(_goes_on(state, holds))
        found.after[key_of(state)] = tuple(key_of(one) for one in going_on)
        if is_done(state):
            found.goals.add(key_of(state))
        for one in (*going_on, *_goes_wrong(state, holds)):
            if key_of(one) not in found.paths:
                found.paths[key_of(one)] = one.path
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
    left = state.left
    due = [one.step for one in plan(state, holds) if one.ready] if left.lost or left.refused else []
    if left.lost:
        after = replace(state, left=replace(left, lost=left.lost - 1))
        yield from (_run(after, step, arrives=False) for step in due)
    if left.refused:
        after = replace(state, left=replace(left, refused=left.refused - 1))
        yield from (one for step in due for one in _refused(after, step))
    if left.deaths:
        fewer = replace(left, deaths=left.deaths - 1)
        for number in (one for one in _numbers(state.pool) if state.pool.front_ends[one].up):
            yield state.to(f"{number} dies", pool=state.pool.died(number), left=fewer)


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


def _refused(state: State, step: object) -> Iterator[State]:
    """Yield what may come of a refusal: nothing, or of a stop that what depends on the service is down."""
    assert isinstance(step, FrontEndStep)
    before, now = Ledger(objects={LYNC: state.entry}), state.pool.now
    begun = Ledger(objects={LYNC: front_end_ledger.before(step, state.entry, now)})
    ended = front_end_ledger.ended(step, before, begun, LYNC, Outcome("Refused", "Refused"), now=now)
    label = f"{type(step).__name__} {step.computer} is refused"
    yield state.to(label, entry=ended.entry(LYNC))
    if isinstance(step, StopFrontEndServices):
        half = state.pool.half_stopped(state.pool.names.index(step.computer))
        yield state.to(f"{label}, in part", pool=half, entry=ended.entry(LYNC))


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
