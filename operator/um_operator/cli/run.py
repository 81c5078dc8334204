"""What the commands that work on manifests have in common: folders, state, connection, the pass."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from um_operator.api.meta import ObjectKey
from um_operator.api.organization import ExchangeOrganization
from um_operator.api.select import AnyResource
from um_operator.app import connection, exchange
from um_operator.app.connection import Connection
from um_operator.app.read_only import ReadOnlySecrets
from um_operator.cli.looking import Around, Organization
from um_operator.cli.render_plan import OrganizationPlan
from um_operator.engine import scopes
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import Memory, OnePass, Planner, Report
from um_operator.engine.ports import Clock, Event, Lease, SecretStore
from um_operator.engine.progress import finished, told
from um_operator.engine.settle import settle
from um_operator.local import state_directory
from um_operator.local.clock import chosen_clock
from um_operator.local.events import LocalEvents
from um_operator.local.manifests import Manifests, read_manifests
from um_operator.local.workspace import Target, Workspace, open_workspace
from um_operator.observed.fact import Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.conditions import statuses
from um_operator.planning.maintenance import Calendar
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.status.passed import Passed
from um_operator.remoting import connect_to

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """A run on folders: what it works on and by which clock. ``secrets``: those of folders and state."""

    workspace: Workspace
    manifests: Manifests
    secrets: SecretStore
    clock: Clock
    identities: Identities

    @property
    def lease(self) -> Lease:
        """Return the right to write."""
        return self.workspace.lease


@dataclass(frozen=True, slots=True)
class Look:
    """What was read and planned for one organisation, with the statuses that follow from it."""

    snapshot: Snapshot
    plan: Plan
    memory: Memory


@dataclass(frozen=True, slots=True)
class Where:
    """What a run was told on the command line: folders of manifests, state directory, mapped connections."""

    sources: Sequence[str]
    state: str | None = None
    connect_to: Sequence[str] | None = None


@contextmanager
def opened(
    where: Where,
    *,
    writable: bool,
    delete: AbstractSet[ObjectKey] = frozenset(),
    clock: Clock | None = None,
) -> Iterator[Run]:
    """Read the manifests, open the state, map connections for as long as the block lasts.

    ``clock``: other than the machine's, or than the one that a lab lends through the environment.

    Raises:
        ManifestsError, LocalError, ConnectToError, ClockRefusedError: one of them cannot be used.
    """
    rules = connect_to.parse(where.connect_to or ())
    manifests = read_manifests(where.sources)
    clock = clock or clock_of(manifests.resources, rules)
    folder = state_directory.locate(where.state, where.sources)
    with (
        open_workspace(
            manifests,
            folder,
            writable=writable,
            now=clock.now(),
            new_uid=lambda: str(uuid.uuid4()),
            delete=delete,
        ) as workspace,
        connect_to.installed(rules),
    ):
        secrets = workspace.secrets if writable else ReadOnlySecrets(workspace.secrets)
        yield Run(workspace, manifests, secrets, clock, _identities(workspace))


async def look(run: Around, target: Organization) -> Look:
    """Read everything of an organisation and plan; nothing is changed in Exchange.

    Raises:
        ConnectionSettingsError: a Secret or CA is missing.
    """

    async def read(one: OnePass) -> Look:
        memory = await one.recall()
        sight = await one.look(target.desired, scopes.everything(None), memory)
        desired, snapshot, memory, plan = sight.desired, sight.snapshot, sight.memory, sight.plan
        now = run.clock.now()
        applied = finished(None, plan, told(memory.statuses, desired.key), now)
        passed = Passed(applied=applied, plan_shown_by=target.plans.shown_by)
        judged = statuses(desired, snapshot, memory.ledger, plan, {}, memory.statuses, now, passed)
        return Look(snapshot, plan, Memory(snapshot, memory.ledger, memory.failures, judged))

    return await _with_pass(run, target, read)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told what happens while it happens: each event, and the report of each pass."""

    event: Callable[[Event], None]
    passed: Callable[[Report], None] = lambda _: None


async def carry_out(
    run: Run, target: Target, longest: timedelta, watcher: Watcher, planner: Planner = make_plan
) -> Report:
    """Pass until what is left waits for a window, an approval or a person, at the longest for ``longest``.

    Raises:
        ConnectionSettingsError: a Secret or CA is missing.
    """

    async def published(report: Report) -> None:
        watcher.passed(report)

    async def work(one: OnePass) -> Report:
        return await settle(one, target.desired, run.clock, run.clock.now() + longest, published)

    return await _with_pass(run, target, work, watcher.event, planner)


def organization_plan(
    run: Around, target: Organization, snapshot: Snapshot | None, plan: Plan
) -> OrganizationPlan:
    """Return what is shown of a plan."""
    spec = target.organization.spec
    calendar = Calendar(spec.maintenance_windows, spec.blackouts)
    return OrganizationPlan(
        organization=target.name,
        mode=spec.mode,
        plan=plan,
        trouble=trouble(snapshot),
        remembered=target.records.found,
        next_window=calendar.next_after(run.clock.now()) if spec.maintenance_windows else None,
    )


def trouble(snapshot: Snapshot | None) -> str:
    """Return why an organisation could not be read, empty if it was."""
    fact = snapshot.organization if snapshot else None
    return f"{fact.reason}: {fact.message}" if isinstance(fact, Unknown) else ""


def connected(run: Around, target: Organization) -> AbstractAsyncContextManager[Connection]:
    """Open the way into an organisation for as long as the block lasts.

    Raises:
        ConnectionSettingsError: a Secret or CA is missing.
    """
    return connection.connected(target.organization.spec, run.secrets, run.clock)


async def _with_pass(
    run: Around,
    target: Organization,
    work: Callable[[OnePass], Awaitable[T]],
    show: Callable[[Event], None] = lambda _: None,
    planner: Planner = make_plan,
) -> T:
    async with connected(run, target) as way_in:
        one = exchange.one_pass(
            way_in,
            records=target.records,
            journal=target.journal,
            events=LocalEvents(show),
            lease=run.lease,
            clock=run.clock,
            plans=target.plans,
            identities=run.identities,
            planner=planner,
        )
        return await work(one)


def _identities(workspace: Workspace) -> Identities:
    """Return what is remembered of each organisation of the run."""
    identities = Identities()
    identities.know({target.id: target.identity for target in workspace.targets})
    return identities


def clock_of(resources: Iterable[AnyResource], rules: Sequence[connect_to.Mapping]) -> Clock:
    """Return the machine's clock, or the one that a lab on this machine lends.

    Raises:
        ClockRefusedError: one is lent, and an organisation of ``resources`` is not a lab's.
    """
    organizations = [item for item in resources if isinstance(item, ExchangeOrganization)]
    urls = [url for item in organizations for url in item.spec.exchange.endpoints]
    return chosen_clock([_address(url, rules) for url in urls])


def _address(url: str, rules: Sequence[connect_to.Mapping]) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return connect_to.address_of(parts.hostname or "", port, rules)
