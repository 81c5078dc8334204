"""The loop: marks coalesce, effects are read again at once, and each plan says when to look again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.api.status import ExchangeOrganizationStatus
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.loop import Loop
from um_operator.engine.one_pass import Memory, Report
from um_operator.engine.ports import PortError
from um_operator.lab.clock import Clock
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import Plan
from um_operator.planning.scope import Scope
from um_operator.planning.steps import CreateGateway

INTERVAL = timedelta(minutes=5)
GATEWAY = ObjectKey("UMIPGateway", "sbc01")
ORGANIZATION = ObjectKey("ExchangeOrganization", "contoso")
STEP = CreateGateway(owner=GATEWAY, gateway="sbc01", address="sbc01.contoso.com")
NOTHING = Plan(steps=(), findings=())


class Desired:
    """Just enough of an organisation for the loop."""

    key = ORGANIZATION
    interval = INTERVAL
    resources = ()
    requested_reconcile: str | None = None


@dataclass
class Passes:
    """Passes that do what the test says, and what they were asked to read."""

    coming: list[Report] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    async def recall(self) -> Memory:
        return Memory()

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        self.scopes.append(scope)
        return self.coming.pop(0) if self.coming else Report(NOTHING, (), scope.everything, memory)


@asynccontextmanager
async def running(passes: Passes, clock: Clock) -> AsyncIterator[Loop]:
    async def desired(everything: bool, memory: Memory) -> DesiredOrganization:
        return cast("DesiredOrganization", Desired())

    loop = Loop(passes, desired, clock, lambda: 0.5)
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop))
    await quiet()
    try:
        yield loop
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def quiet() -> None:
    """Let everything that can run now run."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_the_first_pass_reads_everything() -> None:
    passes = Passes()
    async with running(passes, Clock.frozen()):
        assert [scope.everything for scope in passes.scopes] == [True]


async def test_a_full_pass_comes_each_interval() -> None:
    passes, clock = Passes(), Clock.frozen()
    async with running(passes, clock):
        clock.advance(INTERVAL - timedelta(seconds=1))
        await quiet()
        assert len(passes.scopes) == 1
        clock.advance(timedelta(seconds=1))
        await quiet()
        assert [scope.everything for scope in passes.scopes] == [True, True]


async def test_a_burst_of_marks_becomes_one_pass_over_what_they_concern() -> None:
    passes = Passes()
    async with running(passes, Clock.frozen()) as loop:
        for _ in range(100):
            loop.mark(GATEWAY)
        await quiet()
        assert len(passes.scopes) == 2
        assert passes.scopes[1].fields == frozenset({"gateways", "hunt_groups", "dial_plans"})


async def test_a_mark_of_the_organisation_reads_everything() -> None:
    passes = Passes()
    async with running(passes, Clock.frozen()) as loop:
        loop.mark(ObjectKey("ExchangeOrganization", "contoso"))
        await quiet()
        assert [scope.everything for scope in passes.scopes] == [True, True]


async def test_a_requested_reconcile_reads_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desired, "requested_reconcile", "now")
    handled = ExchangeOrganizationStatus(last_handled_reconcile_at="now")
    echo = Report(NOTHING, (), True, Memory(statuses={ORGANIZATION: handled}))
    passes = Passes(coming=[Report(NOTHING, (), True, Memory()), echo, echo])
    async with running(passes, Clock.frozen()) as loop:
        for _ in range(2):
            loop.mark(GATEWAY)
            await quiet()
    assert [scope.everything for scope in passes.scopes] == [True, True, False]


async def test_a_full_pass_answers_the_marks_that_came_before_it() -> None:
    passes, clock = Passes(), Clock.frozen()
    async with running(passes, clock) as loop:
        clock.advance(INTERVAL)
        loop.mark(GATEWAY)
        await quiet()
        assert [scope.everything for scope in passes.scopes] == [True, True]


