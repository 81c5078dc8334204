"""The security of a dial plan and the ports that belong to it: forward, or back to what was (R18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed.exchange import DialPlanFact
from um_operator.observed.fact import Known
from um_operator.observed.ledger import BeforeSecure, GivenUp
from um_operator.observed.values import name_key
from um_operator.planning import securing, sharing
from um_operator.planning.checks.case import Case
from um_operator.planning.checks.links import gateways_of, linked_plans, live_groups, tls_port
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity
from um_operator.planning.view import View

DialPlanCase: TypeAlias = Case[DesiredDialPlan, DialPlanFact]

PATH = "voipSecurity"


def voip_security(case: DialPlanCase) -> Verdict:
    """Ask for the cut-over, a step of its own, or for the way back from one that failed."""
    before, given_up = case.entry.before_secure, case.entry.not_secured
    if given_up is not None:
        return _given_up(case, before, given_up)
    want, have = case.item.voip_security, case.live.voip_security if case.live is not None else "Unsecured"
    if want == have or not case.managed(PATH):
        return _ports_back(case, before) if have == "Unsecured" and want == have else NOTHING
    findings = case.differs(PATH, want, have) if case.live is not None else ()
    if case.fought(PATH):
        return Verdict(findings)
    step = SetVoIPSecurity(
        owner=case.item.key,
        dial_plan=case.item.name,
        security=want,
        before=have,
        interrupts=True,
        generation=case.item.generation,
        reports=securing.reports(case.view) if want != "Unsecured" else {},
    )
    verdict = Verdict(findings) + ask(step, paths={PATH})
    if want != "Unsecured":
        verdict += ask(*_ports(case))
    unfinished = have == "Unsecured" and before is not None and not before.verified
    return verdict + (_ports_back(case, before) if want == "Unsecured" or unfinished else NOTHING)


def ports_left(case: DialPlanCase) -> Verdict:
    """Ask for the ports that a cut-over has left behind which a deletion of the resource breaks off (R13)."""
    before = case.entry.before_secure
    secured = case.live is not None and case.live.voip_security != "Unsecured"
    return NOTHING if secured or before is None or before.verified else _ports_back(case, before)


def _given_up(case: DialPlanCase, before: BeforeSecure | None, given_up: GivenUp) -> Verdict:
    """Lead the plan and its gateways back, and say why it is not tried again."""
    message = (
        f'VoIPSecurity is not changed to "{case.item.voip_security}": {given_up.message}; the annotation '
        "unifiedmessaging.dev/retry-requested-at lets it be tried again"
    )
    verdict = Verdict((case.finding("Blocked", Reason(given_up.reason), message, PATH),))
    if before is None or case.live is None:
        return verdict
    if case.live.voip_security != before.voip_security:
        verdict += ask(
            SetVoIPSecurity(
                owner=case.item.key,
                dial_plan=case.item.name,
                security=before.voip_security,
                before=case.live.voip_security,
                interrupts=True,
                back=True,
            ),
            paths={PATH},
        )
    return verdict + (_ports_back(case, before) if before.voip_security == "Unsecured" else NOTHING)


def _ports(case: DialPlanCase) -> Iterator[SetGatewayPort]:
    """Yield the ports that are written directly before an Unsecured plan is secured; one of several asks."""
    view, item = case.view, case.item
    if case.live is not None and case.live.voip_security != "Unsecured":
        return
    for name in gateways_of(view, item.name):
        declared, live = view.gateways.get(name), view.gateway(name)
        if declared is None or declared.deleting or not isinstance(live, Known) or live.value is None:
            continue
        port, plans = tls_port(view, name, live.value), _plans_of(name, view)
        if live.value.port == port or plans[0].key != item.key:
            continue
        yield SetGatewayPort(
            owner=item.key,
            gateway=live.value.name,
            port=port,
            before=live.value.port,
            plans={plan.key: plan.generation for plan in plans},
            declared=declared.key,
            interrupts=bool(live_groups(view, name)),
        )


def _plans_of(gateway: str, view: View) -> list[DesiredDialPlan]:
    """Return the plans of a gateway that are to be secured, in order."""
    linked = linked_plans(view, gateway, view.gateways.get(gateway))
    items = (view.plans.get(name_key(plan.name)) for plan in linked)
    return [item for item in items if item is not None and sharing.is_to_be_secured(view, item)]


def _ports_back(case: DialPlanCase, before: BeforeSecure | None) -> Verdict:
    """Ask for the ports that gateways had before, where they still have what was written for the plan."""
    view, verdict = case.view, NOTHING
    for name, port in sorted(before.ports.items()) if before is not None else ():
        live, declared = view.gateway(name), view.gateways.get(name_key(name))
        if not isinstance(live, Known) or live.value is None or live.value.port == port:
            continue
        plans = {
            plan.key: plan.generation
            for plan in view.plans.values()
            if name in securing.ports_of(view.ledger.entry(plan.key))
        }
        if next(iter(plans)) != case.item.key:
            continue
        step = SetGatewayPort(
            owner=case.item.key,
            gateway=live.value.name,
            port=port,
            before=live.value.port,
            plans=plans,
            back=True,
            declared=declared.key if declared else None,
            interrupts=bool(live_groups(view, name)),
        )
        verdict += ask(step)
    return verdict
