"""Which steps may run now: mode, suspension, hold, replication, window, freshness.

A gate may hold back the beginning of something, never its end (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredObject
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.maintenance import Calendar
from um_operator.planning.plan import POLL, Wait
from um_operator.planning.steps import (
    BaseStep,
    RemoveGateway,
    RemoveHuntGroup,
    SetGateway,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
)
from um_operator.planning.view import View

PASSING: Final = frozenset[str](
    {
        Reason.WAITING_FOR_CALLS,
        Reason.WAITING_FOR_LEASE,
        Reason.WAITING_FOR_READING,
        Reason.WAITING_FOR_REPLICATION,
    }
)
"""Reasons of waits that end by themselves, without a window, an approval or a person."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that would run now, for the resource that asks for it."""

    step: Step
    item: DesiredObject
    view: View

    @property
    def finishes(self) -> bool:
        """Whether it ends what was begun: it empties or brings back a gateway that we closed (R13)."""
        draining = self.view.ledger.entry(self.step.owner).draining
        match self.step:
            case _ if draining is None:
                return False
            case SetGatewayState(state=state, drains=False):
                return state == draining.state_before
            case RemoveHuntGroup() | RemoveGateway():
                return self.item.deleting
            case _:
                return False

    @property
    def asks_for_approval(self) -> bool:
        """Whether somebody has to approve it first: in mode Plan everything, but never a way back (R13)."""
        brings_back = self.finishes and isinstance(self.step, SetGatewayState)
        mode = self.item.care.mode
        return not brings_back and mode != "Observe" and (mode == "Plan" or self.step.needs_approval)


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

    A gateway that we closed to new calls has none left to interrupt once its steps may run (R13).
    """
    closed = attempt.view.ledger.entry(attempt.step.owner).draining is not None
    if closed or not attempt.step.interrupts:
        return
    spec = attempt.view.desired.spec
    calendar = Calendar(spec.maintenance_windows, spec.blackouts)
    yield from _closed(calendar, attempt.view.now, _needed(attempt))


def fresh(attempt: Attempt) -> Iterator[Wait]:
    """Hold unless what the step changes or endangers was read in this pass, and the rest lately."""
    snapshot, view = attempt.view.snapshot, attempt.view
    oldest = view.now - 2 * view.desired.interval
    for name in ("organization", "servers", "dial_plans", "gateways", "hunt_groups", "mailbox_policies"):
        fact = getattr(snapshot, name)
        limit = view.pass_started if name in attempt.step.reads else oldest
        if isinstance(fact, Unknown):
            yield Wait(
                Reason.WAITING_FOR_READING, f"{name} could not be read: {fact.message}", detail=fact.reason
            )
        elif fact.read_at < limit:
            yield Wait(Reason.WAITING_FOR_READING, f"{name} has to be read again")
    for name in {"um_services", "call_routers"} & attempt.step.reads:
        facts = getattr(snapshot, name).values()
        if any(isinstance(fact, Known) and fact.read_at < view.pass_started for fact in facts):
            yield Wait(Reason.WAITING_FOR_READING, f"{name} has to be read again")


BEFORE_ORDER: Final[tuple[Gate, ...]] = (suspended, held, careful, organization_usable)
"""What a person set; it is told before what the order of things asks."""
AFTER_ORDER: Final[tuple[Gate, ...]] = (replicated, predecessor_ended, in_window, fresh)
"""What time brings; it is asked only when nothing else holds, one after the other."""


def waits_of(attempt: Attempt, approval: Wait | None, order: Iterable[Wait]) -> tuple[Wait, ...]:
    """Return everything that holds a step back.

    Args:
        attempt: the step.
        approval: what it waits for until it is approved, if it is not.
        order: what it waits for by the order of things.
    """
    early = () if attempt.finishes else BEFORE_ORDER
    late = (fresh,) if attempt.finishes else AFTER_ORDER
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


def _needed(attempt: Attempt) -> timedelta:
    """Return how long calls may be interrupted from the beginning of a step on (R13)."""
    match attempt.step:
        case SetGatewayState(drains=True):
            return attempt.view.desired.spec.disruption.drain_timeout
        case SetGateway() | SetVoIPSecurity():
            return POLL
        case _:
            return BaseStep.deadline
