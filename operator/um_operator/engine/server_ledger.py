"""How the ledger of certificates and servers changes: before and after an effect, and by reading. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from um_operator.api.meta import ObjectKey
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Known
from um_operator.observed.hosts import TLS, HostFacts
from um_operator.observed.rollout import (
    Attempts,
    Bound,
    Hold,
    Issuance,
    Rejection,
    Restart,
    ServerEntry,
)
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.steps import (
    WINDOWS_SERVICES,
    ConfigureService,
    DrainServer,
    RequestCertificate,
    RestartService,
    ServerStep,
)


def requested(issuance: Issuance | None, step: RequestCertificate, now: datetime) -> Issuance:
    """Return what is remembered of a revision once it was asked for; a new one begins to count anew."""
    key = name_key(step.server) if step.server else ""
    if issuance is None or issuance.revision != step.revision:
        former = issuance.unreferenced_since if issuance else {}
        issuance = Issuance(
            step.revision, step.declared, step.cause, now, step.renewed_at, unreferenced_since=former
        )
    before = issuance.attempts.get(key)
    attempts = {**issuance.attempts, key: Attempts(before.count + 1 if before else 1, now)}
    return replace(issuance, attempts=attempts)


def rejected(issuance: Issuance, step: ConfigureService) -> Issuance:
    """Return what is remembered once a server is brought back from a revision that it could not serve."""
    key = name_key(step.server)
    if key in issuance.rejected:
        return issuance
    rejection = Rejection(issuance.revision, "Rejected", step.rejects)
    return replace(issuance, rejected={**issuance.rejected, key: rejection})


def before(step: ServerStep, entry: ServerEntry, now: datetime) -> ServerEntry:
    """Return what is remembered of a server before a step on it runs."""
    match step:
        case ConfigureService():
            return _configured(step, entry, now)
        case DrainServer(component=component, requester=requester):
            return replace(entry, hold=Hold(component, requester, now))
        case RestartService():
            return replace(entry, restarts={**entry.restarts, step.service: _restarted(step, entry, now)})
        case _:
            return entry


def activated(entry: ServerEntry, now: datetime, *, gave_up: bool) -> ServerEntry:
    """Return what is remembered of a server that was returned to service."""
    if gave_up:
        return replace(entry, hold=None, gave_up_at=now, restarts={})
    return replace(entry, hold=None, activated_at=now, gave_up_at=None, restarts={})


def seen(entry: ServerEntry, host: HostFacts | None) -> ServerEntry:
    """Return what is remembered of a server after it was read: what we stopped and now runs is done."""
    if host is None or not entry.restarts:
        return entry
    running = {
        name: restart
        for name, restart in entry.restarts.items()
        if not _runs_again(restart, host, WINDOWS_SERVICES[name]) or restart.started_at is not None
    }
    return entry if running == dict(entry.restarts) else replace(entry, restarts=running)


def unreferenced(
    issuance: Issuance | None, key: ObjectKey, snapshot: Snapshot, now: datetime
) -> Issuance | None:
    """Return what is remembered after a reading: since when nobody uses a former revision."""
    revisions, used = snapshot.revisions.get(key), _used(snapshot)
    if issuance is None or used is None or not isinstance(revisions, Known):
        return issuance
    unused = {
        revision.number
        for revision in revisions.value
        if revision.number != issuance.revision and revision.leaf and revision.leaf.thumbprint not in used
    }
    still = {
        revision.number
        for revision in revisions.value
        if revision.leaf is not None and revision.leaf.thumbprint in used
    }
    since = {number: issuance.unreferenced_since.get(number, now) for number in sorted(unused - still)}
    return replace(issuance, unreferenced_since=since)


def _used(snapshot: Snapshot) -> frozenset[str] | None:
    """Return the thumbprints that services are bound to or serve, ``None`` while not all are known."""
    used: set[str] = set()
    for fact in (*snapshot.um_services.values(), *snapshot.call_routers.values()):
        if not isinstance(fact, Known):
            return None
        used.add(fact.value.binding.thumbprint or "")
    for key in {*snapshot.um_services, *snapshot.call_routers}:
        listeners = snapshot.hosts[key].listeners.values() if key in snapshot.hosts else ()
        known = [listener.value for listener in listeners if isinstance(listener, Known)]
        if not known or len(known) < len(listeners):
            return None
        used |= {listener.leaf.thumbprint for listener in known if isinstance(listener, TLS)}
    return frozenset(used)


def _configured(step: ConfigureService, entry: ServerEntry, now: datetime) -> ServerEntry:
    """Remember what is written and what stood there; a way back keeps the way, and what is ours to start."""
    former = entry.previous.get(step.service)
    written = entry.bound.get(step.service)
    same = written is not None and written.certificate == step.certificate
    keep = former is not None and (bool(step.rejects) or same)
    previous = entry.previous if keep else {**entry.previous, step.service: step.before}
    bound = Bound(step.certificate, step.thumbprint, step.mode, step.process_start, now)
    return replace(
        entry,
        previous=previous,
        bound={**entry.bound, step.service: bound},
        restarts=_still_stopped(step, entry),
    )


def _still_stopped(step: ConfigureService, entry: ServerEntry) -> Mapping[ServiceName, Restart]:
    restarts = dict(entry.restarts)
    restart = restarts.pop(step.service, None)
    if restart is not None and step.process_start is None:
        restarts[step.service] = replace(restart, started_at=None, count=0)
    return restarts


def _restarted(step: RestartService, entry: ServerEntry, now: datetime) -> Restart:
    begun = entry.restarts.get(step.service)
    if step.phase == "Stop" or begun is None:
        count = begun.count + 1 if begun else 1
        return Restart(now, step.process_start, count=count)
    return replace(begun, started_at=now, count=max(begun.count, 1))


def _runs_again(restart: Restart, host: HostFacts, service: str) -> bool:
    fact = host.services.get(service)
    return (
        isinstance(fact, Known)
        and fact.value.status == "Running"
        and fact.value.started_at != restart.process_start
    )
