"""Nothing is written to Exchange but through the choke point, and not before ledger and journal know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.engine.choke import Choke, NotAllowedError
from um_operator.engine.ports import JournalEntry
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep, Wait
from um_operator.planning.steps import CreateGateway, Step

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
OWNER = ObjectKey("UMIPGateway", "sbc01")
STEP = CreateGateway(owner=OWNER, gateway="sbc01", address="sbc01.contoso.com")


@dataclass
class World:
    """Exchange, disk and lease in one: what was done to them, in order."""

    outcome: Outcome = field(default_factory=lambda: Outcome("Done", guid="guid-1"))
    holds_lease: bool = True
    hangs: bool = False
    lost_meanwhile: bool = False
    happened: list[str] = field(default_factory=list)
    ledger: dict[ObjectKey, ObjectEntry] = field(default_factory=dict)
    lines: list[JournalEntry] = field(default_factory=list)

    async def carry(self, step: Step, domain_controller: str | None) -> Outcome:
        self.happened.append(f"effect on {step.subject} through {domain_controller}")
        if self.hangs:
            await asyncio.Event().wait()
        return self.outcome

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        self.ledger.update(entries)
        self.holds_lease = self.holds_lease and not self.lost_meanwhile
        self.happened.append("ledger")

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        self.lines.extend(entries)
        self.happened.append("journal")

    def held(self) -> bool:
        return self.holds_lease

    def now(self) -> datetime:
        return NOW

    def choke(self) -> Choke:
        anything = cast("Any", self)
        return Choke({CreateGateway: anything}, anything, anything, anything, anything)


async def test_ledger_and_journal_are_written_before_the_effect() -> None:
    world = World()
    await world.choke().carry(PlannedStep(STEP), Ledger("dc01.contoso.com"), ORGANIZATION)
    assert world.happened[:3] == ["ledger", "journal", "effect on UMIPGateway/sbc01 through dc01.contoso.com"]


async def test_a_step_that_something_holds_back_never_reaches_exchange() -> None:
    world = World()
    held_back = PlannedStep(STEP, (Wait("WaitingForWindow", "opens on Saturday"),))
    with pytest.raises(NotAllowedError, match="WaitingForWindow"):
        await world.choke().carry(held_back, Ledger(), ORGANIZATION)
    assert world.happened == []


async def test_without_the_lease_nothing_is_written_anywhere() -> None:
    world = World(holds_lease=False)
    ledger, outcome = await world.choke().carry(PlannedStep(STEP), Ledger(), ORGANIZATION)
    assert (ledger, outcome.kind, world.happened) == (Ledger(), "NotSent", [])


async def test_a_process_that_was_stopped_while_it_remembered_sends_nothing_when_it_wakes() -> None:
    world = World(lost_meanwhile=True)
    ledger, outcome = await world.choke().carry(PlannedStep(STEP), Ledger(), ORGANIZATION)
    assert (outcome.kind, outcome.reason) == ("NotSent", "LeaseLost")
    assert [what for what in world.happened if what.startswith("effect")] == []
    assert ledger.entry(OWNER) == world.ledger[OWNER]


async def test_a_refused_creation_is_taken_back_in_the_ledger() -> None:
    world = World(outcome=Outcome("Refused", "AlreadyExists"))
    ledger, _ = await world.choke().carry(PlannedStep(STEP), Ledger(), ORGANIZATION)
    assert ledger.entry(OWNER) == world.ledger[OWNER] == ObjectEntry()


async def test_an_effect_without_an_answer_ends_at_its_deadline_as_unclear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CreateGateway, "deadline", timedelta(milliseconds=20))
    world = World(hangs=True)
    ledger, outcome = await world.choke().carry(PlannedStep(STEP), Ledger(), ORGANIZATION)
    assert outcome.kind == "Unclear"
    assert ledger.entry(OWNER).origin == "Created"


async def test_the_journal_holds_the_start_and_the_end_of_each_step() -> None:
    world = World()
    await world.choke().carry(PlannedStep(STEP), Ledger(), ORGANIZATION)
    assert [(line.phase, line.step_id) for line in world.lines] == [
        ("Start", STEP.step_id),
        ("End", STEP.step_id),
    ]
    assert world.lines[-1].outcome == Outcome("Done", guid="guid-1")
