"""How far the securing of dial plans has come, and whether calls work since: by what was read. Pure.

What servers and gateways show until every server must have read that a plan is secured tells nothing: calls
fail until then that were announced to. From the first reading after that on, for as long as the soak, three
things count (R16, R18): telling events in words that were not there before, calls that call routers reject,
and gateways whose port shows beyond doubt that calls over TLS fail. What is inconclusive never takes a plan
back (R4), and does not let it count as verified either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredDialPlan
from um_operator.observed.exchange import GatewayFact
from um_operator.observed.fact import Known
from um_operator.observed.hosts import HostEvent
from um_operator.observed.ledger import BeforeSecure, GivenUp, ObjectEntry, Reported
from um_operator.observed.values import name_key
from um_operator.planning import cut_over_gateways
from um_operator.planning.checks.links import gateways_of
from um_operator.planning.plan import POLL
from um_operator.planning.rollout.evidence import LAST_LOOK, TIMES_USUAL, newest, usually
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.view import View, known_rows

FOLLOWS_WITHIN: Final = timedelta(minutes=2)
"""How long VoIPSecurity may take after the first port was written: the window has to have room for both."""
MOST_TRIES: Final = 3
"""So often something of a cut-over is tried that does not come about."""


def ports_of(entry: ObjectEntry) -> Mapping[str, int]:
    """Return the ports that gateways of a plan had before we wrote others for it."""
    return entry.before_secure.ports if entry.before_secure else {}


def effective_at(before: BeforeSecure, view: View) -> datetime | None:
    """Return when every server must have read that a plan is secured."""
    if before.secured_at is None:
        return None
    return before.secured_at + view.desired.spec.replication_grace + POLL


def judged_at(before: BeforeSecure, view: View) -> datetime | None:
    """Return when it is to be read whether a plan works, ``None`` if there is nothing to judge."""
    if before.verified:
        return None
    return before.seen_at + _soak(view) if before.seen_at is not None else effective_at(before, view)


def watched_until(before: BeforeSecure, view: View) -> datetime | None:
    """Return until when nothing else that interrupts calls begins beside a plan that was secured (R16)."""
    effective = effective_at(before, view)
    if before.verified or effective is None:
        return None
    return (before.seen_at or effective) + _soak(view)


def under_way(view: View) -> Iterator[tuple[DesiredDialPlan, BeforeSecure]]:
    """Yield the plans of which something was written that was not yet seen to work."""
    for plan in view.desired.dial_plans:
        before = view.ledger.entry(plan.key).before_secure
        if before is not None and not before.verified:
            yield plan, before


def reports(view: View) -> Mapping[str, Reported]:
    """Return what servers have told of failing calls before a plan is secured."""
    return {
        key: Reported(_newest(server), usually(server, _soak(view) + LAST_LOOK, view.now))
        for key, server in view.rollout.servers.items()
    }


def seen(before: BeforeSecure, view: View) -> BeforeSecure:
    """Return what is remembered of a secured plan after a reading: where its judgement begins."""
    effective = effective_at(before, view)
    if before.verified or effective is None or view.now < effective:
        return before
    servers = view.rollout.servers
    noted = {key: _noted(before.reports.get(key, Reported()), one, effective) for key, one in servers.items()}
    is_read = all(
        not isinstance(one.events, Known) or one.events.read_at >= effective for one in servers.values()
    )
    return replace(before, seen_at=before.seen_at or (view.now if is_read else None), reports=noted)


def failure(item: DesiredDialPlan, before: BeforeSecure, view: View) -> GivenUp | None:
    """Return why a secured plan has to go back, ``None`` if nothing says so beyond doubt."""
    if before.tries >= MOST_TRIES and not _is_secured(item, before, view):
        return GivenUp(
            item.generation, Reason.NOT_SECURED, f"it was tried {MOST_TRIES} times and did not come about"
        )
    until = watched_until(before, view)
    if before.seen_at is None or until is None or view.now > until + LAST_LOOK:
        return None
    told = next(_evidence(item, before, view), None)
    return GivenUp(item.generation, Reason.NOT_SECURED, told) if told is not None else None


def is_verified(item: DesiredDialPlan, before: BeforeSecure, view: View) -> bool:
    """Whether a secured plan was seen to work for long enough: every server and gateway shows it."""
    if before.seen_at is None or view.now < before.seen_at + _soak(view):
        return False
    servers = view.rollout.servers.values()
    told = all(isinstance(one.events, Known) and one.events.read_at > before.seen_at for one in servers)
    looks = (cut_over_gateways.probe(name_key(one.name), one.address, view) for one in _gateways(item, view))
    return told and not any(fault for found in looks for fault in found)


def _evidence(item: DesiredDialPlan, before: BeforeSecure, view: View) -> Iterator[str]:
    """Yield what shows that calls fail since every server has read that the plan is secured."""
    for key, server in view.rollout.servers.items():
        report = before.reports.get(key)
        if report is None:
            continue
        for event in _new_events(server, report):
            if _concerns(item, event.message, view):
                yield f'"{server.fqdn}" reports event "{event.event_id}" since: {event.message}'
        if _rejects(server, report):
            yield f'the call router of "{server.fqdn}" rejects calls since'
    for gateway in _gateways(item, view):
        for fault in cut_over_gateways.shown_faults(name_key(gateway.name), gateway.address, view):
            yield f'gateway "{gateway.name}" fails: {fault.message}'


def _gateways(item: DesiredDialPlan, view: View) -> Iterator[GatewayFact]:
    """Yield the gateways of a plan that are there."""
    for name in gateways_of(view, item.name):
        live = view.gateway(name)
        if isinstance(live, Known) and live.value is not None:
            yield live.value


def _is_secured(item: DesiredDialPlan, before: BeforeSecure, view: View) -> bool:
    live = view.dial_plan(item.name)
    return (
        isinstance(live, Known)
        and live.value is not None
        and live.value.voip_security != before.voip_security
    )


def _noted(report: Reported, server: ServerCase, effective: datetime) -> Reported:
    """Return a server's report with what it had told when the judgement began; a counter may begin anew."""
    fact, events = server.rejected_calls, server.events
    rejected = fact.value if isinstance(fact, Known) and fact.read_at >= effective else None
    if report.event_then is None and isinstance(events, Known) and events.read_at >= effective:
        report = replace(report, event_then=newest(events.value))
    if rejected is not None and (report.rejected_then is None or rejected < report.rejected_then):
        report = replace(report, rejected_then=rejected)
    return report


