from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, group_fact
from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.select import parse
from um_operator.api.status import Status, UMDialPlanStatus, UMIPGatewayStatus
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.planning.conditions import statuses
from um_operator.planning.planner import make_plan

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
CUBE01 = ObjectKey("UMIPGateway", "cube01")
REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]
NIGHT = {"name": "saturday-night", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}


def written(
    world: World, before: dict[ObjectKey, Status] | None = None, **snapshot: Any
) -> dict[ObjectKey, Any]:
    observed = replace(world.snapshot, **snapshot)
    plan = make_plan(world.desired, observed, world.ledger, world.now, pass_started=world.now)
    found = statuses(world.desired, observed, world.ledger, plan, {}, before or {}, world.now)
    return dict(found)


def condition(status: Status, kind: str) -> Condition:
    return next(one for one in status.conditions if one.type == kind)


def message(status: Status, kind: str = "Ready") -> str:
    return condition(status, kind).message


def cube01(**properties: Any) -> World:
    """The gateway of the documentation: in force once, in an estate that has a window at night."""
    estate = ModelEstate.of(
        plan_fact("Contoso-PBX", voipSecurity="SIPSecured"),
        gateway_fact("cube01", **properties),
        group_fact("cube01", "Contoso-PBX", "4900", "pbx-4900"),
        group_fact("cube01", "Contoso-PBX", "", "Default Hunt Group"),
    )
    manifests = (
        dial_plan(name="Contoso-PBX", voipSecurity="SIPSecured"),
        gateway("cube01", dialPlanRefs=REFS, port=5061, messageWaitingIndicatorAllowed=False),
    )
    entry = ObjectEntry(origin="Adopted", guid="guid-of-cube01", applied_generation=1)
    ledger = Ledger().with_entries({CUBE01: entry})
    return World(manifests, estate, ledger, organization={"maintenanceWindows": [NIGHT]}).seen()


def test_drift_that_waits_for_a_window_reads_as_documented() -> None:
    status = written(cube01(port=5060, messageWaitingIndicatorAllowed=False))[CUBE01]
    assert message(status) == 'port: want "5061", have "5060"'
    assert message(status, "Drifted") == (
        '1 field differs: port; the repair interrupts calls and waits for window "saturday-night"'
    )
    (drift,) = status.drift
    assert (drift.path, drift.want, drift.have, drift.since) == (
        "port",
        "5061",
        "5060",
        "2026-11-25T12:00:00Z",
    )
    assert status.next_window.name == "saturday-night"
    assert status.next_window.starts_at == "2026-11-28T21:00:00Z"
    assert status.next_window.ends_at == "2026-11-29T01:00:00Z"
    assert [(group.name, group.origin) for group in status.hunt_groups] == [
        ("Default Hunt Group", "Unlisted"),
        ("pbx-4900", "Declared"),
    ]


def test_a_window_in_which_no_time_is_left_is_not_the_one_that_is_waited_for() -> None:
    nearly_over = datetime(2026, 11, 29, 0, 55, tzinfo=UTC)
    found = written(replace(cube01(port=5060), now=nearly_over))
    assert "waits for window" in message(found[CUBE01], "Drifted")
    assert found[CUBE01].next_window.starts_at == "2026-12-05T21:00:00Z"
    assert found[ORGANIZATION].next_window.starts_at == "2026-12-05T21:00:00Z"


def test_a_fight_reads_as_documented() -> None:
    world = cube01(port=5061)
    times = tuple(NOW - timedelta(minutes=minutes) for minutes in (30, 20, 10))
    entry = replace(world.ledger.entry(CUBE01), corrections={"messageWaitingIndicatorAllowed": times})
    status = written(replace(world, ledger=world.ledger.with_entries({CUBE01: entry})))[CUBE01]
    assert message(status) == 'messageWaitingIndicatorAllowed: want "false", have "true"'
    assert message(status, "Stalled") == (
        'messageWaitingIndicatorAllowed was corrected 3 times within "1h" and changed back by someone else; '
        "the annotation unifiedmessaging.dev/retry-requested-at lets it be corrected again"
    )
    assert message(status, "Drifted") == "1 field differs: messageWaitingIndicatorAllowed"
    assert condition(status, "Drifted").reason == "ChangedByOthers"
    assert status.drift[0].corrections == 3


def test_an_equal_gateway_shows_what_exchange_has() -> None:
    status = written(cube01(port=5061, messageWaitingIndicatorAllowed=False))[CUBE01]
    assert isinstance(status, UMIPGatewayStatus)
    assert message(status) == '"cube01.contoso.com:5061" is as declared'
    assert (status.address, status.port, status.state) == ("cube01.contoso.com", 5061, "Enabled")
    assert status.dial_plans == "Contoso-PBX"
    assert (status.origin, status.guid, status.applied_generation) == ("Adopted", "guid-of-cube01", 1)
    assert status.next_window is None
    assert status.drift == ()


def contoso(**spec: Any) -> World:
    estate = ModelEstate.of(
        plan_fact("Contoso-PBX"),
        gateway_fact("sbc01"),
        gateway_fact("byhand"),
        group_fact("sbc01", "Contoso-PBX", "4900"),
        group_fact("byhand", "Contoso-PBX", "4950"),
        **spec,
    )
    manifests = (dial_plan(name="Contoso-PBX", voipSecurity="SIPSecured"), gateway(dialPlanRefs=REFS))
    return World(manifests, estate).in_force()


