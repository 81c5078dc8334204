"""The onlooker and real front ends: careful hands break no rule and end no call, careless ones are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gateways_support import eventually
from lynclab import FE01, OPERATOR, POOL, SE, Collected
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.powershell import Caller, Invocation
from um_operator.lab.presets import smallest, with_lync

COMPUTERS = tuple(f"lyncfe0{n}.contoso.com" for n in (1, 2, 3))
DECLARED = Declared(approved_front_ends=frozenset((*COMPUTERS, SE)), exactly_quorum=frozenset({POOL}))


@dataclass
class Hands:
    """An operator without a head: does what a test says, by an account that is judged."""

    lab: Lab

    async def command(self, cmdlet: str, computer: str, **parameters: object) -> None:
        assert self.lab.lync is not None
        given = {"Name": FRONT_END, "ComputerName": computer, **parameters}
        collected = Collected()
        caller = Caller(OPERATOR.name, FE01, "Microsoft.PowerShell")
        await self.lab.lync.shell.run(Invocation(cmdlet, given), caller, collected)  # type: ignore[arg-type]
        assert not collected.errors, collected.errors

    async def drain_and_stop(self, computer: str) -> None:
        await self.command("Stop-CsWindowsService", computer, Graceful=True, NoWait=True)
        await eventually(lambda: self.services(computer)[FRONT_END] is Status.STOPPED)

    async def start_all(self, computer: str) -> None:
        for name in self.services(computer):
            await self.command("Start-CsWindowsService", computer, Name=name)

    def services(self, computer: str) -> dict[str, Status]:
        return {name: service.status for name, service in self.lab.host(computer).services.items()}

    def runs(self, computer: str) -> bool:
        return self.services(computer)[FRONT_END] is Status.RUNNING

    def pass_(self, **span: float) -> None:
        self.lab.clock.advance(timedelta(**span))

    def broken(self) -> set[str]:
        return {violation.rule for violation in self.lab.invariants.violations}


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with Lab.start(with_lync(smallest()), clock=Clock.frozen(), times=INSTANT) as lab:
        lab.invariants.declare(DECLARED)
        yield Hands(lab)


async def test_a_pool_is_restarted_by_careful_hands_one_front_end_after_the_other(hands: Hands) -> None:
    for computer in COMPUTERS:
        before = hands.services(computer)
        await hands.drain_and_stop(computer)
        await hands.start_all(computer)
        assert hands.services(computer) == before
        hands.pass_(minutes=30)
    hands.lab.invariants.check_end()


async def test_the_next_front_end_before_the_pool_is_ready_breaks_r23(hands: Hands) -> None:
    await hands.drain_and_stop(COMPUTERS[0])
    await hands.start_all(COMPUTERS[0])
    await hands.drain_and_stop(COMPUTERS[1])
    assert hands.broken() == {"R23"}


async def test_dependents_that_were_left_stopped_are_found_at_the_end(hands: Hands) -> None:
    await hands.drain_and_stop(COMPUTERS[0])
    await hands.command("Start-CsWindowsService", COMPUTERS[0])
    with pytest.raises(RulesBrokenError, match="RTCRGS"):
        hands.lab.invariants.check_end()
    assert hands.broken() == {"R22"}


async def test_a_stop_under_sessions_breaks_r22_and_one_that_had_its_time_does_not(hands: Hands) -> None:
    assert hands.lab.lync is not None
    front_end = hands.lab.lync.deployment.pools[POOL].front_ends[1]
    front_end.sessions.begin()
    await hands.command("Stop-CsWindowsService", COMPUTERS[1], Graceful=True, NoWait=True)
    await asyncio.sleep(0)
    hands.pass_(hours=1)
    await hands.command("Stop-CsWindowsService", COMPUTERS[1])
    assert hands.broken() == set()
    await hands.start_all(COMPUTERS[1])
    hands.pass_(minutes=30)
    front_end = hands.lab.lync.deployment.pools[POOL].front_ends[2]
    front_end.sessions.begin()
    await hands.command("Stop-CsWindowsService", COMPUTERS[2])
    assert hands.broken() == {"R22"}


async def test_a_standard_edition_server_is_left_to_a_person(hands: Hands) -> None:
    await hands.lab.restart(SE, FRONT_END)
    hands.lab.invariants.check_end()
    await hands.command("Stop-CsWindowsService", SE)
    assert hands.broken() == {"R23"}


async def test_a_second_front_end_while_a_foreign_one_is_down_breaks_r23_and_stops_the_pool(
    hands: Hands,
) -> None:
    await hands.lab.shut_down(COMPUTERS[2])
    hands.lab.invariants.check_end()
    await hands.command("Stop-CsWindowsService", COMPUTERS[1])
    assert hands.broken() == {"R23"}
    await eventually(lambda: not hands.runs(COMPUTERS[0]))
