"""What the statuses of dial plans and gateways have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from um_operator.api.condition import MESSAGE_MAX
from um_operator.api.object_status import (
    MAX_DRIFT,
    MAX_WAITING,
    ComparedStatus,
    Corrections,
    Drift,
    ExchangeObjectStatus,
    GivenUp,
    NextWindow,
    Waiting,
)
from um_operator.api.reasons import Reason
from um_operator.observed import ledger
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.values import display
from um_operator.planning.maintenance import Calendar
from um_operator.planning.plan import POLL
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation
from um_operator.planning.view import View

TEXT_MAX = 1024
NAME_MAX = 256
"""Bounds of the status; what is longer is cut, for a status that is refused tells nobody anything."""


def compared_fields(situation: Situation, before: ComparedStatus | None) -> Mapping[str, Any]:
    """Return what every resource that is compared with Exchange has in its status, conditions apart."""
    item, view = situation.item, situation.view
    entry = view.ledger.entry(item.key)
    return {
        "observed_generation": item.generation,
        "last_handled_reconcile_at": situation.passed.handled(item.requested_reconcile, before),
        "last_handled_retry_at": entry.retried_at,
        "applied_generation": entry.applied_generation,
        "written_at": instant(entry.written_at) if entry.written_at else None,
        "drift": _drift(situation, entry, before),
        "corrections": tuple(
            Corrections(path=path[:NAME_MAX], times=tuple(instant(at) for at in times))
            for path, times in sorted(entry.corrections.items())
        ),
        "waiting_for": _waiting_for(situation),
        "next_window": next_window(view, is_waited_for=True)
        if situation.waits_for(Reason.WAITING_FOR_WINDOW)
        else None,
    }


def given_up(harm: ledger.GivenUp) -> GivenUp:
    """Return how a status holds what is not tried again."""
    return GivenUp(generation=harm.generation, reason=harm.reason, message=harm.message[:MESSAGE_MAX])


def common_fields(situation: Situation, before: ExchangeObjectStatus | None) -> Mapping[str, Any]:
    """Return the fields that every object in Exchange has in its status, conditions apart."""
    entry = situation.view.ledger.entry(situation.item.key)
    return {
        **compared_fields(situation, before),
        "name": situation.item.name,
        "guid": entry.guid,
        "origin": entry.origin,
        "effective_at": _effective_at(situation, entry),
    }


def next_window(view: View, *, is_waited_for: bool) -> NextWindow | None:
    """Return the window that opens next; where none is waited for, first the one that is open.

    One that is open and waited for has too little time left.
    """
    spec = view.desired.spec
    calendar = Calendar(spec.maintenance_windows, spec.blackouts)
    is_open = None if is_waited_for else calendar.open_at(view.now)
    span = is_open or calendar.next_after(view.now)
    if span is None or not span.name:
        return None
    return NextWindow(name=span.name, starts_at=instant(span.starts_at), ends_at=instant(span.ends_at))


def _effective_at(situation: Situation, entry: ObjectEntry) -> str | None:
    """Return when every server has read what was written last: replication and one poll later."""
    if situation.findings or situation.steps or entry.written_at is None:
        return None
    return instant(entry.written_at + situation.view.desired.spec.replication_grace + POLL)


def _drift(situation: Situation, entry: ObjectEntry, before: ComparedStatus | None) -> tuple[Drift, ...]:
    since = {drift.path: drift.since for drift in before.drift} if before else {}
    found = {finding.path: finding for finding in situation.of("Drift")}
    return tuple(
        Drift(
            path=path[:NAME_MAX],
            want=display(finding.want)[:TEXT_MAX],
            have=display(finding.have)[:TEXT_MAX],
            since=since.get(path[:NAME_MAX], instant(situation.view.now)),
            corrections=len(entry.corrections.get(path, ())) or None,
        )
        for path, finding in list(found.items())[:MAX_DRIFT]
    )


def _waiting_for(situation: Situation) -> tuple[Waiting, ...]:
    """Return whom the steps wait for; Observe is no wait, it only reports."""
    return tuple(
        Waiting(
            object=(wait.object or str(situation.item.key))[:NAME_MAX],
            reason=wait.detail or wait.reason,
            message=wait.message[:MESSAGE_MAX],
        )
        for wait in situation.waits[:MAX_WAITING]
        if wait.reason != Reason.OBSERVE
    )
