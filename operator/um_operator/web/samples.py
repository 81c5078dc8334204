"""From what the engine reports to what metrics show. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from um_operator.api.condition import Condition
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.object_status import ComparedStatus
from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.status import Status, UMIPGatewayStatus
from um_operator.api.strings import parse_instant
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.one_pass import Report
from um_operator.observability.board import (
    GatewaySample,
    LyncSample,
    ObjectSample,
    OrganizationKey,
    OrganizationSample,
)
from um_operator.planning.plan import PlannedStep
from um_operator.planning.standing import Standings
from um_operator.planning.status.standing import standings
from um_operator.planning.view import View
from um_operator.web.certificate_samples import certificates_of, servers_of


def begun(spec: ExchangeOrganizationSpec, key: OrganizationKey, *, since: float) -> OrganizationSample:
    """Return what is shown of an organisation before its first pass.

    Args:
        spec: as declared.
        key: its namespace and name.
        since: when this replica began to keep it, in seconds since 1970.
    """
    namespace, name = key
    return OrganizationSample(
        namespace=namespace,
        name=name,
        mode=spec.mode,
        interval=spec.interval.total_seconds(),
        since=since,
    )


def after_pass(
    before: OrganizationSample, desired: DesiredOrganization, report: Report, *, ended: float, sessions: int
) -> OrganizationSample:
    """Return what is shown of an organisation after a pass.

    Args:
        before: what was shown.
        desired: what was declared to the pass.
        report: what it found and did.
        ended: when, in seconds since 1970.
        sessions: how many are open.
    """
    known = {(item.kind, item.name): item for item in before.objects}
    found = (
        replace(
            object_sample(key, status, namespace=before.namespace, organization=before.name),
            waiting_since=dict.fromkeys(_reasons(report.plan.of(key)), ended),
        )
        for key, status in report.memory.statuses.items()
    )
    steps, standing = report.plan.steps, _standings(desired, report, ended)
    return replace(
        begun(desired.spec, before.key, since=before.since),
        objects=tuple(_lasting(known.get((item.kind, item.name)), item) for item in found),
        last_pass=ended,
        last_full_pass=ended if report.read_everything else before.last_full_pass,
        planned_steps=len(steps),
        interrupting_steps=sum(planned.step.interrupts for planned in steps),
        waiting_steps=Counter(reason for planned in steps for reason in _reasons([planned])),
        sessions=sessions,
        certificates=certificates_of(standing, report.memory.statuses),
        servers=servers_of(standing),
    )


def _standings(desired: DesiredOrganization, report: Report, ended: float) -> Standings:
    """Return how certificates stand by what the pass read and remembers."""
    memory, now = report.memory, datetime.fromtimestamp(ended, UTC)
    if memory.snapshot is None or not memory.snapshot.hosts:
        return Standings()
    view = View.at(desired, memory.snapshot, memory.ledger, now, now)
    return standings(view) if view.elsewhere is None else Standings()


def _reasons(steps: Iterable[PlannedStep]) -> set[str]:
    return {wait.reason for planned in steps for wait in planned.waits}


def object_sample(key: ObjectKey, status: Status, *, namespace: str, organization: str) -> ObjectSample:
    """Return what is shown of one resource."""
    conditions = {condition.type: condition for condition in status.conditions}
    ready = conditions.get("Ready")
    drift = status.drift if isinstance(status, ComparedStatus) else ()
    return ObjectSample(
        kind=key.kind,
        namespace=namespace,
        name=key.name,
        organization=organization,
        conditions={kind: condition.status for kind, condition in conditions.items()},
        ready_reason=ready.reason if ready else "",
        not_ready_since=_since(ready) if ready and ready.status != "True" else None,
        suspended="Suspended" in conditions,
        drifted_fields=len(drift),
        drift_since=min((parse_instant(field.since).timestamp() for field in drift), default=None),
        gateway=_gateway(status) if isinstance(status, UMIPGatewayStatus) else None,
        lync=_lync(status) if isinstance(status, LyncIntegrationStatus) else None,
    )


def _gateway(status: UMIPGatewayStatus) -> GatewaySample:
    probe, trust = status.probe, status.trust
    return GatewaySample(
        result=probe.result if probe else None,
        reason=probe.reason if probe else "",
        not_after=parse_instant(probe.not_after).timestamp() if probe and probe.not_after else None,
        trust=trust.state if trust else None,
    )


def _lync(status: LyncIntegrationStatus) -> LyncSample:
    front_ends = (one for pool in status.pools for one in pool.front_ends)
    return LyncSample(
        missing_contacts=status.missing_contact_count,
        quorum_margins={
            pool.fqdn: pool.quorum_margin for pool in status.pools if pool.quorum_margin is not None
        },
        not_after={
            one.name.lower(): parse_instant(one.not_after).timestamp() for one in front_ends if one.not_after
        },
    )


def _since(condition: Condition) -> float | None:
    changed = condition.last_transition_time
    return parse_instant(changed).timestamp() if changed else None


def _lasting(before: ObjectSample | None, item: ObjectSample) -> ObjectSample:
    """Return ``item`` not Ready and waiting since it first was.

    False and Unknown in turn are one trouble, and what waits for the same is one wait.
    """
    if before is None:
        return item
    waiting = {why: before.waiting_since.get(why, since) for why, since in item.waiting_since.items()}
    item = replace(item, waiting_since=waiting)
    if before.not_ready_since is None or item.not_ready_since is None:
        return item
    return replace(item, not_ready_since=min(before.not_ready_since, item.not_ready_since))
