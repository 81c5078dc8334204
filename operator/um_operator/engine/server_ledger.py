"""How the ledger of certificates and servers changes: before and after an effect, and by reading. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from um_operator.api.meta import ObjectKey
from um_operator.desired.organization import DesiredCertificate
from um_operator.observed.certificates import ServiceName
from um_operator.observed.fact import Known
from um_operator.observed.hosts import TLS
from um_operator.observed.rollout import (
    BY_A_PERSON,
    Attempts,
    Bound,
    Hold,
    Issuance,
    Previous,
    Rejection,
    Restart,
    ServerEntry,
    Watch,
)
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import name_key
from um_operator.planning.asked import asked_of, spec_hash
from um_operator.planning.outcome import Outcome
from um_operator.planning.renewal import ADOPTED
from um_operator.planning.rollout import evidence
from um_operator.planning.rollout.cases import in_scope
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import MOST_STARTS, ServiceCase
from um_operator.planning.steps import (
    WINDOWS_SERVICES,
    ActivateServer,
    ConfigureService,
    DrainServer,
    GaveUp,
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
            step.revision,
            step.declared,
            step.cause,
            now,
            step.renewed_at,
            unreferenced_since=former,
            rolled_back_at=issuance.rolled_back_at if issuance else None,
        )
    before = issuance.attempts.get(key)
    attempts = {**issuance.attempts, key: Attempts(before.count + 1 if before else 1, now)}
    return replace(issuance, attempts=attempts)


def not_asked(before: Issuance | None, begun: Issuance | None) -> Issuance | None:
    """Return what is remembered of a revision that was begun, but whose issuer could not be asked.

    It stands, for its key may be stored. It is no attempt, after which an issuer would be left alone.
    """
    if begun is None:
        return None
    same = before is not None and before.revision == begun.revision
    return replace(begun, attempts=before.attempts if before is not None and same else {})


def adopted(item: DesiredCertificate, snapshot: Snapshot) -> Issuance | None:
    """Return what is known of the newest revision of a UMCertificate of which nothing is remembered.

    It was declared before, and its revisions outlived it: they are used again while the spec asks for the
    same, and no number is given twice.
    """
    revisions = snapshot.revisions.get(item.key)
    issued = [one for one in revisions.value if one.leaf] if isinstance(revisions, Known) else []
    if not issued:
        return None
    number = max(one.number for one in issued)
    newest = [one for one in issued if one.number == number]
    same = all(one.spec_hash == spec_hash(asked_of(item.spec, one.server)) for one in newest)
    declared = spec_hash(asked_of(item.spec)) if same else newest[0].spec_hash
    began = min(one.leaf.not_before for one in newest if one.leaf)
    return Issuance(number, declared, ADOPTED, began, item.requested_renew)


def before(step: ServerStep, entry: ServerEntry, now: datetime) -> ServerEntry:
    """Return what is remembered of a server before a step on it runs."""
    match step:
        case ConfigureService():
            return _configured(step, entry, now)
        case DrainServer(component=component, requester=requester):
            return replace(entry, hold=Hold(component, requester, now), watch=Watch())
        case RestartService():
            return replace(entry, restarts={**entry.restarts, step.service: _restarted(step, entry, now)})
        case _:
            return entry


def ended(step: ServerStep, entry: ServerEntry, outcome: Outcome, now: datetime) -> ServerEntry:
    """Return what is remembered of a server once a step on it ran, or was refused."""
    match step:
        case RestartService(service=service) if outcome.kind in {"Refused", "Forbidden"}:
            return refused(entry, service, now)
        case RestartService(service=service, phase="Start"):
            return started(entry, service)
        case ActivateServer(gave_up=gave_up) if outcome.kind == "Done":
            return activated(entry, now, gave_up)
        case _:
            return entry


def activated(entry: ServerEntry, now: datetime, gave_up: GaveUp | None) -> ServerEntry:
    """Return what is remembered of a server that was returned to service.

    One that was missed goes out again as soon as it may; one whose calls did not end has some time.
    """
    if gave_up == "OthersAreOut":
        return replace(entry, hold=None)
    if gave_up == "CallsGoOn":
        return replace(entry, hold=None, gave_up_at=now, restarts={})
    watch = Watch(entry.watch.last_event, entry.watch.rejected_usually)
    former = _former(entry, entry.previous)
    entry = replace(entry, hold=None, activated_at=now, watch=watch, former=former)
    return replace(entry, gave_up_at=None, restarts={}, previous={})


def started(entry: ServerEntry, service: ServiceName) -> ServerEntry:
    """Return what is remembered after a service was told to start: who died before that has tried nothing."""
    begun = entry.restarts[service]
    return replace(entry, restarts={**entry.restarts, service: replace(begun, count=begun.count + 1)})


def refused(entry: ServerEntry, service: ServiceName, now: datetime) -> ServerEntry:
    """Return what is remembered of a server after Windows refused to stop or to start a service of it."""
    restart = replace(entry.restarts[service], started_at=now, count=MOST_STARTS)
    return replace(entry, restarts={**entry.restarts, service: restart})


def tried_again(entry: ServerEntry) -> ServerEntry:
    """Return what is remembered of a server after a person asked for another try.

    What speaks against the rollout was seen, and what did not start may be started again.
    """
    restarts = {name: replace(one, started_at=None, count=0) for name, one in entry.restarts.items()}
    return replace(entry, activated_at=None, watch=Watch(), restarts=restarts)


def seen(entry: ServerEntry, server: ServerCase, soak: timedelta, now: datetime) -> ServerEntry:
    """Return what is remembered of a server after it was read.

    A service that we stopped and that runs again without us is done. What we wrote and what a service that
    is in service shows is in force, whoever started it; if somebody else did, that counts as its restart.
    """
    restarts = {
        name: one
        for name, one in entry.restarts.items()
        if one.started_at is not None or not _runs_again(one, server.services.get(name))
    }
    watch = evidence.watched(server, soak, now)
    if (restarts, watch) != (dict(entry.restarts), entry.watch):
        entry = replace(entry, restarts=restarts, watch=watch)
    if entry.hold is not None:
        return entry
    for name in tuple(entry.previous):
        if name in server.targets and _in_force(server, name, now):
            entry = _noted_in_force(entry, server.services[name], now)
    return entry


def forsaken(entry: ServerEntry, server: ServerCase, unowned: Iterable[ServiceName]) -> ServerEntry:
    """Return what is remembered after a reading of services that no certificate looks after any more.

    Their sequence is over where nothing is out of service and what stands there is whole (R8).
    """
    if entry.out:
        return entry
    over = {name for name in unowned if not server.services[name].may_be_half_written}
    return replace(entry, previous={name: one for name, one in entry.previous.items() if name not in over})


def _in_force(server: ServerCase, name: ServiceName, now: datetime) -> bool:
    service, target = server.services[name], server.targets[name]
    written = service.has_written(target) and service.configured(target)
    return bool(written and service.ready(target, now))


def _former(entry: ServerEntry, services: Iterable[ServiceName]) -> Mapping[ServiceName, Previous]:
    """Return the way back from what comes into force; what was taken back is none."""
    found = dict(entry.former)
    for name in services:
        bound, previous = entry.bound.get(name), entry.previous.get(name)
        if bound and previous and previous != Previous(bound.thumbprint, bound.startup_mode):
            found[name] = previous
    return found


def _noted_in_force(entry: ServerEntry, service: ServiceCase, now: datetime) -> ServerEntry:
    others = {name: one for name, one in entry.previous.items() if name != service.name}
    restarts = {name: one for name, one in entry.restarts.items() if name != service.name}
    former = _former(entry, (service.name,))
    entry = replace(entry, previous=others, restarts=restarts, former=former)
    by_others = service.bound is not None and service.bound.process_start != service.process_start
    return replace(entry, activated_at=now, watch=Watch()) if by_others else entry


def rolled_back(issuance: Issuance | None, item: DesiredCertificate, snapshot: Snapshot) -> Issuance | None:
    """Return what is remembered after a person called the newest revision bad: no server serves it (R17).

    While it is not known which servers there are, it is not heeded yet.
    """
    asked = item.requested_rollback
    if issuance is None or asked is None or not isinstance(snapshot.servers, Known):
        return issuance
    if asked.value == issuance.rolled_back_at or asked.revision != issuance.revision:
        return issuance
    rejection = Rejection(asked.revision, BY_A_PERSON, f'a person called it bad at "{asked.at}"')
    servers = {key for key, server in snapshot.servers.value.items() if item.servers.selects(server.fqdn)}
    word = dict.fromkeys(sorted(servers & {*in_scope(snapshot)}), rejection)
    return replace(issuance, rejected={**word, **issuance.rejected}, rolled_back_at=asked.value)


def failures(case: CertificateCase, servers: Iterable[ServerCase], now: datetime) -> Mapping[str, Rejection]:
    """Return which servers could not serve the revision that they were started with (R17)."""
    found = dict(case.rejected)
    for server in servers:
        for name, target in server.targets.items():
            number = target.revision or (case.wanted.number if case.wanted else None)
            failed = not target.takes_back and server.services[name].failed(target, now)
            if failed and number is not None:
                message = f"{WINDOWS_SERVICES[name]} did not serve it"
                found[name_key(server.fqdn)] = Rejection(number, "Rejected", message)
    return found


def unreferenced(
    issuance: Issuance | None, key: ObjectKey, snapshot: Snapshot, now: datetime
) -> Issuance | None:
    """Return what is remembered after a reading: since when nobody uses a former revision.

    A certificate that came back, as a Secret may bring it, is that of the newest revision as well.
    """
    revisions, used = snapshot.revisions.get(key), _used(snapshot)
    if issuance is None or used is None or not isinstance(revisions, Known):
        return issuance
    leaves = [(one.number, one.leaf.thumbprint) for one in revisions.value if one.leaf is not None]
    used |= {thumbprint for number, thumbprint in leaves if number == issuance.revision}
    still = {number for number, thumbprint in leaves if thumbprint in used}
    unused = {number for number, _ in leaves} - still - {issuance.revision}
    since = {number: issuance.unreferenced_since.get(number, now) for number in sorted(unused)}
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
    """Remember what is written, and what stood there before the sequence in hand: that is the way back."""
    bound = Bound(step.certificate, step.thumbprint, step.mode, step.process_start, now)
    return replace(
        entry,
        previous={step.service: step.before, **entry.previous},
        bound={**entry.bound, step.service: bound},
        restarts={name: one for name, one in entry.restarts.items() if name != step.service},
    )


def _restarted(step: RestartService, entry: ServerEntry, now: datetime) -> Restart:
    begun = entry.restarts.get(step.service)
    if step.phase == "Stop":
        return Restart(now, step.process_start, count=begun.count if begun else 0)
    return replace(begun or Restart(now, step.process_start), started_at=now)


def _runs_again(restart: Restart, service: ServiceCase | None) -> bool:
    return service is not None and service.runs and service.process_start != restart.process_start
