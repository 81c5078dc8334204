"""The status of an organisation reads as documented: whether it is read, its plan, what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from manifests_support import dial_plan, gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, PBX, SBC01, World, group_fact
from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import AppliedPlan, ExchangeOrganizationStatus, Status
from um_operator.desired.organization import DesiredOrganization
from um_operator.observed.exchange import UMServiceFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.ledger import ObjectEntry
from um_operator.planning.conditions import statuses
from um_operator.planning.planner import make_plan
from um_operator.planning.status.passed import Passed

ORGANIZATION = ObjectKey("ExchangeOrganization", "default")
NO_ANSWER = Unknown("DeadlineExceeded", "no answer within 30 s", NOW)
REFS = [{"name": "pbx", "pilotIdentifier": "4900"}]


def all_statuses(
    world: World,
    before: Mapping[ObjectKey, Status] | None = None,
    passed: Passed | None = None,
    desired: DesiredOrganization | None = None,
    **snapshot: Any,
) -> Mapping[ObjectKey, Status]:
    observed, desired = replace(world.snapshot, **snapshot), desired or world.desired
    plan = make_plan(
        desired, observed, world.ledger, world.now, pass_started=world.now, approval=world.approval
    )
    return statuses(desired, observed, world.ledger, plan, {}, before or {}, world.now, passed or Passed())


def written(world: World, **more: Any) -> ExchangeOrganizationStatus:
    status = all_statuses(world, **more)[ORGANIZATION]
    assert isinstance(status, ExchangeOrganizationStatus)
    return status


def condition(status: Status, kind: str) -> Condition:
    return next(one for one in status.conditions if one.type == kind)


def quiet() -> World:
    return World((dial_plan(),), ModelEstate.of(plan_fact("pbx"))).in_force()


def servers(*names: str, silent: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return what is read of the UM services of these servers."""
    services: dict[str, Fact[UMServiceFact]] = {
        name: NO_ANSWER if name in silent else Known(UMServiceFact(name, "TCP", frozenset()), NOW)
        for name in names
    }
    return {"um_services": services, "call_routers": {}}


def test_the_organization_is_connected_when_everything_is_read() -> None:
    status = written(quiet())
    assert condition(status, "Ready").reason == "Connected"
    assert (
        condition(status, "Ready").message
        == '1 of 1 server is read through "https://ex01.contoso.com/PowerShell/"'
    )
    assert status.endpoint == "https://ex01.contoso.com/PowerShell/"
    assert status.organization_dn == "CN=Contoso"
    assert (status.server_count, status.readable_server_count) == (1, 1)
    assert status.plan is not None
    assert (status.plan.step_count, status.plan.waiting_for) == (0, "Nothing")


def test_several_servers_are_read() -> None:
    message = condition(written(quiet(), **servers("ex01", "ex02")), "Ready").message
    assert message == '2 of 2 servers are read through "https://ex01.contoso.com/PowerShell/"'


@pytest.mark.parametrize(
    ("silent", "message"),
    [
        (
            ("ex03",),
            '1 of 4 servers cannot be read: "ex03" (DeadlineExceeded); '
            "nothing is planned for it, and it counts as out of service",
        ),
        (
            ("ex02", "ex03"),
            '2 of 4 servers cannot be read: "ex02" (DeadlineExceeded), "ex03" (DeadlineExceeded); '
            "nothing is planned for them, and they count as out of service",
        ),
    ],
)
def test_servers_that_are_not_read_are_named(silent: tuple[str, ...], message: str) -> None:
    status = written(quiet(), **servers("ex01", "ex02", "ex03", "ex04", silent=silent))
    assert condition(status, "Ready").reason == "ServersUnreadable"
    assert condition(status, "Ready").message == message
    assert (status.servers[0].name, status.servers[0].readable) == (silent[0], "Unknown")


def test_an_endpoint_that_does_not_answer_is_the_reason() -> None:
    unknown = Unknown("EndpointUnreachable", '"https://ex01/PowerShell/" does not answer', NOW)
    status = written(quiet(), organization=unknown)
    assert condition(status, "Ready").reason == "EndpointUnreachable"


def planning(*resources: Any, **organization: Any) -> World:
    estate = ModelEstate.of(plan_fact("pbx"), gateway_fact("sbc01"), group_fact("sbc01", "pbx", "4900"))
    return World(resources, estate, organization={"mode": "Plan", **organization}).seen()


def test_a_plan_for_approval_reads_as_documented() -> None:
    world = planning(
        dial_plan(audioCodec="Wma"), gateway(dialPlanRefs=REFS, port=5062, outcallsAllowed=False)
    )
    status = written(world)
    pending = world.plan.approval.pending
    assert pending is not None
    assert status.plan is not None
    assert (status.plan.digest, status.plan.waiting_for) == (pending.digest, "Approval")
    assert (status.plan.step_count, status.plan.interrupting_step_count) == (3, 1)
    assert status.plan.sentences[0] == 'Set audioCodec from "" to "Wma" of dial plan "pbx".'
    assert condition(status, "PlanPending").reason == "ApprovalRequired"
    assert condition(status, "PlanPending").message == (
        f'3 steps, 1 interrupts calls; to run them set spec.approvedPlan to "{pending.digest}" '
        "(ConfigMap of that name has the whole plan)"
    )


