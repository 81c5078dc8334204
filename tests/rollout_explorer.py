"""Every way that a rollout can go: ready steps in any order, crashes, reboots, and what people do meanwhile.

The planner is pure and so are the servers, so a state is a value: states that differ in nothing that a
decision could rest on are visited once. What must hold in each is in ``rollout_invariants``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import rollout_invariants as invariants
from rollout_machine import Machine
from rollout_support import Site
from um_operator.observed.rollout import Issuance, ServerEntry
from um_operator.planning.plan import PlannedStep
from um_operator.planning.rollout.service import START_DEADLINE
from um_operator.planning.steps import ActivateServer, ConfigureService

GRAIN = timedelta(seconds=10)
"""Instants that are as long ago as this one tells apart are the same instant."""
LONG_AGO = timedelta(hours=1)
"""Nothing that a decision rests on is older, but the life of certificates."""
AWAY = timedelta(hours=2)
"""How long the operator is away after some crashes."""


@dataclass(frozen=True)
class Budget:
    """How much may go wrong on the way."""

    crashes: int = 0
    reboots: int = 0
    brakes: int = 0
    maintenances: int = 0
    calls: int = 0
    outages: int = 0


@dataclass(frozen=True)
class State:
    """A site, and what may still go wrong.

    Attributes:
        braked: whether somebody suspended everything.
        path: how it came to this, for a person who reads of a failure.
    """

    site: Site
    left: Budget
    braked: bool = False
    path: tuple[str, ...] = ()

    def to(self, label: str, site: Site, **changed: int) -> State:
        """Return the state after something happened."""
        return replace(self, site=site, left=replace(self.left, **changed), path=(*self.path, label))


@dataclass
class Explored:
    """What was found: how states lead to one another where nothing more goes wrong.

    Attributes:
        paths: the first way to each state.
        after: what each state leads to.
        ends: the states in which nothing happens by itself any more.
        transitions: how many steps, instants and mishaps were tried.
    """

    paths: dict[Hashable, tuple[str, ...]] = field(default_factory=dict)
    after: dict[Hashable, tuple[Hashable, ...]] = field(default_factory=dict)
    ends: dict[Hashable, State] = field(default_factory=dict)
    transitions: int = 0

    def astray(self, is_goal: Callable[[State], bool]) -> list[tuple[str, ...]]:
        """Return the ways to states from which, where nothing more goes wrong, no goal can be reached."""
        before = self._before()
        reached = [key for key, state in self.ends.items() if is_goal(state)]
        known = set(reached)
        for key in reached:
            new = [one for one in before.get(key, ()) if one not in known]
            known.update(new)
            reached.extend(new)
        return [path for key, path in self.paths.items() if key not in known]

    def circles(self) -> list[tuple[str, ...]]:
        """Return the ways to states that lead to themselves although nothing goes wrong: it never ends."""
        left, before = {key: set(following) for key, following in self.after.items()}, self._before()
        done = [key for key, following in left.items() if not following]
        for key in done:
            for one in before.get(key, ()):
                left[one].discard(key)
                if not left[one]:
                    done.append(one)
        return [self.paths[key] for key in left.keys() - set(done)]

    def _before(self) -> dict[Hashable, list[Hashable]]:
        before: dict[Hashable, list[Hashable]] = {}
        for key, following in self.after.items():
            for one in following:
                before.setdefault(one, []).append(key)
        return before


def explore(start: Site, budget: Budget, most: int = 100_000) -> Explored:
    """Visit every state that can be reached; each transition is held to the invariants.

    Raises:
        AssertionError: an invariant is broken; the message has the way there. Or there are too many states.
    """
    found, first = Explored(), State(start.seen(), budget)
    found.paths[_key(first)] = ()
    queue = deque([(_key(first), first)])
    while queue:
        key, state = queue.popleft()
        invariants.of_state(state.site, state.path)
        going_on = [(_key(one), one) for one in _goes_on(state)]
        found.after[key] = tuple(dict.fromkeys(following for following, _ in going_on))
        if not going_on:
            found.ends[key] = state
        for reached, one in (*going_on, *((_key(one), one) for one in _goes_wrong(state))):
            found.transitions += 1
            if reached not in found.paths:
                assert len(found.paths) < most, f"more than {most} states"
                found.paths[reached] = one.path
                queue.append((reached, one))
    return found


def _goes_on(state: State) -> Iterator[State]:
    """Yield what comes next by itself: each ready step alone, the whole pass, or time."""
    site = state.site
    for planned in site.ready:
        invariants.of_step(site, planned.step, state.path)
        yield state.to(planned.step.sentence, site.ran(planned))
    if len(site.ready) > 1:
        yield state.to("a whole pass", _whole_pass(state))
    if not site.ready and site.plan.wake_at is not None and site.plan.wake_at - site.now < timedelta(days=1):
        yield state.to("time goes by", site.awake())
    for name in _names(site):
        machine = site.machine(name)
        if machine.site:
            yield state.to(f"{name} has what was written", site.changed(name, site={}))
        if machine.down:
            yield state.to(f"{name} is back", site.changed(name, down=False))
        if machine.calls:
            yield state.to(f"calls on {name} end", site.changed(name, calls=0))


def _whole_pass(state: State) -> Site:
    """Return the site after every ready step ran, planned once, and nothing was read in between."""
    site = state.site
    for planned in state.site.ready:
        invariants.of_step(site, planned.step, state.path)
        site = site.carried(planned)
    return site.seen()


def _goes_wrong(state: State) -> Iterator[State]:
    """Yield what may go wrong now."""
    left, site = state.left, state.site
    if left.crashes:
        for planned in site.ready:
            for what, crashed in _crashes(site, planned):
                label = f"crash {what}: {planned.step.sentence}"
                yield state.to(label, crashed.seen(), crashes=left.crashes - 1)
    if left.brakes and not state.braked:
        braked = replace(state, braked=True)
        yield braked.to("suspended", site.ruled(suspend=True), brakes=left.brakes - 1)
    for name in _names(site):
        yield from _happens_to(state, name)


def _happens_to(state: State, name: str) -> Iterator[State]:
    """Yield what may happen to a server now."""
    left, site, machine = state.left, state.site, state.site.machine(name)
    if left.reboots:
        yield state.to(f"reboot of {name}", site.rebooted(name), reboots=left.reboots - 1)
    if left.outages:
        yield state.to(f"{name} is out of reach", site.changed(name, down=True), outages=left.outages - 1)
    if left.calls and not machine.calls and not machine.requests and machine.processes.get("UM"):
        yield state.to(f"a call on {name}", site.changed(name, calls=1), calls=left.calls - 1)
    if left.maintenances:
        requests = {**machine.requests, "Maintenance": "Inactive"}
        begun = site.changed(name, requests=requests)
        yield state.to(f"maintenance of {name}", begun, maintenances=left.maintenances - 1)


def _crashes(site: Site, planned: PlannedStep) -> Iterator[tuple[str, Site]]:
    step = planned.step
    yield "before the effect", site.broken_off(planned, effect=False)
    yield "before the effect, and away for long", site.broken_off(planned, effect=False).later(AWAY)
    if isinstance(step, ActivateServer):
        yield "after the effect", site.broken_off(planned)
    if isinstance(step, ConfigureService) and step.mode != step.mode_before:
        yield "between mode and binding", site.half_written(planned)


def _names(site: Site) -> list[str]:
    return [fqdn.partition(".")[0] for fqdn in site.servers.machines]


def _key(state: State) -> Hashable:
    """Return what tells a state from others: everything that a decision may rest on, ages in grains."""
    site = state.site
    entries = site.ledger.entry(site.desired.key).servers
    servers = tuple(
        (_machine(machine, site.now), _entry(entries.get(fqdn, ServerEntry()), machine, site.now))
        for fqdn, machine in site.servers.machines.items()
    )
    issuances = tuple(_issuance(site.ledger.entry(item.key).issuance) for item in site.desired.certificates)
    revisions = tuple((one.number, one.server, one.state) for one in site.servers.revisions)
    return servers, issuances, revisions, state.left, state.braked


def _machine(machine: Machine, now: datetime) -> Hashable:
    processes = (
        (name, one and (one.mode, one.thumbprint, min(now - one.start, START_DEADLINE) // GRAIN))
        for name, one in machine.processes.items()
    )
    return (
        *(tuple(sorted(facts.items())) for facts in (machine.mode, machine.bound, machine.requests)),
        tuple(processes), tuple(machine.site.items()),
        machine.store, machine.roots, machine.calls, machine.down, machine.starts,
    )  # fmt: skip


def _entry(entry: ServerEntry, machine: Machine, now: datetime) -> Hashable:
    running = {name: one.start if one else None for name, one in machine.processes.items()}
    bound = (
        (name, one.certificate, one.thumbprint, one.startup_mode, one.process_start == running[name])
        for name, one in sorted(entry.bound.items())
    )
    restarts = (
        (name, one.process_start == running[name], _age(one.started_at, now), one.count)
        for name, one in sorted(entry.restarts.items())
    )
    return (
        _age(entry.hold.since if entry.hold else None, now),
        _age(entry.gave_up_at, now),
        _age(entry.activated_at, now),
        tuple(bound),
        tuple(sorted(entry.previous.items())),
        tuple(restarts),
    )


def _issuance(issuance: Issuance | None) -> Hashable:
    if issuance is None:
        return None
    rejected = tuple((server, one.revision) for server, one in sorted(issuance.rejected.items()))
    return issuance.revision, rejected, tuple(issuance.unreferenced_since)


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else min(now - at, LONG_AGO) // GRAIN
