"""Which steps may run now: mode, suspension, hold, replication, window, freshness.

A gate may hold back the beginning of something, never its end (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.values import name_key
from um_operator.planning import adjacent
from um_operator.planning.attempt import Attempt
from um_operator.planning.front_ends import facts as front_ends
from um_operator.planning.front_ends.holds import START_TIME
from um_operator.planning.maintenance import Calendar
from um_operator.planning.plan import POLL, Wait
from um_operator.planning.rollout import waits as rollout
from um_operator.planning.rollout.beginning import Beginning
from um_operator.planning.securing import FOLLOWS_WITHIN
from um_operator.planning.steps import (
    BaseStep,
    ConfigureService,
    DrainServer,
    FrontEndStep,
    ServerStep,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    SnapshotField,
    StopFrontEndServices,
)

PASSING: Final = frozenset[str](
    {
        Reason.WAITING_FOR_CALLS,
        Reason.WAITING_FOR_LEASE,
        Reason.WAITING_FOR_READING,
        Reason.WAITING_FOR_REPLICATION,
        Reason.WAITING_FOR_SERVICE,
        Reason.WAITING_FOR_SOAK,
    }
)
"""Reasons of waits that end by themselves, without a window, an approval or a person."""
LOOK_AGAIN: Final[Mapping[str, timedelta]] = {
    Reason.WAITING_FOR_CALLS: timedelta(seconds=5),
    Reason.WAITING_FOR_SERVICE: timedelta(seconds=5),
    Reason.WAITING_FOR_REPLICATION: timedelta(seconds=15),
    Reason.ISSUANCE_PENDING: timedelta(seconds=15),
}
"""How soon to look again at what nobody tells us of."""


LISTS: Final = ("organization", "servers", "dial_plans", "gateways", "hunt_groups", "mailbox_policies")
TRY_AGAIN: Final = timedelta(hours=1)
"""After so long a server whose calls did not end is tried again where no window is declared."""


Gate: TypeAlias = Callable[[Attempt], Iterator[Wait]]


def suspended(attempt: Attempt) -> Iterator[Wait]:
    """Hold while the resource or its organisation is suspended."""
    if attempt.item.care.suspended:
        yield Wait(Reason.SUSPENDED, "nothing is written while it is suspended")


def held(attempt: Attempt) -> Iterator[Wait]:
    """Hold while somebody has a hand on the brake (R25)."""
    hold = attempt.item.care.hold_at(attempt.view.now)
    if hold is not None:
        yield Wait(Reason.HOLD, f'nothing is written while it is held: "{hold.reason}"', until=hold.until)


def careful(attempt: Attempt) -> Iterator[Wait]:
    """Hold in mode Observe (R3)."""
    if attempt.item.care.mode == "Observe":
        yield Wait(Reason.OBSERVE, 'mode is "Observe": nothing is changed')


def organization_usable(attempt: Attempt) -> Iterator[Wait]:
    """Hold while something is wrong with the organisation as a whole, or it is going."""
    if attempt.view.desired.deleting:
        key = attempt.view.desired.key
        yield Wait(Reason.DEPENDENCY_NOT_FOUND, f'"{key}" is being deleted', str(key))
    for obstacle in attempt.view.desired.obstacles:
        yield Wait(obstacle.reason, obstacle.message, str(attempt.view.desired.key))


def replicated(attempt: Attempt) -> Iterator[Wait]:
    """Hold what may only look different because the domain controller changed."""
    until = attempt.view.replicates_until(attempt.step.owner)
    if until is not None:
        message = "the domain controller changed after the last write, which may not have reached the new one"
        yield Wait(Reason.WAITING_FOR_REPLICATION, message, until=until)


def predecessor_ended(attempt: Attempt) -> Iterator[Wait]:
    """Hold what interrupts calls while the last call of a process that worked before may be under way."""
    since = attempt.view.desired.interrupting_from
    if since is not None and attempt.step.interrupts and attempt.view.now < since:
        message = "another replica worked until lately, and what it sent last may still be under way"
        yield Wait(Reason.WAITING_FOR_LEASE, message, until=since)


def in_window(attempt: Attempt) -> Iterator[Wait]:
    """Hold what interrupts calls until a window is open long enough, repairs as well (R26).

    What we took out of service has no calls left to interrupt once its steps may run (R13).
    """
    server = attempt.server
    closed = attempt.view.ledger.entry(attempt.step.owner).draining is not None
    closed = closed or (server is not None and server.entry.hold is not None)
    if closed or not attempt.step.interrupts or _needs_no_window(attempt):
        return
    spec = attempt.view.desired.spec
    calendar = Calendar(spec.maintenance_windows, spec.blackouts)
    yield from _closed(calendar, attempt.view.now, _needed(attempt))


def front_ends_are_up(attempt: Attempt) -> Iterator[Wait]:
    """Hold what interrupts calls of Exchange while a front end of Lync is down by us (R22)."""
    if attempt.step.interrupts and not isinstance(attempt.step, FrontEndStep):
        yield from front_ends.front_ends_are_up(attempt.view)


def alone(attempt: Attempt) -> Iterator[Wait]:
    """Hold the securing of a plan while servers, or another plan, are watched for failing calls (R16)."""
    if attempt.begins_cut_over:
        yield from rollout.watched(attempt.view, attempt.step.owner)


def looked_at(attempt: Attempt) -> Iterator[Wait]:
    """Hold unless every server was looked at just now, where it is a matter of all of them.

    Before a plan is secured all have to be READY (R18). Before a service is stopped somebody else has to be
    there for its calls, and what was done on the server before may have taken long (R11).
    """
    if attempt.begins_cut_over:
        yield from rollout.everyone_was_looked_at(attempt.view, rollout.LOOK)
    if attempt.stops_service:
        yield from rollout.everyone_was_looked_at(attempt.view, rollout.AVAILABILITY)


def adjacent_is_done(attempt: Attempt) -> Iterator[Wait]:
    """Hold the securing of a plan until its gateways' ports are written, and ports until plans went back."""
    yield from adjacent.before(attempt.step, attempt.view)


