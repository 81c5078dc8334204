"""Which steps may run now: mode, suspension, hold, replication, window.

A gate may hold back the beginning of something, never its end (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.planning import adjacent
from um_operator.planning.attempt import Attempt
from um_operator.planning.freshness import fresh, looked_at
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
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
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
