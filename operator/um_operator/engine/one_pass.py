"""One pass: read, plan, carry out what may run now, record. Short, and it never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine import approvals, front_end_ledger, rewriting, scopes
from um_operator.engine import ledger as transitions
from um_operator.engine.approvals import KnownPlans
from um_operator.engine.choke import Choke
from um_operator.engine.failures import Failures
from um_operator.engine.identities import Identities, Identity
from um_operator.engine.ports import Clock, Estate, Events, OrganizationId, Plans, Records
from um_operator.engine.progress import Progress, advanced, finished, told
from um_operator.engine.publish import events_of, orphaned
from um_operator.observed.fact import Known
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.scope import Scope
from um_operator.planning.status.passed import Passed
from um_operator.planning.steps import Step

MOST_STEPS: Final = 200
LONGEST: Final = timedelta(seconds=10)
"""After either the pass plans again, so that what a person just changed is not behind a long list."""

FURTHER: Final = (scopes.of_waits, scopes.of_waits, scopes.everything)
"""What a pass reads beside what it was told to: a step asks for its own server, then for all others."""

Planner = Callable[..., Plan]


@dataclass(frozen=True, slots=True)
class Memory:
    """What one pass hands to the next; nothing in it is needed after a restart."""

    snapshot: Snapshot | None = None
    ledger: Ledger = field(default_factory=Ledger)
    failures: Failures = field(default_factory=Failures)
    statuses: Mapping[ObjectKey, Status] = field(default_factory=dict)
    plans: KnownPlans = field(default_factory=KnownPlans)
    progress: Progress | None = None
    uids: Mapping[ObjectKey, str | None] = field(default_factory=dict)

    def of(self, desired: DesiredOrganization) -> Memory:
        """Return what is remembered of the resources that are declared, and of no others of their names."""
        kept = rewriting.still_there(self.uids, desired)
        return replace(
            self,
            ledger=self.ledger.only(kept),
            statuses={key: status for key, status in self.statuses.items() if key in kept},
            uids={key: uid for key, uid in self.uids.items() if key in kept} | dict(desired.uids),
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pass knows before it does anything.

    Attributes:
        desired: what is declared, with the obstacles that only reading shows.
    """

    desired: DesiredOrganization
    snapshot: Snapshot
    memory: Memory
    plan: Plan


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass found and did.

    Attributes:
        plan: as decided before anything ran.
        ran: each step that was sent to its carrier, and how it ended.
        read_everything: whether everything was read, as asked or because something waited for it.
        memory: what the next pass needs.
    """

    plan: Plan
    ran: tuple[tuple[Step, Outcome], ...]
    read_everything: bool
    memory: Memory

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps that ran."""
        return tuple(step for step, _ in self.ran)

    @property
    def wake_at(self) -> datetime | None:
        """Return the earliest instant at which another pass may do something."""
        plan = self.plan
        instants = (plan.wake_at, plan.look_at, plan.judged_at, self.memory.failures.wake_at)
        return min((instant for instant in instants if instant is not None), default=None)


class Passes(Protocol):
    """What the loop needs of a pass."""

    async def recall(self) -> Memory:
        """Return what was recorded, for the first pass after a start."""

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        """Do one pass."""


