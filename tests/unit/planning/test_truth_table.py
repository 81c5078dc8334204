"""The table of the design: which situation shows as which conditions. Each row is a world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from manifests_support import dial_plan, gateway, plan_document, valid, with_metadata
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, deleted, group_fact
from um_operator.api.annotations import HOLD
from um_operator.api.dial_plan import UMDialPlan
from um_operator.api.meta import ObjectKey
from um_operator.api.status import Status
from um_operator.observed.fact import Unknown
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.conditions import statuses
from um_operator.planning.outcome import Outcome, OutcomeKind
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import Step

REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
NIGHT = {"name": "night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
LIVE = ModelEstate.of(
    plan_fact("pbx", audioCodec="Gsm"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900")
)


@dataclass(frozen=True)
class Failed:
    """A step that did not succeed."""

    step: Step
    outcome: Outcome
    for_good: bool


def conditions(status: Status) -> list[str]:
    return [f"{one.type}={one.status}/{one.reason}" for one in status.conditions]


def judged(
    world: World, failures: dict[ObjectKey, Any] | None = None, **snapshot: Any
) -> dict[ObjectKey, Status]:
    observed = replace(world.snapshot, **snapshot)
    plan = make_plan(world.desired, observed, world.ledger, world.now, pass_started=world.now)
    found = statuses(world.desired, observed, world.ledger, plan, failures or {}, {}, world.now)
    return dict(found)


def pending(**spec: Any) -> World:
    return World((dial_plan(audioCodec="Wma", **spec),), LIVE).seen()


def drifted(**spec: Any) -> World:
    in_force = ObjectEntry(origin="Adopted", guid="guid-of-pbx", applied_generation=1)
    return replace(pending(**spec), ledger=World(()).ledger.with_entries({PBX: in_force}))


def moved(*, in_force: bool, **organization: Any) -> World:
    """A gateway whose port differs; to change it interrupts calls."""
    world = World(
        (dial_plan(), gateway(dialPlanRefs=REFS, port=5062)), LIVE, organization=organization
    ).seen()
    entry = ObjectEntry(origin="Adopted", guid="guid-of-sbc01", applied_generation=1 if in_force else None)
    return replace(world, ledger=world.ledger.with_entries({SBC01: entry}))


def held() -> World:
    manifest = with_metadata(plan_document(), annotations={HOLD: "2026-11-26T00:00:00Z storm"})
    return World((valid(manifest, UMDialPlan),), LIVE).seen()


def emptying(**disruption: str) -> World:
    going = deleted(gateway(dialPlanRefs=REFS, deletionPolicy="Delete"))
    estate = replace(LIVE, calls={"sbc01": 1})
    return World((dial_plan(), going), estate, organization={"disruption": disruption}).settled()


ROWS: list[tuple[str, Callable[[], World], ObjectKey, list[str]]] = [
    ("equal", lambda: World((dial_plan(),), LIVE).in_force(), PBX, ["Ready=True/UpToDate"]),
    ("drift that is corrected now", drifted, PBX, ["Ready=False/Drifted", "Drifted=True/Correcting"]),
    (
        "drift whose repair waits",
        lambda: moved(in_force=True, maintenanceWindows=[NIGHT]),
        SBC01,
        ["Ready=False/Drifted", "Drifted=True/WaitingForWindow"],
    ),
    ("pending and running", pending, PBX, ["Ready=False/Applying", "Reconciling=True/Applying"]),
    (
        "pending and waiting for a window",
        lambda: moved(in_force=False, maintenanceWindows=[NIGHT]),
        SBC01,
        ["Ready=False/WaitingForWindow"],
    ),
    (
        "a cut-over that waits",
        lambda: World((dial_plan(voipSecurity="SIPSecured"),), LIVE).seen(),
        PBX,
        ["Ready=False/WaitingForServers"],
    ),
    (
        "Observe and different",
        lambda: pending(mode="Observe"),
        PBX,
        ["Ready=False/Drifted", "Drifted=True/ObserveMode"],
    ),
    (
        "Observe and equal",
        lambda: World((dial_plan(mode="Observe"),), LIVE).seen(),
        PBX,
        ["Ready=True/UpToDate"],
    ),
    (
        "Plan and pending",
        lambda: pending(mode="Plan"),
        PBX,
        ["Ready=False/WaitingForApproval", "PlanPending=True/ApprovalRequired"],
    ),
    (
        "Plan and drifted",
        lambda: drifted(mode="Plan"),
        PBX,
        ["Ready=False/Drifted", "Drifted=True/WaitingForApproval", "PlanPending=True/ApprovalRequired"],
    ),
    (
        "refused for good",
        lambda: World((dial_plan(numberOfDigitsInExtension=5),), LIVE).seen(),
        PBX,
        ["Ready=False/ImmutableFieldDiffers", "Stalled=True/ImmutableFieldDiffers"],
    ),
    (
        "a missing reference is not Stalled",
        lambda: World((gateway(dialPlanRefs=[{"name": "nowhere"}]),), LIVE).seen(),
        SBC01,
        ["Ready=False/DependencyNotFound"],
    ),
    (
        "a port that waits for its plan to be secured",
        lambda: World(
            (dial_plan(voipSecurity="SIPSecured"), gateway(dialPlanRefs=REFS, port=5061)), LIVE
        ).seen(),
        SBC01,
        ["Ready=False/WaitingForSecure"],
    ),
    (
        "suspended and equal",
        lambda: World((dial_plan(suspend=True),), LIVE).seen(),
        PBX,
        ["Ready=True/UpToDate", "Suspended=True/Suspended"],
    ),
    ("held and equal", held, PBX, ["Ready=True/UpToDate", "Suspended=True/Hold"]),
    (
        "suspended and pending",
        lambda: pending(suspend=True),
        PBX,
        ["Ready=False/Suspended", "Suspended=True/Suspended"],
    ),
    (
        "suspended and drifted",
        lambda: drifted(suspend=True),
        PBX,
        ["Ready=False/Drifted", "Drifted=True/Suspended", "Suspended=True/Suspended"],
    ),
    ("being deleted, waiting for calls", emptying, SBC01, ["Ready=False/Deleting"]),
    (
        "being deleted, calls do not end",
        lambda: emptying(drainTimeout="0s"),
        SBC01,
        ["Ready=False/Deleting", "ManualActionRequired=True/DrainTimedOut"],
    ),
    (
        "being deleted and running",
        lambda: World(
            (deleted(gateway(deletionPolicy="Delete")),), ModelEstate.of(gateway_fact("sbc01"))
        ).seen(),
        SBC01,
        ["Ready=False/Deleting", "Reconciling=True/Deleting"],
    ),
    (
        "being deleted and in use",
        lambda: World((deleted(dial_plan(deletionPolicy="Delete")),), LIVE).seen(),
        PBX,
        ["Ready=False/Deleting", "Stalled=True/InUse"],
    ),
]


@pytest.mark.parametrize(("situation", "world", "key", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_the_situation_shows_as(
    situation: str, world: Callable[[], World], key: ObjectKey, expected: list[str]
) -> None:
    assert conditions(judged(world())[key]) == expected, situation


@pytest.mark.parametrize(
    ("kind", "reason", "for_good", "expected"),
    [
        ("Refused", "", True, ["Ready=False/Refused", "Stalled=True/Refused"]),
        ("Refused", "InUse", True, ["Ready=False/InUse", "Stalled=True/InUse"]),
        ("Forbidden", "Forbidden", True, ["Ready=False/Forbidden", "Stalled=True/Forbidden"]),
        ("Unclear", "DeadlineExceeded", False, ["Ready=False/Applying", "Reconciling=True/Applying"]),
    ],
)
def test_a_step_that_failed_shows_as(
    kind: OutcomeKind, reason: str, for_good: bool, expected: list[str]
) -> None:
    world = pending()
    failed = Failed(world.plan.steps[0].step, Outcome(kind, reason, "Exchange says no"), for_good)
    status = judged(world, {PBX: failed})[PBX]
    assert conditions(status) == expected
    assert "Exchange says no" in status.conditions[0].message


def test_what_was_not_read_is_unknown() -> None:
    world = World((dial_plan(), gateway()), LIVE).seen()
    found = judged(world, dial_plans=Unknown("DeadlineExceeded", "no answer within 30 s", NOW))
    assert conditions(found[PBX]) == ["Ready=Unknown/NotRead"]
    assert found[PBX].conditions[0].message == "no answer within 30 s"
