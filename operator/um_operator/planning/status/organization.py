"""The status of an organisation: whether it can be read, its servers, the one plan for it."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.condition import MESSAGE_MAX, Condition
from um_operator.api.reasons import Reason
from um_operator.api.status import (
    MAX_SERVERS,
    ExchangeOrganizationStatus,
    PlanStatus,
    PlanWaitsFor,
    ServerStatus,
)
from um_operator.observed.exchange import ServerFact
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.out_by_us import out_by_us, told
from um_operator.planning.plan import ApprovalReport, Plan
from um_operator.planning.status.common import TEXT_MAX, next_window
from um_operator.planning.status.instants import instant
from um_operator.planning.status.passed import Passed
from um_operator.planning.status.situation import Statement
from um_operator.planning.view import View

SENTENCES_SHOWN = 20


def organization_statements(view: View, plan: Plan, passed: Passed) -> Iterator[Statement]:
    """Yield the conditions of the organisation, Ready first."""
    yield from _readiness(view)
    yield from _plan_pending(plan.approval, passed)
    yield from _suspended(view)


def organization_status(
    view: View,
    plan: Plan,
    conditions: tuple[Condition, ...],
    before: ExchangeOrganizationStatus | None,
    passed: Passed,
) -> ExchangeOrganizationStatus:
    """Return the organisation's status."""
    desired, ledger = view.desired, view.ledger
    organization = view.snapshot.organization
    servers = sorted(_servers(view), key=lambda server: (server.readable == "True", server.name))
    entry = ledger.entry(desired.key)
    return ExchangeOrganizationStatus(
        observed_generation=desired.generation,
        conditions=conditions,
        last_handled_reconcile_at=passed.handled(desired.requested_reconcile, before),
        last_handled_retry_at=entry.retried_at,
        endpoint=view.snapshot.endpoint,
        domain_controller=ledger.domain_controller,
        domain_controller_since=instant(ledger.domain_controller_since)
        if ledger.domain_controller_since
        else None,
        organization_dn=organization.value.distinguished_name if isinstance(organization, Known) else None,
        organization_guid=entry.guid,
        server_count=len(servers),
        readable_server_count=sum(server.readable == "True" for server in servers),
        servers=tuple(servers[:MAX_SERVERS]),
        plan=_plan(plan),
        last_applied_plan=passed.applied,
        next_window=next_window(view, is_waited_for=_waits_for(plan) == "Window"),
    )


def _readiness(view: View) -> Iterator[Statement]:
    """Yield Ready, and Stalled where only a person helps."""
    desired = view.desired
    servers = list(_servers(view))
    unreadable = [server for server in servers if server.readable != "True"]
    missing = next((fact for fact in view.snapshot.organization_lists if isinstance(fact, Unknown)), None)
    if desired.deleting:
        yield Statement("Ready", "False", Reason.DELETING, _going(view, missing))
    elif desired.obstacles:
        first = min(desired.obstacles, key=lambda obstacle: not obstacle.stalled)
        yield Statement("Ready", "False", first.reason, first.message)
        if first.stalled:
            yield Statement("Stalled", "True", first.reason, first.message)
    elif view.elsewhere is not None:
        yield Statement("Ready", "False", Reason.OTHER_ORGANIZATION, view.elsewhere)
        yield Statement("Stalled", "True", Reason.OTHER_ORGANIZATION, view.elsewhere)
    elif missing is not None:
        yield Statement("Ready", "False", missing.reason, missing.message)
    elif unreadable:
        yield Statement("Ready", "False", Reason.SERVERS_UNREADABLE, _unreadable(unreadable, len(servers)))
    else:
        yield Statement("Ready", "True", Reason.CONNECTED, _connected(len(servers), view.snapshot.endpoint))


def _going(view: View, missing: Unknown | None) -> str:
    """Return what it waits for, and what cannot be asked meanwhile."""
    out = out_by_us(view)
    if not out:
        return "the organization is no longer looked after"
    lync = view.snapshot.lync
    if missing is None and lync is not None and isinstance(lync.pools, Unknown):
        missing = lync.pools
    silent = f"; {missing.message}" if missing else ""
    return f"it goes once everything is back that is {told(out)}{silent}"


