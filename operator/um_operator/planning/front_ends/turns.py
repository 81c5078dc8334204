"""One thing at a time: front ends that go down together do so alone, and not beside Exchange servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from um_operator.api.reasons import Reason
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.steps.front_end import StopFrontEndServices


def one_at_a_time(planned: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """Return the steps of a plan, of the stops that may run now only those that go down together.

    None of them runs beside a step that interrupts calls of Exchange: that one comes first, for front ends
    are restarted after everything that they are to find is in force.
    """
    stops = [one.step for one in planned if one.ready and isinstance(one.step, StopFrontEndServices)]
    if not stops:
        return tuple(planned)
    others = any(one.ready and one.step.interrupts and one.step not in stops for one in planned)
    return tuple(_held(one, stops[0], others=others) for one in planned)


def _held(one: PlannedStep, first: StopFrontEndServices, *, others: bool) -> PlannedStep:
    step = one.step
    if not one.ready or not isinstance(step, StopFrontEndServices):
        return one
    if others:
        message = "what interrupts calls of Exchange comes first"
        return replace(one, waits=(Wait(Reason.WAITING_FOR_EXCHANGE_RESTARTS, message),))
    if (step.pool, step.batch) == (first.pool, first.batch):
        return one
    message = f'it is the turn of "{first.computer}" first'
    return replace(one, waits=(Wait(Reason.WAITING_FOR_FRONT_ENDS, message, first.computer),))
