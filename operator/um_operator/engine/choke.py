"""The choke point: the only place from which anything is written to Exchange.

Every rule that must hold for *all* writes is enforced here, below every check and above every carrier:
the gates let the step through, the lease is held, the ledger and the journal know of it before it runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.engine import ledger as transitions
from um_operator.engine.ports import Carrier, Clock, Journal, JournalEntry, Lease, Phase, Records
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import Step

LOST: Final = Outcome("NotSent", "LeaseLost", "another replica works now")


def changes(before: Ledger, after: Ledger) -> Mapping[ObjectKey, ObjectEntry]:
    """Return the entries of ``after`` that are not those of ``before``."""
    return {key: entry for key, entry in after.objects.items() if entry != before.entry(key)}


class NotAllowedError(Exception):
    """A step reached the choke point although something holds it back: a defect, never a user's error."""


@dataclass(frozen=True, slots=True)
class Choke:
    """Carries out one step at a time, with the ledger written before the effect.

    ``carriers`` maps each step type to exactly one carrier.
    """

    carriers: Mapping[type[Step], Carrier]
    records: Records
    journal: Journal
    lease: Lease
    clock: Clock

    async def carry(
        self,
        planned: PlannedStep,
        ledger: Ledger,
        organization: ObjectKey,
    ) -> tuple[Ledger, Outcome]:
        """Run a step and return the new ledger and the outcome.

        Raises:
            NotAllowedError: something still holds the step back.
        """
        step = planned.step
        if not planned.ready:
            waits = ", ".join(wait.reason for wait in planned.waits)
            raise NotAllowedError(f'step "{step.sentence}" must not run: {waits}')
        if not self.lease.held():
            return ledger, LOST
        claimed = transitions.begun(step, ledger, organization, planned.corrects, self.clock.now())
        await self.records.remember(changes(ledger, claimed))
        await self._note(step, "Start")
        if not self.lease.held():
            # Remembering took too long, or the process was stopped: the successor goes by what stands there.
            await self._note(step, "End", LOST)
            return claimed, LOST
        outcome = await self._within_deadline(step, ledger.domain_controller)
        await self._note(step, "End", outcome)
        settled = transitions.ended(step, ledger, claimed, organization, outcome, self.clock.now())
        if settled != claimed:
            await self.records.remember(changes(claimed, settled))
        return settled, outcome

    async def _within_deadline(self, step: Step, domain_controller: str | None) -> Outcome:
        seconds = step.deadline.total_seconds()
        carrier = self.carriers[type(step)]
        try:
            async with asyncio.timeout(seconds):
                return await carrier.carry(step, domain_controller)
        except TimeoutError:
            return Outcome("Unclear", "DeadlineExceeded", f"no answer within {seconds:.0f} s")

    async def _note(self, step: Step, phase: Phase, outcome: Outcome | None = None) -> None:
        entry = JournalEntry(self.clock.now(), step.step_id, step.subject, step.sentence, phase, outcome)
        await self.journal.append([entry])
