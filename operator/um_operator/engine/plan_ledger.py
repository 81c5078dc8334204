"""What is remembered of securing dial plans: before an effect, after it, and by what was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredDialPlan, DesiredOrganization
from um_operator.observed.exchange import DialPlanFact
from um_operator.observed.fact import Unknown
from um_operator.observed.ledger import BeforeSecure, GivenUp, Ledger, ObjectEntry
from um_operator.observed.snapshot import Snapshot
from um_operator.planning import securing
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity, Step
from um_operator.planning.view import View


def begun(step: Step, ledger: Ledger, now: datetime) -> Ledger:
    """Return the ledger to be made durable before a step of a cut-over runs, or one that leads back."""
    if isinstance(step, SetVoIPSecurity) and step.secures:
        entry = ledger.entry(step.owner)
        return ledger.with_entries({step.owner: replace(entry, before_secure=_secured(step, entry, now))})
    if not isinstance(step, SetGatewayPort):
        return ledger
    touched = [*step.plans, *([step.declared] if step.declared else [])]
    entries = {key: replace(ledger.entry(key), written_at=now) for key in touched}
    if not step.back:
        entries |= {
            key: replace(entries[key], before_secure=_with_port(step, entries[key])) for key in step.plans
        }
    return ledger.with_entries(entries)


def ended(step: Step, remembered: Ledger, ledger: Ledger, outcome: Outcome) -> Ledger | None:
    """Return the ledger once a step of a cut-over ended, ``None`` if it is none.

    What was written for it before stands until it was led back; what was refused meanwhile leads it back.
    """
    if not isinstance(step, SetGatewayPort) and not (isinstance(step, SetVoIPSecurity) and step.secures):
        return None
    if outcome.kind in {"Done", "Unclear"}:
        return ledger
    if isinstance(step, SetGatewayPort) and step.back:
        return remembered
    plans = step.plans if isinstance(step, SetGatewayPort) else {step.owner: step.generation}
    others = any(securing.ports_of(remembered.entry(key)) for key in plans)
    if not others:
        return remembered
    entries = {key: _not_written(ledger.entry(key)) for key in plans}
    if outcome.kind in {"Refused", "Forbidden"}:
        message = f"Exchange refused a part of it: {outcome.message}"
        for key, generation in plans.items():
            given_up = GivenUp(generation, Reason.NOT_SECURED, message)
            entries[key] = replace(entries[key], not_secured=given_up)
    return ledger.with_entries(entries)


def asked_again(entry: ObjectEntry) -> ObjectEntry:
    """Return the entry after a person asked for another try: what was told before does not count."""
    before = entry.before_secure
    return replace(entry, not_secured=None, before_secure=before and replace(before, tries=0, reports={}))


def seen(ledger: Ledger, desired: DesiredOrganization, snapshot: Snapshot, now: datetime) -> Ledger:
    """Return the ledger after dial plans were read: which are secured, which work, which go back."""
    remembered = [
        item
        for item in desired.dial_plans
        if (entry := ledger.entry(item.key)).before_secure is not None or entry.not_secured is not None
    ]
    if not remembered:
        return ledger
    view = View.at(desired, snapshot, ledger, now, now)
    entries = {item.key: _seen(ledger.entry(item.key), item, view) for item in remembered}
    return ledger.with_entries(_together(entries, remembered, view))


def _secured(step: SetVoIPSecurity, entry: ObjectEntry, now: datetime) -> BeforeSecure:
    before = entry.before_secure
    tries = before.tries + 1 if before is not None and not before.verified else 1
    ports = before.ports if before is not None else {}
    return BeforeSecure(step.before, ports, tries, secured_at=now, reports=step.reports)


def _with_port(step: SetGatewayPort, entry: ObjectEntry) -> BeforeSecure:
    before = entry.before_secure or BeforeSecure("Unsecured")
    again = step.gateway in before.ports and not before.verified
    return BeforeSecure(
        "Unsecured",
        {step.gateway: step.before, **before.ports},
        (0 if before.verified else before.tries) + again,
    )


def _not_written(entry: ObjectEntry) -> ObjectEntry:
    return replace(entry, before_secure=entry.before_secure and replace(entry.before_secure, secured_at=None))


def _seen(entry: ObjectEntry, item: DesiredDialPlan, view: View) -> ObjectEntry:
    given_up, before = entry.not_secured, entry.before_secure
    if given_up is not None and given_up.generation != item.generation:
        entry = replace(entry, not_secured=None)
    fact = view.dial_plan(item.name)
    if before is None or isinstance(fact, Unknown):
        return entry
    if fact.value is None:
        return replace(entry, before_secure=None)
    if fact.value.voip_security in {"Unsecured", before.voip_security}:
        return _as_before(entry, before, item, fact.value, view)
    before = securing.seen(replace(before, tries=0, secured_at=before.secured_at or view.now), view)
    failure = None if before.verified else securing.failure(item, before, view)
    return replace(entry, before_secure=before, not_secured=entry.not_secured or failure)


def _as_before(
    entry: ObjectEntry, before: BeforeSecure, item: DesiredDialPlan, live: DialPlanFact, view: View
) -> ObjectEntry:
    """Return the entry of a plan that is as it was, or Unsecured: forgotten once its ports are, too."""
    if not any(_has_other(name, port, view) for name, port in before.ports.items()):
        return replace(entry, before_secure=None)
    if live.voip_security != "Unsecured":  # as secure as it was; its ports stay
        return replace(entry, before_secure=BeforeSecure("Unsecured", before.ports, verified=True))
    if before.verified:
        return entry
    failure = entry.not_secured or securing.failure(item, before, view)
    return replace(entry, before_secure=replace(before, secured_at=None), not_secured=failure)


def _has_other(gateway: str, port: int, view: View) -> bool:
    """Whether a gateway has another port than before, or is not known to have that one."""
    live = view.gateway(gateway)
    return isinstance(live, Unknown) or (live.value is not None and live.value.port != port)


def _together(
    entries: Mapping[ObjectKey, ObjectEntry], items: list[DesiredDialPlan], view: View
) -> dict[ObjectKey, ObjectEntry]:
    """Return the entries, those of plans that share gateways alike: they work, or go back, together."""
    found = dict(entries)
    for item in items:
        along = [other for other in items if other.key == item.key or _share(entries, item, other)]
        before = entries[item.key].before_secure
        if before is None or before.verified:
            continue
        given_up = next((entries[one.key].not_secured for one in along if entries[one.key].not_secured), None)
        if given_up is not None:
            told = entries[item.key].not_secured or replace(given_up, generation=item.generation)
            found[item.key] = replace(entries[item.key], not_secured=told)
        elif all(_works(entries[one.key], one, view) for one in along):
            found[item.key] = replace(
                entries[item.key], before_secure=replace(before, verified=True, reports={})
            )
    return found


def _share(entries: Mapping[ObjectKey, ObjectEntry], one: DesiredDialPlan, other: DesiredDialPlan) -> bool:
    return not securing.ports_of(entries[one.key]).keys().isdisjoint(securing.ports_of(entries[other.key]))


def _works(entry: ObjectEntry, item: DesiredDialPlan, view: View) -> bool:
    before = entry.before_secure
    return before is not None and (before.verified or securing.is_verified(item, before, view))