def _plan_pending(approval: ApprovalReport, passed: Passed) -> Iterator[Statement]:
    """Yield PlanPending while a plan waits: how to approve it, and first what is wrong with another one."""
    if approval.pending is None and not approval.told:
        return
    reason = approval.told[0][0] if approval.told else Reason.APPROVAL_REQUIRED
    parts = [*(sentence for _, sentence in approval.told), _how_to_approve(approval, passed)]
    yield Statement("PlanPending", "True", reason, "; ".join(parts))


def _how_to_approve(approval: ApprovalReport, passed: Passed) -> str:
    steps = f"{approval.steps} step{'' if approval.steps == 1 else 's'}"
    cost = approval.interrupting
    interrupting = f", {cost} interrupt{'s' if cost == 1 else ''} calls" if cost else ""
    if approval.pending is None:
        return f"{steps}{interrupting}"
    return (
        f"{steps}{interrupting}; to run {'it' if approval.steps == 1 else 'them'} set spec.approvedPlan to "
        f'"{approval.pending.digest}" ({passed.plan_shown_by} has the whole plan)'
    )


def _suspended(view: View) -> Iterator[Statement]:
    care = view.desired.care
    hold = care.hold_at(view.now)
    if care.suspended:
        message = "spec.suspend is set: nothing new is written"
        yield Statement("Suspended", "True", Reason.SUSPENDED, message)
    elif hold is not None:
        until = f' until "{instant(hold.until)}"' if hold.until else ""
        yield Statement("Suspended", "True", Reason.HOLD, f'held{until}: "{hold.reason}"')


def _connected(servers: int, endpoint: str | None) -> str:
    through = f' through "{endpoint}"' if endpoint else ""
    return f"{servers} of {servers} server{' is' if servers == 1 else 's are'} read{through}"


def _unreadable(unreadable: list[ServerStatus], servers: int) -> str:
    named = ", ".join(f'"{server.name}" ({server.reason})' for server in unreadable)
    alone = len(unreadable) == 1
    consequence = (
        "nothing is planned for it, and it counts as out of service"
        if alone
        else "nothing is planned for them, and they count as out of service"
    )
    of = f"{len(unreadable)} of {servers} server{'' if servers == 1 else 's'}"
    return f"{of} cannot be read: {named}; {consequence}"


def _servers(view: View) -> Iterator[ServerStatus]:
    """Yield the servers in scope: those whose UM services or call routers are read."""
    snapshot = view.snapshot
    rows = snapshot.servers.value if isinstance(snapshot.servers, Known) else {}
    for key in sorted({*snapshot.um_services, *snapshot.call_routers}):
        facts = (snapshot.um_services.get(key), snapshot.call_routers.get(key))
        unknown = next((fact for fact in facts if isinstance(fact, Unknown)), None)
        yield _server(key, rows.get(key), unknown)


def _server(key: str, row: ServerFact | None, unknown: Unknown | None) -> ServerStatus:
    return ServerStatus(
        name=row.fqdn if row else key,
        readable="Unknown" if unknown else "True",
        roles=tuple(sorted(row.roles)) if row else (),
        site=row.site if row else None,
        version=".".join(str(part) for part in row.version) if row else None,
        reason=unknown.reason if unknown else None,
        message=unknown.message[:MESSAGE_MAX] if unknown else None,
    )


def _plan(plan: Plan) -> PlanStatus:
    return PlanStatus(
        digest=plan.approval.pending.digest if plan.approval.pending else None,
        step_count=len(plan.steps),
        interrupting_step_count=sum(planned.step.interrupts for planned in plan.steps),
        sentences=tuple(planned.step.sentence[:TEXT_MAX] for planned in plan.steps[:SENTENCES_SHOWN]),
        waiting_for=_waits_for(plan),
    )


def _waits_for(plan: Plan) -> PlanWaitsFor:
    reasons = {wait.reason for planned in plan.steps for wait in planned.waits}
    if Reason.WAITING_FOR_APPROVAL in reasons:
        return "Approval"
    return "Window" if Reason.WAITING_FOR_WINDOW in reasons else "Nothing"
