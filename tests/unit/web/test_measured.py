"""What a pass leaves in the metrics: what it found of each resource, what ran, when it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from board_support import BUILD, value
from manifests_support import gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, SBC01, World, group_fact
from remoting_support import ManualClock
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.one_pass import Memory, Report
from um_operator.observability.board import ObjectSample, OrganizationSample
from um_operator.observability.recorder import Metrics
from um_operator.observed.fact import Unknown
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.planning.conditions import statuses
from um_operator.planning.outcome import Outcome
from um_operator.planning.planner import make_plan
from um_operator.planning.scope import Scope
from um_operator.planning.steps import CreateGateway
from um_operator.web.measured import KeptOrganization

EVERYTHING, GATEWAYS = Scope(), Scope(fields=frozenset({"gateways"}))
ORGANIZATION = {"namespace": "um", "organization": "default"}
NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
STEP = CreateGateway(owner=SBC01, gateway="sbc01", address="sbc01.contoso.com")
ADOPTED = Ledger().with_entries({SBC01: ObjectEntry(origin="Adopted", applied_generation=1)})


def world(port: int = 5061, now_later: timedelta = timedelta(), **spec: Any) -> World:
    """A gateway with calls that was in force on port 5061, as it is found now."""
    return World(
        (gateway(port=5061, **spec),),
        ModelEstate.of(
            plan_fact("pbx", voipSecurity="SIPSecured"),
            gateway_fact("sbc01", port=port),
            group_fact("sbc01", "pbx", "4900"),
        ),
        ADOPTED,
        NOW + now_later,
        organization={"maintenanceWindows": [NIGHT]},
    ).seen()


@dataclass
class Passes:
    """Passes that find the worlds that the test gives, in turn."""

    found: list[World | Exception]
    lists: Mapping[str, Any] = field(default_factory=dict)
    ran: tuple[Any, ...] = ()
    statuses: Mapping[ObjectKey, Status] = field(default_factory=dict)

    async def recall(self) -> Memory:
        return Memory(ledger=ADOPTED)

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        found = self.found.pop(0)
        if isinstance(found, Exception):
            raise found
        snapshot = replace(found.snapshot, **self.lists)
        plan = make_plan(desired, snapshot, found.ledger, found.now, pass_started=found.now)
        self.statuses = statuses(desired, snapshot, found.ledger, plan, {}, self.statuses, found.now)
        return Report(plan, self.ran, scope.everything, replace(memory, statuses=self.statuses))


class Bench:
    """Measured passes over given worlds, with clocks in the test's hand."""

    def __init__(self, *found: World | Exception, ran: tuple[Any, ...] = ()) -> None:
        self.metrics = Metrics(BUILD)
        self.clock = ManualClock()
        self.passes = Passes(list(found), ran=ran)
        self.kept = KeptOrganization(
            self.metrics.organization("um", "default"),
            world().desired.spec,
            now=lambda: 1_000_000.0 + self.clock.now,
            clock=self.clock,
        )

    async def run(self, scope: Scope = EVERYTHING, desired: World | None = None) -> Report:
        """Do a pass over a new connection."""
        passes = self.kept.measured(self.passes, lambda: 2)
        return await passes.run((desired or world()).desired, scope, Memory())

    @property
    def shown(self) -> OrganizationSample:
        return self.metrics.board.organizations["um", "default"]

    @property
    def sbc01(self) -> ObjectSample:
        return next(item for item in self.shown.objects if item.name == "sbc01")


async def test_an_organisation_and_its_resources_are_shown_after_a_pass() -> None:
    bench = Bench(world())
    await bench.run()
    shown = bench.shown
    assert (shown.mode, shown.interval, shown.sessions) == ("Enforce", 300, 2)
    assert {(item.kind, item.ready_reason) for item in shown.objects} == {
        ("ExchangeOrganization", "Connected"),
        ("UMIPGateway", "UpToDate"),
    }
    assert bench.sbc01.not_ready_since is None
    assert (shown.planned_steps, shown.waiting_steps) == (0, {})


async def test_drift_that_waits_shows_fields_since_when_and_for_what() -> None:
    bench = Bench(world(port=5060))
    await bench.run()
    assert (bench.sbc01.drifted_fields, bench.sbc01.drift_since) == (1, NOW.timestamp())
    assert bench.sbc01.conditions == {"Ready": "False", "Drifted": "True"}
    shown = bench.shown
    assert (shown.planned_steps, shown.interrupting_steps) == (1, 1)
    assert shown.waiting_steps == {"WaitingForWindow": 1}


