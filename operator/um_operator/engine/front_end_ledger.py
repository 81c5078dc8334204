"""How the ledger of front ends changes: before and after an effect, by reading, by what was planned. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration, DesiredOrganization
from um_operator.observed.fact import Known
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.lync import LyncFacts
from um_operator.observed.restarts import FrontEndEntry, Integrated, Stopped
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.front_ends.cases import cases_of, cases_seen
from um_operator.planning.front_ends.evidence import newest
from um_operator.planning.front_ends.pool import PoolCase, Wish
from um_operator.planning.outcome import Outcome
from um_operator.planning.plan import POLL, Finding, Plan
from um_operator.planning.steps import FrontEndStep, StartFrontEndServices, StopFrontEndServices
from um_operator.planning.view import View

PUT_RIGHT_BY_A_RESTART: Final = frozenset[str](
    {Reason.RESTART_OWED, Reason.POOL_TOO_SMALL, Reason.RESTART_BY_HAND, Reason.CALLS_REJECTED}
)
"""Reasons of findings that a restart waits for in vain: it is what puts them right."""
LOOKED_FOR: Final = frozenset[str](
    {
        Reason.POOL_GATEWAY_MISSING,
        Reason.PERMISSIONS_MISSING,
        Reason.WAITING_FOR_PERMISSIONS,
        Reason.CONTACTS_MISSING,
    }
)
"""Reasons of findings about what a front end looks for when it starts (field notes 6.1, 6.3)."""
TRACES: Final = timedelta(minutes=2)
"""After so long nothing more stops on a front end that refused to."""


def before(step: FrontEndStep, entry: ObjectEntry, now: datetime) -> ObjectEntry:
    """Return the organisation's entry before a step on a front end runs: what it stops is ours to start."""
    key = name_key(step.computer)
    if isinstance(step, StopFrontEndServices):
        stopped = Stopped(name_key(step.pool), step.services, now, step.process_start)
    elif key not in entry.stopped or _takes_back(step):
        return entry
    else:
        stopped = replace(entry.stopped[key], started_at=now, starting=step.services)
    return replace(entry, stopped={**entry.stopped, key: stopped})


def ended(
    step: FrontEndStep,
    remembered: Ledger,
    ledger: Ledger,
    organization: ObjectKey,
    outcome: Outcome,
    *,
    now: datetime,
) -> Ledger:
    """Return the ledger once a step on a front end ended; ``remembered`` is the one before it began.

    What certainly did not happen is taken back. What may have happened stands until the next reading tells;
    so does a stop that was refused, for what depends on the service was told first and may be down.
    """
    entry, key, done = ledger.entry(organization), name_key(step.computer), outcome.kind == "Done"
    if _takes_back(step) and done and key in entry.stopped:
        told = replace(entry.stopped[key], taken_back_at=now)
    elif isinstance(step, StopFrontEndServices) and outcome.kind not in {"Unclear", "NotSent"}:
        told = replace(entry.stopped[key], arrived=done, refused=not done)
    else:
        return ledger if done or outcome.kind == "Unclear" else remembered
    return ledger.with_entries({organization: replace(entry, stopped={**entry.stopped, key: told})})


def _takes_back(step: FrontEndStep) -> bool:
    return isinstance(step, StartFrontEndServices) and step.takes_back


def read(
    ledger: Ledger,
    desired: DesiredOrganization,
    snapshot: Snapshot,
    again: Container[ObjectKey],
    now: datetime,
) -> Ledger:
    """Return the ledger after a reading: what runs again, and what was restarted since.

    ``again``: the resources for which a person asked for another try, so that restarts go on.
    """
    own = entry = ledger.entry(desired.key)
    if pools := cases_seen(snapshot.lync, Wish(desired.key), own):
        entry = seen(entry, pools, now)
    for item in desired.lync_integrations:
        if item.key in again:
            entry = heard(entry, {key: pools[key] for key in _names_of(item) if key in pools})
    entry = _without_what_is_gone(entry, snapshot.lync)
    return ledger.with_entries({desired.key: entry}) if entry != own else ledger


