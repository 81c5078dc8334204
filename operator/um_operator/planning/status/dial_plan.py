"""The status of a dial plan, with the gateways that it is linked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import (
    MAX_GATEWAYS,
    BeforeSecure,
    LinkedGateway,
    ServerReport,
    UMDialPlanStatus,
)
from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed import ledger
from um_operator.observed.exchange import DialPlanFact
from um_operator.observed.fact import Known
from um_operator.observed.ledger import ObjectEntry
from um_operator.observed.values import name_key
from um_operator.planning.cut_over_gateways import shown
from um_operator.planning.status.common import common_fields, given_up
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation, Statement
from um_operator.planning.steps import SetVoIPSecurity
from um_operator.planning.view import View


def as_declared(view: View, item: DesiredDialPlan) -> str:
    """Return what is true of a plan that differs in nothing."""
    live = _live(view, item)
    security = live.voip_security if live else item.voip_security
    return f'dial plan "{item.name}" is as declared, VoIPSecurity "{security}"'


def dial_plan_status(
    situation: Situation,
    item: DesiredDialPlan,
    conditions: tuple[Condition, ...],
    before: UMDialPlanStatus | None,
    readiness: Mapping[ObjectKey, Statement],
) -> UMDialPlanStatus:
    """Return a plan's status.

    Args:
        situation: the plan's.
        item: what is declared of it.
        conditions: as judged.
        before: the status as last written.
        readiness: the Ready condition of each declared gateway.
    """
    live = _live(situation.view, item)
    gateways = sorted(
        _linked(situation, item, readiness), key=lambda one: (one.ready == "True", one.kind, one.name)
    )
    return UMDialPlanStatus(
        **common_fields(situation, before),
        conditions=conditions,
        uri_type=live.uri_type if live else None,
        voip_security=live.voip_security if live else None,
        gateway_count=len(gateways) if live else None,
        secured_gateway_count=_secured(situation, item, gateways) if live else None,
        gateways=tuple(gateways[:MAX_GATEWAYS]),
        **remembered(situation.view.ledger.entry(item.key)),
    )


def remembered(entry: ObjectEntry) -> Mapping[str, Any]:
    """Return what a plan's status holds of its securing."""
    before, failure = entry.before_secure, entry.not_secured
    return {
        "secured_at": instant(before.secured_at) if before and before.secured_at else None,
        "before_secure": _before_secure(before) if before else None,
        "not_secured": failure and given_up(failure),
    }


def _before_secure(before: ledger.BeforeSecure) -> BeforeSecure:
    return BeforeSecure(
        voip_security=before.voip_security,
        ports=dict(sorted(before.ports.items())),
        tries=before.tries,
        seen_at=instant(before.seen_at) if before.seen_at else None,
        verified=before.verified,
        reports=tuple(
            ServerReport(
                name=name,
                event=one.event,
                usual=one.usual,
                event_then=one.event_then,
                rejected_then=one.rejected_then,
            )
            for name, one in sorted(before.reports.items())
        ),
    )


def _live(view: View, item: DesiredDialPlan) -> DialPlanFact | None:
    fact = view.dial_plan(item.name)
    return fact.value if isinstance(fact, Known) else None


def _linked(
    situation: Situation, item: DesiredDialPlan, readiness: Mapping[ObjectKey, Statement]
) -> Iterator[LinkedGateway]:
    """Yield the gateways of the plan, judged by what the plan wants of them (R18)."""
    view = situation.view
    missing = _missing_for_cut_over(situation)
    for name in sorted({group.gateway for group in view.groups_of_plan.get(name_key(item.name), ())}):
        declared = view.gateways.get(name_key(name))
        kind = declared.key.kind if declared else "Undeclared"
        own = declared.key if declared and kind == "UMIPGateway" else None
        lacks = missing.get(shown(view, name_key(name)))
        if lacks is not None:
            ready, reason = "False", lacks
        elif declared is not None:
            ready, reason = readiness[declared.key].status, readiness[declared.key].reason
        else:
            ready, reason = "True", Reason.UP_TO_DATE
        yield LinkedGateway.model_validate(
            {
                "kind": kind,
                "name": own.name if own else name,
                "ready": ready,
                "reason": str(reason),
            }
        )


def _missing_for_cut_over(situation: Situation) -> Mapping[str, str]:
    """Return, for each gateway that holds a cut-over, the first thing that it lacks."""
    waits = (
        wait
        for planned in situation.steps
        if isinstance(planned.step, SetVoIPSecurity)
        for wait in planned.waits
        if wait.reason == Reason.WAITING_FOR_GATEWAYS
    )
    missing: dict[str, str] = {}
    for wait in waits:
        missing.setdefault(wait.object, wait.detail)
    for pool in situation.view.pools.values():
        if (lacks := missing.get(str(pool.item.key))) is not None:
            missing.setdefault(pool.gateway, lacks)
    return missing


def _secured(situation: Situation, item: DesiredDialPlan, gateways: list[LinkedGateway]) -> int | None:
    """Return how many gateways are ready for mutual TLS, where the plan wants it."""
    if item.voip_security == "Unsecured":
        return None
    missing = _missing_for_cut_over(situation)
    return len(gateways) - sum(_shown(gateway) in missing for gateway in gateways)


def _shown(gateway: LinkedGateway) -> str:
    return f"UMIPGateway/{gateway.name}" if gateway.kind == "UMIPGateway" else gateway.name
