"""A run goes on while something ends by itself, and ends where what is left needs somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from planning_support import NOW
from um_operator.api.meta import ObjectKey
from um_operator.engine.one_pass import Memory, Report
from um_operator.engine.settle import settle
from um_operator.planning.plan import Plan, PlannedStep, Wait
from um_operator.planning.steps import CreateGateway

STEP = CreateGateway(owner=ObjectKey("UMIPGateway", "sbc01"), gateway="sbc01", address="sbc01.contoso.com")
LOOK, SERVICE, TRUST = (
    Wait(reason, reason) for reason in ("WaitingForReading", "WaitingForService", "WaitingForTrust")
)


@dataclass
class Passes:
    """Passes that find the same steps waiting each time."""

    waits: tuple[tuple[Wait, ...], ...]
    runs: int = 0

    async def recall(self) -> Memory:
        return Memory()

    async def run(self, *_: Any) -> Report:
        self.runs += 1
        steps = tuple(PlannedStep(STEP, waits) for waits in self.waits)
        return Report(Plan(steps, (), None), (), read_everything=True, memory=Memory())


@dataclass
class Clock:
    """Time that goes by only where somebody waits for it."""

    at: datetime = NOW
    slept: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, instant: datetime) -> None:
        self.slept.append(instant - self.at)
        self.at = instant


async def nobody(_: Report) -> None:
    """Listen to no report."""


@pytest.mark.parametrize(
    ("waits", "goes_on"),
    [
        pytest.param((), False, id="nothing is left"),
        pytest.param(((SERVICE,),), True, id="a service is starting"),
        pytest.param(((TRUST,),), False, id="a person has to say whom a gateway trusts"),
        pytest.param(((TRUST, SERVICE),), False, id="a service that starts only once that person has"),
        pytest.param(((TRUST,), (SERVICE,)), True, id="a service is starting elsewhere"),
        pytest.param(((TRUST, LOOK),), True, id="another gateway is being looked at"),
    ],
)
async def test_a_run_goes_on_only_for_what_ends_by_itself(
    waits: tuple[tuple[Wait, ...], ...], *, goes_on: bool
) -> None:
    passes, clock = Passes(waits), Clock()
    desired: Any = None
    await settle(passes, desired, clock, NOW + timedelta(seconds=12), nobody)
    assert passes.runs == (4 if goes_on else 1)
    assert clock.slept == ([timedelta(seconds=5)] * 2 + [timedelta(seconds=2)] if goes_on else [])