def _new_events(server: ServerCase, report: Reported) -> list[HostEvent]:
    """Return a server's telling events since the judgement began, in words that it had not told before."""
    if not isinstance(server.events, Known) or report.event_then is None:
        return []
    events, last = server.events.value, newest(server.events.value)
    then = report.event_then if last >= report.event_then else 0
    old = {
        (event.event_id, event.message)
        for event in events
        if report.event is not None and event.record_id <= report.event
    }
    return [e for e in events if e.record_id > then and (e.event_id, e.message) not in old]


def _rejects(server: ServerCase, report: Reported) -> bool:
    fact = server.rejected_calls
    if not isinstance(fact, Known) or fact.value is None or report.rejected_then is None:
        return False
    return fact.value - report.rejected_then > TIMES_USUAL * (report.usual or 0)


def _concerns(item: DesiredDialPlan, message: str, view: View) -> bool:
    """Whether an event may be about the plan: it names no gateway, or one that is linked to it."""
    words = {word.lower().rstrip(".") for word in re.findall(r"[\w.-]+", message)}
    named = {
        name_key(gateway.name)
        for gateway in known_rows(view.snapshot.gateways)
        if words & {gateway.name.lower(), gateway.address.lower()}
    }
    return not named or bool(named & set(gateways_of(view, item.name)))


def _newest(server: ServerCase) -> int | None:
    return newest(server.events.value) if isinstance(server.events, Known) else None


def _soak(view: View) -> timedelta:
    return view.desired.spec.disruption.soak