def gave_up(attempt: Attempt) -> Iterator[Wait]:
    """Hold a server whose calls did not end until the next window; where none is declared, for some time."""
    server = attempt.server
    at = server.entry.gave_up_at if server else None
    if not attempt.begins or server is None or at is None:
        return
    spec, now = attempt.view.desired.spec, attempt.view.now
    if spec.maintenance_windows:
        span = Calendar(spec.maintenance_windows, spec.blackouts).open_at(now)
        until = span.ends_at if span and span.contains(at) else None
    else:
        until = at + TRY_AGAIN
    if until is not None and now < until:
        message = f'calls on "{server.fqdn}" did not end in time, and onDrainTimeout is "Hold"'
        detail = Reason.DRAIN_TIMED_OUT
        yield Wait(Reason.WAITING_FOR_WINDOW, message, server.fqdn, detail=detail, until=until)


def phones_stay_up(attempt: Attempt) -> Iterator[Wait]:
    """Hold the beginning of a server's sequence for everything that keeps the phones up."""
    server, step = attempt.server, attempt.step
    if server is not None and attempt.begins and isinstance(step, ConfigureService | DrainServer):
        yield from rollout.waits_of(Beginning(step, server, attempt.view))


def fresh(attempt: Attempt) -> Iterator[Wait]:
    """Hold unless what the step changes or endangers was read in this pass, and the rest lately.

    What ends a server's sequence rests on that server alone (R13).
    """
    snapshot, view = attempt.view.snapshot, attempt.view
    oldest = view.now - 2 * view.desired.interval
    ends = attempt.finishes and (attempt.server is not None or isinstance(attempt.step, FrontEndStep))
    for name in LISTS if not ends else ():
        fact = getattr(snapshot, name)
        limit = view.pass_started if name in attempt.step.reads else oldest
        if isinstance(fact, Unknown):
            yield Wait(
                Reason.WAITING_FOR_READING, f"{name} could not be read: {fact.message}", detail=fact.reason
            )
        elif fact.read_at < limit:
            yield _unread(attempt.step, name, here=name in attempt.step.reads)
    for name in {"um_services", "call_routers"} & attempt.step.reads:
        facts = _concerning(attempt, getattr(snapshot, name))
        if any(isinstance(fact, Known) and fact.read_at < view.pass_started for fact in facts):
            yield _unread(attempt.step, name)
    if any(read_at < view.pass_started for read_at in _server_read_at(attempt)):
        yield _unread(attempt.step, "the server")
    if isinstance(attempt.step, StopFrontEndServices) and any(
        read_at < view.pass_started for read_at in front_ends.read_at(attempt.step, view)
    ):
        yield _unread(attempt.step, "the pool")


