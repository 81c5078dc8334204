"""An operator of a few lines at work on an estate in force: cmdlets, and time between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from um_operator.lab.clock import Clock
from um_operator.lab.console import Transcript
from um_operator.lab.estate import Lab
from um_operator.lab.gateways.device import Line
from um_operator.lab.invariants.declared import Declared, DialPlan, Gateway, Link
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value
from um_operator.lab.presets import first_steps
from um_operator.lab.variants import Variants

PLAN, GATEWAY, PILOT = "Headquarters", "sbc01", "4900"
NEW_GATEWAY = "kamailio01"
STEP = timedelta(seconds=30)
UNTIL_READ = timedelta(minutes=15)
"""Longer than a poll and the lag between the sites."""

PROPERTIES = frozenset({"Address", "Port", "Status"})
DECLARED = Declared(
    gateways={
        GATEWAY: Gateway(PROPERTIES, frozenset({Link(PLAN, PILOT)})),
        NEW_GATEWAY: Gateway(PROPERTIES, frozenset({Link(PLAN, "790")})),
    },
    dial_plans={PLAN: DialPlan(frozenset({"VoIPSecurity", "FaxEnabled"}))},
    served=frozenset({GATEWAY, "legacy-pbx"}),
)


class ExchangeRefusedError(Exception):
    """Exchange itself keeps the operator from doing wrong."""


@dataclass
class Hands:
    """What an operator can do."""

    lab: Lab

    def run(self, cmdlet: str, *positional: Value, **parameters: Value) -> Transcript:
        """Run a cmdlet as the operator's account, as remote PowerShell of the first server would."""
        transcript = Transcript()
        account = next(a for a in self.lab.spec.organization.accounts if a.name.endswith("svc-um-operator"))
        caller = Caller(account.name, "ex01.contoso.com", "Microsoft.Exchange", session="mutant")
        given = dict(parameters) if cmdlet.startswith("Get-") else {"Confirm": False, **parameters}
        try:
            self.lab.shell.execute(Invocation(cmdlet, given, positional), caller, transcript)
        except CmdletError as error:
            transcript.errors.append(error)
        return transcript

    def done(self, cmdlet: str, *positional: Value, **parameters: Value) -> Sequence[PSObject]:
        """Run a cmdlet that Exchange does not refuse: what it lets through is what a rule has to catch.

        Raises:
            ExchangeRefusedError: it does.
        """
        transcript = self.run(cmdlet, *positional, **parameters)
        if transcript.errors:
            raise ExchangeRefusedError(transcript.errors[0].message)
        return transcript.rows

    def by_hand(self, cmdlet: str, *positional: Value, **parameters: Value) -> None:
        """Have an administrator change something, long enough ago to be known everywhere."""
        self.lab.change(cmdlet, *positional, **parameters)
        self.lab.directory.replicate_now()

    def link(self, name: str, gateway: str = GATEWAY, pilot: str = PILOT) -> None:
        """Make a hunt group for the plan."""
        self.done("New-UMHuntGroup", name, UMDialPlan=PLAN, UMIPGateway=gateway, PilotIdentifier=pilot)

    async def wait(self, span: timedelta = UNTIL_READ) -> None:
        """Let time pass, with calls in it, until no call is being placed any more."""
        ends = self.lab.clock.now() + span
        while self.lab.clock.now() < ends:
            self.lab.clock.advance(STEP)
            await asyncio.sleep(0)
        await self._quiet()

    async def call(self, talk: timedelta) -> asyncio.Task[None]:
        """Have the gateway place a call, and return it once it is in progress."""
        before = self.lab.calls.summary().total.answered
        task = self.lab.calls.gateways[GATEWAY].ring(Line(PILOT, PLAN), talk=talk)
        await self.lab.calls.until(lambda s: s.total.answered > before, deadline=10)
        return task

    async def _quiet(self) -> None:
        def settled() -> bool:
            total = self.lab.calls.summary().total
            return total.placed == total.answered + total.failures

        await self.lab.calls.placed.until(settled, 20)


@asynccontextmanager
async def in_force(declared: Declared = DECLARED, variants: Variants | None = None) -> AsyncIterator[Hands]:
    """Start an estate whose plan and first gateway are in force since long, and say what is declared."""
    async with Lab.start(first_steps(), clock=Clock.frozen(), variants=variants, seed=11) as lab:
        hands = Hands(lab)
        hands.by_hand("New-UMDialPlan", PLAN, CountryOrRegionCode="49", NumberOfDigitsInExtension=4)
        hands.by_hand("New-UMIPGateway", GATEWAY, Address=f"{GATEWAY}.contoso.com")
        hands.by_hand("New-UMHuntGroup", "main", UMDialPlan=PLAN, UMIPGateway=GATEWAY, PilotIdentifier=PILOT)
        await hands.wait()
        lab.invariants.declare(declared)
        yield hands