def heard(entry: ObjectEntry, pools: Mapping[str, PoolCase]) -> ObjectEntry:
    """Return the organisation's entry after a person has heard of all that front ends tell (R16)."""
    integrated = dict(entry.integrated)
    for key, pool in pools.items():
        if (known := integrated.get(key)) is not None:
            told = {name: newest(pool, name) for name in known.front_ends}
            front_ends = {name: replace(one, heard=told[name]) for name, one in known.front_ends.items()}
            integrated[key] = replace(known, front_ends=front_ends)
    return replace(entry, integrated=integrated)


def seen(entry: ObjectEntry, pools: Mapping[str, PoolCase], now: datetime) -> ObjectEntry:
    """Return the organisation's entry after front ends were read.

    A front end on which everything runs again is done, whoever started it; so is one that a person restarted.
    """
    stopped, integrated = dict(entry.stopped), dict(entry.integrated)
    for key, pool in pools.items():
        known = integrated.get(key)
        for computer in pool.computers:
            name = name_key(computer)
            if name in stopped and (how := _is_up_again(pool, computer, now)):
                del stopped[name]
                known = _noted(known, name, now) if how == "Restarted" else known
            elif name not in stopped and known is not None and _was_restarted(pool, computer, known):
                known = _noted(known, name, now)
        if known is not None:
            integrated[key] = known
    if (stopped, integrated) == (dict(entry.stopped), dict(entry.integrated)):
        return entry
    return replace(entry, stopped=stopped, integrated=integrated)


def planned(
    desired: DesiredOrganization, snapshot: Snapshot, ledger: Ledger, plan: Plan, now: datetime
) -> Mapping[ObjectKey, ObjectEntry]:
    """Return what to remember after a plan was made, durably, before any of it runs."""
    if not desired.lync_integrations:
        return {}
    view, entry = View.at(desired, snapshot, ledger, now, now), ledger.entry(desired.key)
    integrated = dict(entry.integrated)
    for item in desired.lync_integrations:
        if any(finding.weight == "Unread" for finding in plan.findings_of(item.key)):
            continue
        in_place = is_in_place(item, plan, view)
        for pool in cases_of(view, item):
            key = name_key(pool.fact.fqdn)
            known = integrated.get(key)
            whole = in_place if known is not None else was_integrated(pool, item, plan, view)
            integrated[key] = judged(known, pool, view.now, in_place=whole)
    return {desired.key: replace(entry, integrated=integrated)}


def is_in_place(item: DesiredLyncIntegration, plan: Plan, view: View) -> bool:
    """Whether everything is there that front ends are to find, on every server.

    That is: nothing is left to do for the integration but restarts and what only they put right, its dial
    plans are in force and every server has read them, and so are the certificates of UM.
    """
    own = (finding for finding in plan.findings_of(item.key) if finding.reason not in PUT_RIGHT_BY_A_RESTART)
    steps = (one.step for one in plan.of(item.key) if not isinstance(one.step, FrontEndStep))
    return not any(own) and not any(steps) and _others_are_in_force(item, plan, view)


def was_integrated(pool: PoolCase, item: DesiredLyncIntegration, plan: Plan, view: View) -> bool:
    """Whether a pool of which nothing is remembered has all that its front ends look for when they start.

    What they do not look for may be missing: who places calls of a plan, or a membership. And what another
    pool lacks is its own matter.
    """
    found = (one for one in plan.findings_of(item.key) if _is_looked_for(one, pool))
    return not any(found) and _others_are_in_force(item, plan, view)


def _is_looked_for(finding: Finding, pool: PoolCase) -> bool:
    if finding.reason not in LOOKED_FOR and finding.path != "permissions":
        return False
    path = finding.path.lower()
    return not path.startswith("gateways[") or path.startswith(f"gateways[{name_key(pool.fact.fqdn)}]")


def _others_are_in_force(item: DesiredLyncIntegration, plan: Plan, view: View) -> bool:
    others = (*(one.key for one in item.dial_plans), *(one.key for one in view.desired.certificates))
    return all(map(plan.in_force, others)) and all(_is_effective(one.key, view) for one in item.dial_plans)