def _unread(step: BaseStep, what: str, *, here: bool = True) -> Wait:
    """Return the wait for what a step reads itself, or where it is not that, for a full pass."""
    server = step.server if isinstance(step, ServerStep) else ""
    reads = step.reads if here else frozenset[SnapshotField]()
    return Wait(Reason.WAITING_FOR_READING, f"{what} has to be read again", server, reads=reads)


BEFORE_ORDER: Final[tuple[Gate, ...]] = (suspended, held, careful, organization_usable)
"""What a person set; it is told before what the order of things asks."""
AFTER_ORDER: Final[tuple[Gate, ...]] = (
    replicated, predecessor_ended, gave_up, front_ends_are_up, phones_stay_up, alone, in_window, fresh,
    looked_at, adjacent_is_done,
)  # fmt: skip
"""What time brings; it is asked only when nothing else holds, one after the other."""


def waits_of(attempt: Attempt, approval: Wait | None, order: Iterable[Wait]) -> tuple[Wait, ...]:
    """Return everything that holds a step back.

    Args:
        attempt: the step.
        approval: what it waits for until it is approved, if it is not.
        order: what it waits for by the order of things.
    """
    early = () if attempt.finishes else BEFORE_ORDER
    late = (fresh, looked_at, adjacent_is_done) if attempt.finishes else AFTER_ORDER
    waits = (*(wait for gate in early for wait in gate(attempt)), *([approval] if approval else []), *order)
    return waits or next((found for gate in late if (found := tuple(gate(attempt)))), ())


@lru_cache(maxsize=8)
def _closed(calendar: Calendar, now: datetime, needed: timedelta) -> tuple[Wait, ...]:
    """Return what something that takes ``needed`` waits for; the same for all steps of a plan like it."""
    if calendar.open_at(now, needed) is not None:
        return ()
    opens = calendar.next_after(now)
    until = opens.starts_at if opens else None
    blackout = calendar.blackout_at(now)
    if opens and opens.name:
        message = f'waits for window "{opens.name}"'
    elif blackout:
        message = f'waits for the end of blackout "{blackout.name}"'
    else:
        message = "waits for a window, and none opens again"
    return (Wait(Reason.WAITING_FOR_WINDOW, message, until=until),)


def _needs_no_window(attempt: Attempt) -> bool:
    return attempt.server is not None and rollout.needs_no_window(attempt.view, attempt.step.owner)


def _concerning(attempt: Attempt, settings: Mapping[str, Fact[Any]]) -> Iterator[Fact[Any]]:
    """Yield the settings of the server that a step is about, else those of all."""
    own = name_key(attempt.step.server) if isinstance(attempt.step, ServerStep) else None
    yield from (fact for key, fact in settings.items() if own in {None, key})


def _server_read_at(attempt: Attempt) -> Iterator[datetime]:
    """Yield when what a step rests on was read of its server; what is unknown holds it back elsewhere."""
    server = attempt.server
    if server is None:
        return
    if "certificates" in attempt.step.reads and isinstance(server.stored, Known):
        yield server.stored.read_at
    if "hosts" in attempt.step.reads:
        yield from server.read_at
    if "stores" in attempt.step.reads and isinstance(server.stores, Known):
        yield server.stores.read_at


def _needed(attempt: Attempt) -> timedelta:
    """Return how long calls may be interrupted from the beginning of a step on (R13)."""
    match attempt.step:
        case SetGatewayState(drains=True):
            return attempt.view.desired.spec.disruption.drain_timeout
        case SetGatewayPort():
            return POLL + FOLLOWS_WITHIN
        case SetGateway() | SetVoIPSecurity():
            return POLL
        case ConfigureService() | DrainServer():
            return rollout.needed(attempt.view)
        case StopFrontEndServices():
            return _drain_of_front_ends(attempt) + START_TIME
        case _:
            return BaseStep.deadline


def _drain_of_front_ends(attempt: Attempt) -> timedelta:
    """Return how long sessions on front ends may take to end."""
    item = attempt.item
    spec = item.spec if isinstance(item, DesiredLyncIntegration) else None
    return spec.front_end_restart.drain_timeout if spec else timedelta()
