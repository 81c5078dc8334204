"""The real engine on a model estate in memory: every port of it by the simplest thing that keeps its word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import get_args

from model_estate import ModelEstate, RefusedError
from planning_support import World
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.engine import scopes
from um_operator.engine.choke import Choke
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import Memory, OnePass, Planner, Report
from um_operator.engine.ports import Event, JournalEntry
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.outcome import Outcome
from um_operator.planning.planner import make_plan
from um_operator.planning.scope import Scope
from um_operator.planning.steps import Step
from um_operator.planning.stored_plan import StoredPlan, from_json, to_json


class KilledError(BaseException):
    """The process died here."""


@dataclass
class Store:
    """What outlasts a process: records, journal, plans."""

    ledger: Ledger = field(default_factory=Ledger)
    statuses: dict[ObjectKey, Status] = field(default_factory=dict)
    plans: dict[str, bytes] = field(default_factory=dict)
    journal: list[JournalEntry] = field(default_factory=list)
    released: list[ObjectKey] = field(default_factory=list)
    written: int = 0
    shown_by: str = "ConfigMap of that name"

    async def load_ledger(self) -> Ledger:
        return self.ledger

    async def remember(self, entries: Mapping[ObjectKey, ObjectEntry]) -> None:
        self.ledger = self.ledger.with_entries(entries)

    async def remember_domain_controller(self, name: str, since: datetime) -> None:
        self.ledger = replace(self.ledger, domain_controller=name, domain_controller_since=since)

    async def load_statuses(self) -> Mapping[ObjectKey, Status]:
        return dict(self.statuses)

    async def save_statuses(self, statuses: Mapping[ObjectKey, Status]) -> None:
        news = {key: status for key, status in statuses.items() if self.statuses.get(key) != status}
        self.written += len(news)
        self.statuses |= news

    async def release(self, key: ObjectKey) -> None:
        self.released.append(key)

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        self.journal += entries

    def read(self) -> Iterable[JournalEntry]:
        return self.journal

    async def store(self, plan: StoredPlan) -> None:
        self.plans.setdefault(plan.digest, to_json(plan))

    async def load(self, digest: str) -> StoredPlan | None:
        return from_json(self.plans[digest], digest) if digest in self.plans else None

    async def forget(self, digest: str) -> None:
        self.plans.pop(digest, None)


@dataclass
class Bench:
    """One organisation, its store and its engine; ``restarted`` is the next process on the same store.

    Attributes:
        world: the manifests, the estate as it is now, the present instant.
        kill_after: die right after so many more effects.
        silent: Exchange does not answer.
    """

    world: World
    store: Store = field(default_factory=Store)
    events: list[Event] = field(default_factory=list)
    planner: Planner = make_plan
    kill_after: int | None = None
    silent: bool = False
    identities: Identities = field(default_factory=Identities)
    memory: Memory | None = None

    async def one_pass(self, scope: Scope | None = None) -> Report:
        """Do one pass."""
        engine = self._engine()
        memory = self.memory or await engine.recall()
        report = await engine.run(self.world.desired, scope or scopes.everything(None), memory)
        self.memory = report.memory
        return report

    async def settled(self, most: int = 50) -> Report:
        """Pass until a pass runs nothing."""
        for _ in range(most):
            report = await self.one_pass()
            if not report.ran:
                return report
        raise AssertionError(f"something still runs after {most} passes")

    def restarted(self) -> Bench:
        """Return the next process: it remembers what the store does."""
        return replace(self, memory=None, kill_after=None)

    def change(self, estate: ModelEstate) -> None:
        """Have somebody change the estate by hand."""
        self.world = replace(self.world, estate=estate)

    def declare(self, **organization: object) -> None:
        """Change the organisation's spec."""
        self.world = replace(self.world, organization={**self.world.organization, **organization})

    def later(self, by: timedelta) -> None:
        """Let time go by."""
        self.world = self.world.later(by)

    @property
    def ran(self) -> list[str]:
        """Return the ids of the steps that were begun, in order, over all processes."""
        return [entry.step_id for entry in self.store.journal if entry.phase == "Start"]

    def now(self) -> datetime:
        return self.world.now

    async def sleep_until(self, instant: datetime) -> None:
        raise AssertionError("a pass never waits")

    def held(self) -> bool:
        return True

    def emit(self, event: Event) -> None:
        self.events.append(event)

    async def read(self, scope: Scope, previous: Snapshot | None, domain_controller: str | None) -> Snapshot:
        if self.silent:
            return Snapshot.unread("EndpointUnreachable", "no answer", self.world.now)
        return self.world.estate.read(self.world.now)

    async def choose_domain_controller(self, snapshot: Snapshot, current: str | None) -> str | None:
        return current

    async def close(self) -> None: ...

    async def carry(self, step: Step, domain_controller: str | None) -> Outcome:
        try:
            self.change(self.world.estate.after(step))
        except RefusedError as error:
            return Outcome("Refused", "", str(error))
        if self.kill_after is not None:
            self.kill_after -= 1
            if self.kill_after == 0:
                raise KilledError
        return Outcome("Done")

    def _engine(self) -> OnePass:
        carriers = dict.fromkeys(get_args(Step), self)
        choke = Choke(carriers, self.store, self.store, self, self)
        return OnePass(self, choke, self.store, self, self, self.store, self.identities, self.planner)
