"""The facts that order the steps on front ends, and what holds them beside the order of things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known
from um_operator.observed.values import name_key
from um_operator.planning import securing
from um_operator.planning.front_ends import holds
from um_operator.planning.front_ends.cases import case_named, effective_at
from um_operator.planning.front_ends.holds import START_TIME, Hold, Stop, start_waits
from um_operator.planning.front_ends.pool import Wish
from um_operator.planning.plan import Wait
from um_operator.planning.steps.front_end import FrontEndStep, StartFrontEndServices, StopFrontEndServices
from um_operator.planning.view import View

Fact: TypeAlias = Callable[[StopFrontEndServices, View], Iterator[Wait]]


def of_the_pool(hold: Hold) -> Fact:
    """Return a fact about a pool as one that orders the stop of its front ends."""

    def fact(step: StopFrontEndServices, view: View) -> Iterator[Wait]:
        pool = case_named(view, step.pool)
        if pool is None:
            message = f'pool "{step.pool}" has to be read again'
            yield Wait(Reason.WAITING_FOR_READING, message, step.pool)
            return
        soak = view.desired.spec.disruption.soak
        yield from hold(Stop(pool, step.batch, step.exactly_quorum, soak, view.now))

    return fact


def everything_is_in_place(step: StopFrontEndServices, view: View) -> Iterator[Wait]:
    """Whether all is there that the front end is to find, and every server must have read it.

    Started earlier it would call servers that do not know its pool yet, and tell so (R16).
    """
    missing = tuple(of_the_pool(holds.everything_is_in_place)(step, view))
    yield from missing
    items = (item for item in view.desired.lync_integrations if item.key == step.owner)
    until = next((effective_at(item, view) for item in items), None)
    if not missing and until is not None and view.now < until:
        message = f'not every server may have read what pool "{step.pool}" is to find'
        yield Wait(Reason.WAITING_FOR_REPLICATION, message, step.pool, until=until)


def front_end_has_stopped(step: StartFrontEndServices, view: View) -> Iterator[Wait]:
    """Whether what was told to stop has stopped; what was told to start gets its time.

    As long as the topology cannot be read, its sessions have theirs: told to start, it would go on (R1).
    """
    stopped = view.ledger.entry(view.desired.key).stopped.get(name_key(step.computer))
    if stopped is None:
        return
    pool = case_named(view, step.pool)
    if pool is not None:
        yield from start_waits(pool, step.computer, view.now)
    elif stopped.started_at is not None:
        if view.now < (until := stopped.started_at + START_TIME):
            message = f'what ran on "{step.computer}" was just told to start'
            yield Wait(Reason.WAITING_FOR_SERVICE, message, step.computer, until=until)
    elif not _topology_is_known(view) and view.now < (until := stopped.since + _drain_timeout(view, step)):
        message = f'the topology is not known, nor whether "{step.computer}" has stopped'
        yield Wait(Reason.WAITING_FOR_READING, message, step.computer, until=until)


def _topology_is_known(view: View) -> bool:
    lync = view.snapshot.lync
    return lync is not None and isinstance(lync.pools, Known)


def _drain_timeout(view: View, step: StartFrontEndServices) -> timedelta:
    """Return how long sessions in a pool may take to end, by the integration that declares it."""
    for item in view.desired.lync_integrations:
        if any(name_key(pool.fqdn) == name_key(step.pool) for pool in item.pools):
            return item.spec.front_end_restart.drain_timeout
    return Wish(step.owner).drain_timeout


def exchange_is_at_rest(_: StopFrontEndServices, view: View) -> Iterator[Wait]:
    """Whether nothing of Exchange is interrupted by us, or watched since: never both at once (R16, R22)."""
    soak = view.desired.spec.disruption.soak
    for name, entry in view.ledger.entry(view.desired.key).servers.items():
        if entry.activated_at is not None and view.now < entry.activated_at + soak:
            message = f'"{name}" is watched before anything else is interrupted'
            yield Wait(Reason.WAITING_FOR_SOAK, message, name, until=entry.activated_at + soak)
            return
    plan = next((item for item, _ in securing.under_way(view)), None)
    if plan is not None:
        message = f'dial plan "{plan.name}" is watched before anything else is interrupted'
        yield Wait(Reason.WAITING_FOR_SOAK, message, str(plan.key))
    busy = next((server for server in view.rollout.servers.values() if server.is_attended), None)
    if busy is not None:
        message = f'the sequence of "{busy.fqdn}" is under way'
        yield Wait(Reason.WAITING_FOR_EXCHANGE_RESTARTS, message, busy.fqdn)


def other_pools_are_up(step: StopFrontEndServices, view: View) -> Iterator[Wait]:
    """Whether no front end of another pool is down by us: one pool may be the backup of another."""
    for computer, stopped in view.ledger.entry(view.desired.key).stopped.items():
        if stopped.pool != name_key(step.pool):
            message = f'front end "{computer}" of pool "{stopped.pool}" was told to stop'
            yield Wait(Reason.WAITING_FOR_FRONT_ENDS, message, computer)
            return


def front_ends_are_up(view: View) -> Iterator[Wait]:
    """Yield the first front end that is down by us: until it is up nothing of Exchange is interrupted."""
    for computer in view.ledger.entry(view.desired.key).stopped:
        message = f'front end "{computer}" was told to stop and does not run again yet'
        yield Wait(Reason.WAITING_FOR_FRONT_ENDS, message, computer)
        return


def read_at(step: FrontEndStep, view: View) -> Iterator[datetime]:
    """Yield when what a step on a front end rests on was read; what is unknown holds it elsewhere."""
    pool, lync = case_named(view, step.pool), view.snapshot.lync
    if pool is None or lync is None:
        return
    facts = (lync.pools, pool.replicated, pool.readiness, pool.fabric, *pool.services.values())
    yield from (fact.read_at for fact in facts if isinstance(fact, Known))