def _is_effective(plan: ObjectKey, view: View) -> bool:
    """Whether every server must have read a dial plan since we wrote it last (field notes 3.6)."""
    written = view.ledger.entry(plan).written_at
    return written is None or view.now >= written + view.desired.spec.replication_grace + POLL


def judged(known: Integrated | None, pool: PoolCase, now: datetime, *, in_place: bool) -> Integrated:
    """Return what is remembered of a pool after a plan was made, before any of it runs.

    Args:
        known: what was remembered.
        pool: the pool.
        now: the instant.
        in_place: whether everything is in place that its front ends are to find.

    A pool of which nothing is remembered and that has all of it is taken as it is: it was integrated by
    hand, or what was remembered is lost (R14). From the moment on when what was missing is in place, every
    front end owes a start.
    """
    wish = pool.wish
    if known is None and not in_place:
        return Integrated()
    if known is not None and not (in_place and pool.begins_anew):
        kept = tuple(plan for plan in known.dial_plans if plan in wish.dial_plans)
        return known if kept == known.dial_plans or not in_place else replace(known, dial_plans=kept)
    done = None if known is not None else now
    processes = {name_key(one): pool.front_end_service(one) for one in pool.computers}
    front_ends = {
        key: FrontEndEntry(service.started_at if service else None, done)
        for key, service in processes.items()
    }
    return Integrated(wish.dial_plans, wish.chain, now, front_ends)


def _without_what_is_gone(entry: ObjectEntry, lync: LyncFacts | None) -> ObjectEntry:
    """Return the entry without front ends that the topology has no more and that were told to start."""
    if lync is None or not isinstance(lync.pools, Known):
        return entry
    computers = {
        name_key(computer): key for key, pool in lync.pools.value.items() for computer in pool.computers
    }
    stopped = {
        name: one
        for name, one in entry.stopped.items()
        if computers.get(name) == one.pool or one.started_at is None
    }
    return replace(entry, stopped=stopped)


def _names_of(item: DesiredLyncIntegration) -> Iterator[str]:
    return (name_key(pool.fqdn) for pool in item.pools)


def _is_up_again(pool: PoolCase, computer: str, now: datetime) -> str:
    """Return ``Restarted`` or ``NotStopped`` of a front end on which everything runs; else empty."""
    stopped, service = pool.stopped[name_key(computer)], pool.front_end_service(computer)
    if service is None or service.status != "Running" or pool.missing(computer):
        return ""
    known = service.started_at is not None and stopped.process_start is not None
    if known and service.started_at != stopped.process_start:
        return "Restarted"
    if not known and stopped.started_at is not None:
        return "Restarted"
    until = _known_to_run(pool, stopped)
    return "NotStopped" if until is not None and now >= until else ""


def _known_to_run(pool: PoolCase, stopped: Stopped) -> datetime | None:
    """Return from when on it is clear that a front end on which everything runs does not stop any more.

    ``None``: never, for it heard the order, and its sessions may take hours to end. Where nobody knows that,
    or whether it could be told to go on, as long is waited as its sessions are given.
    """
    if stopped.refused:
        return stopped.since + TRACES
    if stopped.taken_back_at is not None:
        return stopped.taken_back_at + pool.wish.drain_timeout
    return None if stopped.arrived else stopped.since + pool.wish.drain_timeout


def _was_restarted(pool: PoolCase, computer: str, known: Integrated) -> bool:
    """Whether another process of the Front-End service runs than when all was in place."""
    service, entry = pool.front_end_service(computer), known.front_ends.get(name_key(computer))
    if known.since is None or service is None or service.status != "Running":
        return False
    if service.started_at is None or (entry is not None and entry.restarted_at is not None):
        return False
    before_it = entry.process_start if entry is not None else None
    return service.started_at != before_it if before_it is not None else service.started_at > known.since


def _noted(known: Integrated | None, computer: str, now: datetime) -> Integrated | None:
    if known is None or known.since is None:
        return known
    entry = known.front_ends.get(computer, FrontEndEntry())
    return replace(known, front_ends={**known.front_ends, computer: replace(entry, restarted_at=now)})