def test_a_cut_over_that_waits_names_who_is_missing_and_why() -> None:
    status = written(contoso())[PBX]
    assert isinstance(status, UMDialPlanStatus)
    assert condition(status, "Ready").reason == "WaitingForServers"
    assert message(status) == (
        'VoIPSecurity stays "Unsecured", not "SIPSecured": of 1 server "ex01.contoso.com" is not ready '
        '(StartupModeTCP); of 2 gateways "byhand", "sbc01" are not ready (NotDeclared, NotProbed)'
    )
    assert [(one.object, one.reason) for one in status.waiting_for] == [
        ("ex01.contoso.com", "StartupModeTCP"),
        ("ex01.contoso.com", "StartupModeTCP"),
        ("byhand", "NotDeclared"),
        ("UMIPGateway/sbc01", "NotProbed"),
    ]


def test_with_ready_servers_the_cut_over_waits_for_gateways() -> None:
    status = written(contoso(startup_mode="Dual"))[PBX]
    assert {one.reason for one in status.waiting_for} == {"NotProven", "NotDeclared", "NotProbed"}
    assert (status.gateway_count, status.secured_gateway_count) == (2, 0)
    assert [(one.kind, one.name, one.ready, one.reason) for one in status.gateways] == [
        ("UMIPGateway", "sbc01", "False", "NotProbed"),
        ("Undeclared", "byhand", "False", "NotDeclared"),
    ]


def test_a_plan_that_stays_unsecured_shows_its_gateways_as_they_are() -> None:
    world = replace(
        contoso(), resources=(dial_plan(name="Contoso-PBX"), gateway(dialPlanRefs=REFS))
    ).in_force()
    status = written(world)[PBX]
    assert message(status) == 'dial plan "Contoso-PBX" is as declared, VoIPSecurity "Unsecured"'
    assert {one.ready for one in status.gateways} == {"True"}
    assert status.secured_gateway_count is None


def test_effective_at_is_replication_and_one_poll_after_the_last_write() -> None:
    world = World((dial_plan(),)).settled()
    written_at = world.ledger.entry(PBX).written_at
    assert written_at == NOW
    assert written(world)[PBX].effective_at == "2026-11-25T12:25:00Z"


def test_an_unchanged_world_gives_an_unchanged_status_however_much_later() -> None:
    for world in (contoso(), cube01(port=5060), World((dial_plan(audioCodec="Wma", mode="Plan"),)).seen()):
        first = written(world)
        assert written(world.later(timedelta(hours=5)), first) == first


def test_an_instant_changes_only_when_the_status_of_its_condition_does() -> None:
    broken = cube01(port=5060, messageWaitingIndicatorAllowed=True)
    first = written(broken)
    half = replace(broken, estate=cube01(port=5060, messageWaitingIndicatorAllowed=False).estate)
    second = written(half.later(timedelta(minutes=1)), first)
    assert message(first[CUBE01]) != message(second[CUBE01])
    for kind in ("Ready", "Drifted"):
        assert condition(second[CUBE01], kind).last_transition_time == "2026-11-25T12:00:00Z"
    assert second[CUBE01].drift[0].since == "2026-11-25T12:00:00Z"
    whole = replace(half, estate=cube01(port=5061, messageWaitingIndicatorAllowed=False).estate)
    third = written(whole.later(timedelta(minutes=2)), second)
    assert condition(third[CUBE01], "Ready").last_transition_time == "2026-11-25T12:02:00Z"


def test_a_resource_that_cannot_be_used_says_what_is_wrong_with_it() -> None:
    world = contoso()
    manifest = {
        "apiVersion": "unifiedmessaging.dev/v1beta1",
        "kind": "UMIPGateway",
        "metadata": {"name": "odd", "generation": 1},
        "spec": {"address": "odd.contoso.com", "port": 70000},
    }
    owner_and_odd = Resources.of([world.owner, parse(manifest)])
    desired = resolve(owner_and_odd, world.owner)
    plan = make_plan(desired, world.snapshot, world.ledger, NOW, pass_started=NOW)
    status = statuses(desired, world.snapshot, world.ledger, plan, {}, {}, NOW)[
        ObjectKey("UMIPGateway", "odd")
    ]
    assert condition(status, "Stalled").reason == "InvalidSpec"
    assert "spec.port" in message(status)
    assert SBC01 not in {one.step.owner for one in plan.steps}


def test_the_longest_names_fit_into_a_status() -> None:
    name, pilot = "p" * 253, "1" * 128
    refs = [{"name": name, "pilotIdentifier": pilot}]
    manifests = (
        dial_plan(name, name="pbx", voipSecurity="SIPSecured"),
        gateway("g" * 253, name="sbc01", address="sbc01.contoso.com", dialPlanRefs=refs, mode="Observe"),
    )
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    world = World(manifests, estate).seen()
    assert written(world)[ObjectKey("UMIPGateway", "g" * 253)].drift
    assert written(world)[ObjectKey("UMDialPlan", name)].waiting_for