def test_one_harmless_step_for_approval_reads_well() -> None:
    world = planning(dial_plan(audioCodec="Wma"))
    assert condition(written(world), "PlanPending").message == (
        f'1 step; to run it set spec.approvedPlan to "{world.plan.digest}" '
        "(ConfigMap of that name has the whole plan)"
    )


def test_an_approved_plan_that_waits_for_a_window_asks_for_nothing() -> None:
    night = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}
    world = planning(dial_plan(), gateway(dialPlanRefs=REFS, port=5062), maintenanceWindows=[night])
    assert world.plan.approval.pending is not None
    status = written(world.approving(world.plan.approval.pending))
    assert [one.type for one in status.conditions] == ["Ready"]
    assert status.plan is not None
    assert (status.plan.digest, status.plan.waiting_for) == (None, "Window")


def test_an_approval_of_a_plan_that_is_not_stored_is_told_with_the_one_to_approve() -> None:
    other = "plan-000000000000000000000000"
    world = planning(dial_plan(audioCodec="Wma"), approvedPlan=other)
    found = all_statuses(world)
    pending = condition(found[ORGANIZATION], "PlanPending")
    assert pending.reason == "PlanNotFound"
    assert pending.message == (
        f'spec.approvedPlan names "{other}", and no plan of that name is stored; '
        f'1 step; to run it set spec.approvedPlan to "{world.plan.digest}" '
        "(ConfigMap of that name has the whole plan)"
    )
    plan = found[PBX]
    assert condition(plan, "Ready").reason == "WaitingForApproval"
    assert condition(plan, "PlanPending").reason == "PlanNotFound"


def test_a_stale_step_is_told_at_its_resource_and_at_the_organization() -> None:
    world = planning(dial_plan(), gateway(dialPlanRefs=REFS, port=5062))
    assert world.plan.approval.pending is not None
    world = world.approving(world.plan.approval.pending)
    moved = ModelEstate.of(
        plan_fact("pbx"), gateway_fact("sbc01", port=5070), group_fact("sbc01", "pbx", "4900")
    )
    found = all_statuses(replace(world, estate=moved))
    status = found[SBC01]
    assert not isinstance(status, ExchangeOrganizationStatus)
    assert [(one.object, one.reason) for one in status.waiting_for] == [("UMIPGateway/sbc01", "PlanStale")]
    assert 'port: had "5060", has "5070"' in status.waiting_for[0].message
    assert condition(status, "Ready").reason == "WaitingForApproval"
    assert condition(status, "PlanPending").reason == "PlanStale"
    told = condition(found[ORGANIZATION], "PlanPending")
    assert told.reason == "PlanStale"
    assert '"UMIPGateway/sbc01" port: had "5060", has "5070"' in told.message
    assert "to run it set spec.approvedPlan to" in told.message


def requesting(value: str) -> DesiredOrganization:
    """Return what is declared when a reconcile is requested of everything."""
    desired = quiet().desired
    plan = replace(desired.dial_plans[0], requested_reconcile=value)
    return replace(desired, requested_reconcile=value, dial_plans=(plan,))


def echoed(found: Mapping[ObjectKey, Status]) -> set[str | None]:
    return {status.last_handled_reconcile_at for status in found.values()}


def asked(
    desired: DesiredOrganization,
    before: Mapping[ObjectKey, Status] | None = None,
    passed: Passed | None = None,
    **snapshot: Any,
) -> Mapping[ObjectKey, Status]:
    return all_statuses(quiet(), before, passed, desired, **snapshot)


def test_a_requested_reconcile_is_echoed_by_a_pass_that_read_everything() -> None:
    assert echoed(asked(requesting("1"))) == {"1"}


def test_a_requested_reconcile_is_not_echoed_before() -> None:
    first = asked(requesting("1"))
    assert echoed(asked(requesting("2"), first, Passed(read_everything=False))) == {"1"}
    assert echoed(asked(requesting("2"), first, gateways=NO_ANSWER)) == {"1"}
    assert echoed(asked(requesting("2"), first)) == {"2"}


def test_an_echo_outlasts_its_annotation() -> None:
    first = asked(requesting("1"))
    assert echoed(all_statuses(quiet(), first)) == {"1"}


def test_what_the_ledger_remembers_of_the_organization_is_in_its_status() -> None:
    entry = ObjectEntry(guid="guid-of-contoso", retried_at="7")
    world = quiet()
    status = written(replace(world, ledger=world.ledger.with_entries({ORGANIZATION: entry})))
    assert (status.organization_guid, status.last_handled_retry_at) == ("guid-of-contoso", "7")


def test_the_plan_that_was_carried_out_last_is_told() -> None:
    applied = AppliedPlan(digest="plan-000000000000000000000000", finished_at="2026-11-25T12:00:00Z")
    assert written(quiet(), passed=Passed(applied=applied)).last_applied_plan == applied