@dataclass(frozen=True, slots=True)
class OnePass:
    """The pass of one organisation."""

    estate: Estate
    choke: Choke
    records: Records
    events: Events
    clock: Clock
    plans: Plans
    identities: Identities
    planner: Planner = make_plan

    async def recall(self) -> Memory:
        """Return what was recorded, for the first pass after a start."""
        statuses = await self.records.load_statuses()
        return Memory(
            ledger=await self.records.load_ledger(), statuses=statuses, plans=KnownPlans.told(statuses)
        )

    async def look(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Sight:
        """Read ``scope`` and plan; changes nothing in Exchange."""
        return await self._look(desired, scope, memory, self.clock.now())

    async def _look(
        self, desired: DesiredOrganization, scope: Scope, memory: Memory, started: datetime
    ) -> Sight:
        scope = scopes.completed(scope, desired, memory.ledger)
        ledger, snapshot = await self._read(scope, memory)
        desired = self._with_claim(desired, snapshot, ledger)
        memory = await self._observe(desired, snapshot, replace(memory, ledger=ledger))
        return await self._planned(desired, snapshot, memory, started)

    async def _planned(
        self, desired: DesiredOrganization, snapshot: Snapshot, memory: Memory, started: datetime
    ) -> Sight:
        approval, known = await approvals.recall(self.plans, desired.spec.approved_plan, memory.plans)
        memory = replace(memory, plans=known)
        plan = await asyncio.to_thread(
            self.planner,
            desired,
            snapshot,
            memory.ledger,
            self.clock.now(),
            pass_started=started,
            approval=approval,
        )
        return Sight(desired, snapshot, memory, plan)

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        """Read ``scope``, plan, carry out what may run now, record statuses and events.

        Where nothing may run because something else has to be read first, that is read, else everything.
        """
        memory = memory.of(desired)
        if scope.everything:
            memory = replace(memory, failures=memory.failures.looked_at_again())
            await rewriting.rewrite(self.records, memory.ledger)
        started = self.clock.now()
        sight = await self._look(desired, scope, memory, started)
        for further in FURTHER:
            if not scope.everything and scopes.is_waiting_for_reading(sight.plan):
                scope = further(sight.plan)
                sight = await self._look(desired, scope, sight.memory, started)
        sight = await self._with_pools_noted(sight, started)
        desired, memory, plan = sight.desired, sight.memory, sight.plan
        memory = replace(memory, plans=await approvals.keep(self.plans, plan.approval, memory.plans))
        memory, ran = await self._carry_out(plan, memory, desired.key)
        if not ran:
            memory = await self._note_what_is_in_force(desired, plan, memory)
        memory = await self._publish(desired, plan, memory, ran, read_everything=scope.everything)
        memory = replace(memory, progress=advanced(memory.progress, plan, ran, self.clock.now()))
        named = desired.spec.approved_plan
        memory = replace(memory, plans=await approvals.forget(self.plans, named, plan, memory.plans))
        return Report(plan, ran, scope.everything, memory)

    async def _with_pools_noted(self, sight: Sight, started: datetime) -> Sight:
        """Remember what front ends find when they start; that may let them be restarted in this very pass."""
        desired, snapshot, memory, now = sight.desired, sight.snapshot, sight.memory, self.clock.now()
        pools = front_end_ledger.planned(desired, snapshot, memory.ledger, sight.plan, now)
        ledger = await self._remember(memory.ledger, pools)
        if ledger == memory.ledger:
            return sight
        return await self._planned(desired, snapshot, replace(memory, ledger=ledger), started)

    def _with_claim(
        self, desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger
    ) -> DesiredOrganization:
        """Return what is declared, with the obstacle that another resource has this organisation, if so."""
        remembered, found = ledger.entry(desired.key).guid, snapshot.organization
        guid = remembered or (found.value.guid if isinstance(found, Known) else None)
        if guid is None:
            return desired
        own = OrganizationId(desired.namespace, desired.key.name)
        shown = found.value.distinguished_name if isinstance(found, Known) else guid
        identity = Identity(guid, desired.created_at, in_force=remembered is not None)
        obstacle = self.identities.judge(own, identity, shown)
        return replace(desired, obstacles=(*desired.obstacles, obstacle)) if obstacle else desired

    async def _observe(self, desired: DesiredOrganization, snapshot: Snapshot, memory: Memory) -> Memory:
        ledger, again = transitions.read(memory.ledger, desired, snapshot, self.clock.now())
        ledger = await self._remember(memory.ledger, ledger.objects)
        failures = memory.failures.without(again)
        return replace(memory, snapshot=snapshot, ledger=ledger, failures=failures)

    async def _read(self, scope: Scope, memory: Memory) -> tuple[Ledger, Snapshot]:
        """Read from the domain controller that is kept; with another one everything is read anew."""
        ledger = memory.ledger
        snapshot = await self.estate.read(scope, memory.snapshot, ledger.domain_controller)
        chosen = await self.estate.choose_domain_controller(snapshot, ledger.domain_controller)
        if chosen is None or chosen == ledger.domain_controller:
            return ledger, snapshot
        since = self.clock.now()
        await self.records.remember_domain_controller(chosen, since)
        ledger = replace(ledger, domain_controller=chosen, domain_controller_since=since)
        return ledger, await self.estate.read(replace(scope, fields=None), None, chosen)

    async def _carry_out(
        self, plan: Plan, memory: Memory, organization: ObjectKey
    ) -> tuple[Memory, tuple[tuple[Step, Outcome], ...]]:
        started = self.clock.now()
        ran: list[tuple[Step, Outcome]] = []
        for planned in plan.steps:
            step, now = planned.step, self.clock.now()
            if len(ran) >= MOST_STEPS or now - started > LONGEST:
                break
            if not planned.ready or memory.failures.holds(step, now):
                continue
            ledger, outcome = await self.choke.carry(planned, memory.ledger, organization)
            memory = replace(
                memory,
                ledger=ledger,
                failures=memory.failures.noted(step, outcome, self.clock.now()),
            )
            ran.append((step, outcome))
        return memory, tuple(ran)

    async def _note_what_is_in_force(
        self, desired: DesiredOrganization, plan: Plan, memory: Memory
    ) -> Memory:
        entries = {
            item.key: transitions.in_force(memory.ledger.entry(item.key), item.generation)
            for item in desired.resources
            if plan.in_force(item.key)
        }
        return replace(memory, ledger=await self._remember(memory.ledger, entries))

    async def _remember(self, ledger: Ledger, entries: Mapping[ObjectKey, ObjectEntry]) -> Ledger:
        new = {key: entry for key, entry in entries.items() if entry != ledger.entry(key)}
        if new:
            await self.records.remember(new)
        return ledger.with_entries(new)

    async def _publish(
        self,
        desired: DesiredOrganization,
        plan: Plan,
        memory: Memory,
        ran: tuple[tuple[Step, Outcome], ...],
        *,
        read_everything: bool,
    ) -> Memory:
        assert memory.snapshot is not None
        now = self.clock.now()
        last = told(memory.statuses, desired.key)
        passed = Passed(read_everything, finished(memory.progress, plan, last, now), self.plans.shown_by)
        failures = memory.failures.of_plan(frozenset(planned.step.step_id for planned in plan.steps))
        new = await asyncio.to_thread(
            statuses,
            desired,
            memory.snapshot,
            memory.ledger,
            plan,
            failures.by_owner(),
            memory.statuses,
            now,
            passed,
        )
        await self.records.save_statuses(new)
        for event in events_of(memory.statuses, new, ran):
            self.events.emit(event)
        for key, left_behind in plan.released.items():
            if left_behind:
                self.events.emit(orphaned(key, left_behind))
            await self.records.release(key)
        return replace(memory, failures=failures, statuses=new)