async def test_effects_are_read_again_at_once() -> None:
    effect = Report(NOTHING, ((STEP, Outcome("Done")),), True, Memory())
    passes = Passes(coming=[effect])
    async with running(passes, Clock.frozen()):
        assert [scope.fields for scope in passes.scopes] == [None, STEP.reads]


async def test_a_pass_comes_when_the_plan_said_so() -> None:
    clock = Clock.frozen()
    soon = Plan(steps=(), findings=(), wake_at=clock.now() + timedelta(seconds=30))
    passes = Passes(coming=[Report(soon, (), True, Memory())])
    async with running(passes, clock):
        assert len(passes.scopes) == 1
        clock.advance(timedelta(seconds=30))
        await quiet()
        assert len(passes.scopes) == 2


async def test_a_failed_step_is_tried_again_after_its_pause() -> None:
    clock = Clock.frozen()
    failures = Memory().failures.noted(STEP, Outcome("NotSent"), clock.now())
    waiting = Report(NOTHING, (), True, Memory(failures=failures))
    passes = Passes(coming=[waiting])
    async with running(passes, clock):
        clock.advance(timedelta(seconds=1))
        await quiet()
        assert len(passes.scopes) == 2


async def test_an_instant_that_has_passed_does_not_make_the_loop_spin() -> None:
    clock = Clock.frozen()
    past = Plan(steps=(), findings=(), wake_at=clock.now() - timedelta(hours=1))
    passes = Passes(coming=[Report(past, (), True, Memory()) for _ in range(100)])
    async with running(passes, clock):
        assert len(passes.scopes) == 1


async def test_a_mark_from_another_thread_is_heard() -> None:
    passes = Passes()
    async with running(passes, Clock.frozen()) as loop:
        await asyncio.to_thread(loop.mark, GATEWAY)
        await quiet()
        assert len(passes.scopes) == 2


@dataclass
class Troubled(Passes):
    """Passes of which the next ones are given up."""

    failures: int = 0

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        report = await super().run(desired, scope, memory)
        if self.failures:
            self.failures -= 1
            raise PortError("records cannot be written")
        return report


async def test_a_pass_that_was_given_up_is_followed_by_one_that_reads_everything_after_a_while() -> None:
    passes, clock = Troubled(), Clock.frozen()
    async with running(passes, clock) as loop:
        passes.failures = 1
        loop.mark(GATEWAY)
        await quiet()
        assert [scope.everything for scope in passes.scopes] == [True, False]
        clock.advance(timedelta(seconds=1))
        await quiet()
        assert [scope.everything for scope in passes.scopes] == [True, False, True]


async def test_passes_that_are_given_up_again_and_again_come_further_apart() -> None:
    passes, clock = Troubled(failures=3), Clock.frozen()
    async with running(passes, clock):
        for seconds, tried in ((1, 2), (1, 2), (1, 3), (3, 3), (1, 4)):
            clock.advance(timedelta(seconds=seconds))
            await quiet()
            assert len(passes.scopes) == tried


async def test_the_loop_ends_when_its_organisation_is_gone() -> None:
    async def nothing(everything: bool, memory: Memory) -> None:
        return None

    loop = Loop(Passes(), nothing, Clock.frozen(), lambda: 0.5)
    await asyncio.wait_for(loop.run(asyncio.Event()), 5)


def test_the_jitter_stays_within_a_tenth_of_the_interval() -> None:
    async def desired(everything: bool, memory: Memory) -> Any: ...

    async def intervals() -> list[timedelta]:
        loops = [
            Loop(Passes(), desired, Clock.frozen(), lambda chance=chance: chance)  # type: ignore[misc]
            for chance in (0.0, 0.5, 0.999)
        ]
        return [loop._interval(cast("DesiredOrganization", Desired())) for loop in loops]

    shortest, middle, longest = asyncio.run(intervals())
    assert (shortest, middle) == (INTERVAL * 0.9, INTERVAL)
    assert INTERVAL < longest < INTERVAL * 1.1
