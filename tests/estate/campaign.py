"""Random manifests and random hands at work on one estate with calls, judged after each apply.

What may fail is told by an oracle that knows nothing of the operator: a leg (gateway, pilot) that worked when
the last apply ended has to work on as long as the manifests promise it and nobody broke it by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from estate.campaign_manifests import LINES, Drafts
from estate.harness import SERVERS_HAVE_READ, Operator, declaring, text
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab
from um_operator.lab.journal import CONSOLE, Effect, Occurrence
from um_operator.lab.powershell import CmdletError
from um_operator.local.errors import LocalError
from um_operator.local.manifests import ManifestsError
from um_operator.planning.plan import Plan, PlannedStep
from um_operator.planning.planner import make_plan

Leg = tuple[str, str]
"""A gateway and the pilot number that it dials."""
SPANS = (timedelta(minutes=1), timedelta(minutes=20), timedelta(minutes=90))
"""How long a run may take: the shortest is cut off, the longest gets there."""
STEPS = 8
BREATH = 0.03
"""Real seconds in which calls that are due are placed and answered over sockets, as a rule."""
LONGEST = 30.0
"""Real seconds in which every device calls, whatever else the machine does."""


@dataclass
class Campaign:
    """One estate, one operator, and everything that is drawn from one seed."""

    lab: Lab
    folder: Path
    seed: int
    said: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Gateways that somebody changed by hand, in lower case, until they work again."""
    plans: list[tuple[int, PlannedStep]] = field(default_factory=list)
    """Each planned step, with how many effects there were before."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.drafts = Drafts(self.random)
        self._begun = 0

    @cached_property
    def operator(self) -> Operator:
        """Return the operator; while it is between plan and effect, somebody may be at the console."""
        operator = declaring(self.lab, self.folder, *self.drafts.documents())
        operator.planner = self._planned
        return operator

    async def run(self, rounds: int) -> None:
        """Change manifests, change things by hand, apply, and judge; so many times."""
        for number in range(rounds):
            self.said.append(f"round {number}")
            before = self._working()
            self._begun = len(self.lab.journal.entries)
            gone = frozenset[ObjectKey]()
            if number:
                gone = self.drafts.change(self.said.append)
                for _ in range(self.random.choice((0, 0, 1, 2))):
                    self._by_hand()
            await self._apply(gone, self.random.choice(SPANS) if number else SPANS[-1])
            await self._call_on()
            self._judge(before, gone)
            self.touched -= {gateway for gateway, _ in self._working()}

    async def _apply(self, gone: frozenset[ObjectKey], within: timedelta) -> None:
        self.plans.clear()
        self.operator.declare(*self.drafts.documents())
        try:
            await self.operator.apply(delete=gone, within=within)
        except (ManifestsError, LocalError) as refused:
            self.said.append(f"refused: {refused}")
            self.drafts.take_back()

    def _planned(self, *arguments: Any, **named: Any) -> Plan:
        plan = make_plan(*arguments, **named)
        effects = len(self.lab.journal.effects)
        self.plans += [(effects, planned) for planned in plan.steps]
        if self.random.random() < 0.1:
            self._by_hand()
        return plan

    def _by_hand(self) -> None:
        """Have an administrator do something; what Exchange refuses him is nobody's trouble."""
        gateway, cmdlet, parameters = self._hand()
        try:
            self.lab.change(cmdlet, **parameters)
        except CmdletError:
            return
        self.said.append(f"by hand: {cmdlet} {parameters}")
        if not HARMLESS & parameters.keys():
            self.touched.add(gateway)

    def _hand(self) -> tuple[str, str, dict[str, Any]]:
        draw, gateway = self.random, self.random.choice(sorted({name for name, _ in LINES}))
        groups = [
            f"{gateway}\\{text(row.properties['Name'])}"
            for row in self.lab.console().run("Get-UMHuntGroup").rows
            if text(row.properties["UMIPGateway"]) == gateway
        ]
        plan = draw.choice(("Headquarters", "Branch Office"))
        hands: list[tuple[str, str, dict[str, Any]]] = [
            (gateway, "Set-UMIPGateway", {"Identity": gateway, "Port": draw.choice((5060, 5070, 5061))}),
            (gateway, "Set-UMIPGateway", {"Identity": gateway, "Status": draw.choice(STATES)}),
            (gateway, "Set-UMIPGateway", {"Identity": gateway, "OutcallsAllowed": draw.random() < 0.5}),
            (gateway, "Set-UMIPGateway", {"Identity": gateway, "Address": f"{gateway}-new.contoso.com"}),
            (gateway, "Remove-UMIPGateway", {"Identity": gateway}),
            (gateway, "New-UMIPGateway", {"Name": gateway, "Address": f"{gateway}.contoso.com"}),
            (
                gateway,
                "New-UMHuntGroup",
                {
                    "Name": f"hand-{draw.randrange(99)}",
                    "UMDialPlan": plan,
                    "UMIPGateway": gateway,
                    "PilotIdentifier": draw.choice(("4900", "790", "8888")),
                },
            ),
            (gateway, "Set-UMDialPlan", {"Identity": plan, "FaxEnabled": draw.random() < 0.5}),
        ]
        hands += [(gateway, "Remove-UMHuntGroup", {"Identity": group}) for group in groups]
        return draw.choice(hands)

    async def _call_on(self) -> None:
        """Let every server read what was written, and calls go on as long again, some of each device."""
        for _ in range(2):
            before = self._calls()
            for _ in range(STEPS):
                self.lab.clock.advance(SERVERS_HAVE_READ / STEPS)
                await asyncio.sleep(BREATH)
        await self.lab.calls.placed.until(
            lambda: all(self._calls()[name] > done for name, done in before.items()), LONGEST
        )

    def _calls(self) -> dict[str, int]:
        """Return how many calls of each device were answered or failed so far."""
        summary = self.lab.calls.summary()
        return {name: counts.answered + counts.failures for name, counts in summary.gateways.items()}

    def _working(self) -> set[Leg]:
        """Return the legs whose calls come in as Exchange is now, once every server has read it."""
        console = self.lab.console()
        plans = {str(row.properties["Name"]): row.properties for row in console.run("Get-UMDialPlan").rows}
        gateways = {
            str(row.properties["Name"]).lower(): row.properties for row in console.run("Get-UMIPGateway").rows
        }
        groups = [
            (
                text(row.properties["UMIPGateway"]).lower(),
                text(row.properties["PilotIdentifier"] or ""),
                text(row.properties["UMDialPlan"]),
            )
            for row in console.run("Get-UMHuntGroup").rows
        ]
        return {
            (gateway, pilot)
            for gateway, pilot in LINES
            if gateway in gateways
            and text(gateways[gateway]["Status"]) == "Enabled"
            and text(gateways[gateway]["Address"]).lower() == f"{gateway}.contoso.com"
            and any(
                (name, number) in {(gateway, pilot), (gateway, "")}
                and text(plans[plan]["VoIPSecurity"]) == "Unsecured"
                for name, number, plan in groups
                if plan in plans
            )
        }

    def _judge(self, before: set[Leg], gone: frozenset[ObjectKey]) -> None:
        story = "\n".join(self.said)
        try:
            self.lab.invariants.check()
            for what, leg, why in self._failures(before, gone):
                raise AssertionError(f"{what} {leg}: {why}")
        except AssertionError as error:
            raise AssertionError(f"seed {self.seed}\n{story}\n{error}") from None

    def _failures(self, before: set[Leg], gone: frozenset[ObjectKey]) -> Iterator[tuple[str, Leg, str]]:
        begun = self.lab.journal.entries[self._begun :]
        for place, entry in enumerate(begun):
            if not isinstance(entry, Occurrence) or entry.what not in ("CallFailed", "CallCut"):
                continue
            leg = str(entry.details["gateway"]), str(entry.details["pilot"])
            why = str(entry.details["cause"])
            if entry.what == "CallCut":
                if not self._cut_by_hand(begun[:place], leg[0]):
                    yield "cut", leg, why
            elif leg in before and leg[0] not in self.touched:
                if self.drafts.promises(*leg, gone):
                    yield "failed though promised", leg, why
                elif not self._was_said(leg[0]):
                    yield "failed and no step was named as interrupting", leg, why

    def _cut_by_hand(self, entries: list[Any], gateway: str) -> bool:
        """Tell whether the last thing that was done to a gateway before was done at the console."""
        done = [one for one in entries if isinstance(one, Effect) and one.name.lower() == gateway]
        return bool(done) and done[-1].endpoint == CONSOLE

    def _was_said(self, gateway: str) -> bool:
        return any(
            planned.step.interrupts and gateway in planned.step.subject.lower() for _, planned in self.plans
        )


STATES = ("Enabled", "Disabled", "NoNewCalls")
HARMLESS = frozenset({"Port", "OutcallsAllowed", "FaxEnabled"})
"""What calls that come in do not depend on."""