async def test_what_is_suspended_is_shown_so() -> None:
    suspended = world(port=5060, suspend=True)
    bench = Bench(suspended)
    await bench.run(desired=suspended)
    assert bench.sbc01.suspended
    assert not next(item for item in bench.shown.objects if item.name == "default").suspended


async def test_false_and_unknown_in_turn_are_one_trouble_since_it_began() -> None:
    bench = Bench(world(port=5060), world(port=5060, now_later=timedelta(minutes=5)))
    await bench.run()
    first = bench.sbc01
    bench.passes.lists = {"gateways": Unknown("EndpointUnreachable", "no endpoint answers", NOW)}
    await bench.run()
    assert (first.conditions["Ready"], bench.sbc01.conditions["Ready"]) == ("False", "Unknown")
    assert bench.sbc01.not_ready_since == NOW.timestamp()


async def test_a_trouble_that_ended_begins_anew() -> None:
    later = timedelta(minutes=10)
    bench = Bench(world(port=5060), world(), world(port=5060, now_later=later))
    for _ in range(3):
        await bench.run()
    assert bench.sbc01.not_ready_since == (NOW + later).timestamp()


async def test_only_a_pass_that_read_everything_is_a_full_one() -> None:
    bench = Bench(world(), world())
    await bench.run(EVERYTHING)
    bench.clock.now += 60
    await bench.run(GATEWAYS)
    assert bench.shown.last_full_pass == 1_000_000.0 + 1000.0
    assert bench.shown.last_pass == 1_000_000.0 + 1060.0


async def test_passes_and_steps_are_counted() -> None:
    bench = Bench(world(), world(), ran=((STEP, Outcome("Unclear")),))
    await bench.run(EVERYTHING)
    bench.passes.ran = ()
    await bench.run(GATEWAYS)
    labels = {**ORGANIZATION, "scope": "everything", "result": "changed"}
    assert value(bench.metrics, "um_operator_passes_total", **labels) == 1
    labels = {**ORGANIZATION, "scope": "marked", "result": "unchanged"}
    assert value(bench.metrics, "um_operator_passes_total", **labels) == 1
    labels = {**ORGANIZATION, "type": "CreateGateway", "outcome": "Unclear"}
    assert value(bench.metrics, "um_operator_steps_total", **labels) == 1


async def test_a_pass_that_breaks_off_is_counted_and_not_hidden() -> None:
    bench = Bench(OSError("the API server is gone"))
    with pytest.raises(OSError, match="the API server is gone"):
        await bench.run()
    labels = {**ORGANIZATION, "scope": "everything", "result": "failed"}
    assert value(bench.metrics, "um_operator_passes_total", **labels) == 1
    assert bench.shown.last_pass is None


async def test_before_its_first_pass_ends_an_organisation_is_shown_with_its_schedule() -> None:
    bench = Bench()
    assert (bench.shown.interval, bench.shown.since) == (300, 1_001_000.0)
    assert bench.shown.objects == ()


async def test_readiness_hears_how_long_ago_a_pass_ended() -> None:
    bench = Bench(world(), OSError("broken"))
    bench.clock.now += 30
    assert bench.kept.fact().idle == timedelta(seconds=30)
    await bench.run()
    bench.clock.now += 400
    with pytest.raises(OSError, match="broken"):
        await bench.run()
    fact = bench.kept.fact()
    assert (fact.organization, fact.interval) == ("um/default", timedelta(minutes=5))
    assert fact.idle == timedelta(seconds=400)


async def test_a_pass_that_breaks_off_over_each_connection_does_not_begin_anew_to_be_waited_for() -> None:
    bench = Bench(*(OSError("broken") for _ in range(5)))
    for _ in range(5):
        with pytest.raises(OSError, match="broken"):
            await bench.run()
        bench.clock.now += 60
    assert bench.kept.fact().idle == timedelta(minutes=5)
    assert bench.shown.since == 1_001_000.0
    labels = {**ORGANIZATION, "scope": "everything", "result": "failed"}
    assert value(bench.metrics, "um_operator_passes_total", **labels) == 5


async def test_what_was_recorded_is_recalled() -> None:
    bench = Bench()
    assert (await bench.kept.measured(bench.passes, lambda: 0).recall()).ledger == ADOPTED
