"""The status of a certificate: server by server and service by service what is wanted, bound and served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from um_operator.api.certificate_status import (
    MAX_CSR,
    MAX_HISTORY,
    MAX_REQUESTS,
    MAX_SHOWN,
    CertificateServer,
    PendingRequest,
    Rollout,
    ServerState,
    ServiceStatus,
    TrustBundle,
    UMCertificateStatus,
)
from um_operator.api.condition import MESSAGE_MAX, Condition
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.fact import Known
from um_operator.observed.trust import bundle_name
from um_operator.observed.values import name_key
from um_operator.planning.plan import Wait
from um_operator.planning.renewal import renewal_of
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.rollout.peers import shown_revision
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.rollout.service import ServiceCase
from um_operator.planning.rollout.trust import anchor_of
from um_operator.planning.status.certificate_judgement import is_wanted, serves_fit
from um_operator.planning.status.common import compared_fields
from um_operator.planning.status.instants import instant
from um_operator.planning.status.situation import Situation
from um_operator.planning.steps import ServerStep


def certificate_status(
    situation: Situation, conditions: tuple[Condition, ...], before: UMCertificateStatus | None
) -> UMCertificateStatus:
    """Return a certificate's status."""
    view, key = situation.view, situation.item.key
    case = view.rollout.certificates.get(key)
    servers, issuance = view.rollout.of(key), view.ledger.entry(key).issuance
    rows = {server.fqdn: _server(situation, server, before) for server in servers}
    shown = sorted(rows.values(), key=lambda row: (row.state == "Serving", row.name))
    return UMCertificateStatus(
        **compared_fields(situation, before),
        conditions=conditions,
        last_handled_renew_at=issuance.renewed_at if issuance else None,
        last_handled_rollback_at=issuance.rolled_back_at if issuance else None,
        revision=case.wanted.number if case and case.wanted else None,
        server_count=len(servers) if case else None,
        serving_count=sum(serves_fit(case, server, view.now) for server in servers) if case else None,
        servers=tuple(shown[:MAX_SHOWN]),
        history=_history(situation, case, before),
        requests=_requests(case),
        trust_bundle=_trust_bundle(situation, case),
        **_dates(case, servers),
    )


def _requests(case: CertificateCase | None) -> tuple[PendingRequest, ...]:
    """Return the requests that a person has to take to a CA."""
    if case is None or case.item.spec.issuer.request is None:
        return ()
    waiting = (one for one in case.current if 0 < len(one.csr) <= MAX_CSR)
    requests = (
        PendingRequest(revision=one.number, server=one.server or "", secret_name=one.secret, csr=one.csr)
        for one in waiting
    )
    return tuple(sorted(requests, key=lambda one: one.server))[:MAX_REQUESTS]


def _dates(case: CertificateCase | None, servers: tuple[ServerCase, ...]) -> Mapping[str, Any]:
    """Return begin, end and renewal of the served certificate that ends first."""
    served = [leaf for server in servers for leaf in server.served.values()]
    first = min(served, key=lambda leaf: leaf.not_after, default=None)
    renewal = renewal_of(case.item.spec) if case else None
    return {
        "not_before": instant(first.not_before) if first else None,
        "not_after": instant(first.not_after) if first else None,
        "renewal_time": instant(renewal.at(first)) if first and renewal else None,
    }


def _trust_bundle(situation: Situation, case: CertificateCase | None) -> TrustBundle | None:
    """Return where peers get the CA of the newest issued revision, once it is there."""
    published = situation.view.snapshot.bundles.get(situation.item.key)
    newest = shown_revision(case.revisions) if case else None
    anchor = anchor_of(newest) if newest else None
    if anchor is None or not isinstance(published, Known) or anchor.sha256 not in published.value:
        return None
    return TrustBundle(config_map_name=bundle_name(situation.item.key.name), sha256=anchor.sha256)


def _server(
    situation: Situation, server: ServerCase, before: UMCertificateStatus | None
) -> CertificateServer:
    case = situation.view.rollout.certificates[situation.item.key]
    revision = case.revision_of(name_key(server.fqdn))
    leaf = revision.leaf if revision else None
    wait = _wait(situation, server)
    rows = {name_key(row.name): row for row in before.servers} if before else {}
    former = rows.get(name_key(server.fqdn))
    reason = (wait.detail or wait.reason) if wait else None
    return CertificateServer(
        name=server.fqdn,
        state=server_state(situation.view.now, server, leaf, asked=revision is not None),
        revision=case.wanted.number if case.wanted else None,
        wanted=leaf.thumbprint if leaf else None,
        not_after=instant(leaf.not_after) if leaf else None,
        services=tuple(_services(situation, server, former)),
        reason=reason,
        message=wait.message[:MESSAGE_MAX] if wait else None,
        waiting_since=_waiting_since(reason, former, situation.view.now),
    )


def _waiting_since(reason: str | None, before: CertificateServer | None, now: datetime) -> str | None:
    if reason is None:
        return None
    return (before.waiting_since if before and before.reason == reason else None) or instant(now)


def _services(
    situation: Situation, server: ServerCase, before: CertificateServer | None
) -> Iterator[ServiceStatus]:
    case = situation.view.rollout.certificates[situation.item.key]
    owed = {service.name for service in server.owed}
    since = {row.name: row.restart_owed_since for row in before.services} if before else {}
    now = instant(situation.view.now)
    for name in server.targets:
        service = server.services[name]
        settings = service.settings.value if isinstance(service.settings, Known) else None
        start = service.process_start
        bound = settings.binding.thumbprint if settings else None
        yield ServiceStatus(
            name=name,
            startup_mode=settings.mode if settings else None,
            bound=bound,
            bound_revision=case.number_of(bound),
            served=service.leaf,
            served_revision=case.number_of(service.leaf),
            started_at=instant(start) if start else None,
            restart_owed_since=(since.get(name) or now)
            if name in owed and _written(service, server)
            else None,
        )


def _written(service: ServiceCase, server: ServerCase) -> bool:
    return service.configured(server.targets[service.name]) is True


def server_state(
    now: datetime, server: ServerCase, leaf: CertificateFact | None, *, asked: bool
) -> ServerState:
    """Return how far the wanted certificate has come on a server."""
    held, way_back = server.entry.hold is not None, any(t.takes_back for t in server.targets.values())
    unknown = any(one.process_start is None and not one.is_stopped for one in server.services.values())
    imported = leaf is not None and server.holds_certificate(leaf.thumbprint)
    states: tuple[tuple[bool, ServerState], ...] = (
        (server.foreign, "OutOfService"),
        (way_back or (held and not server.targets), "Rejected"),
        (server.done(now), "Serving"),
        (held and bool(server.entry.restarts), "Restarting"),
        (held, "Draining"),
        (unknown or (leaf is None and not asked), "Unknown"),
        (leaf is None, "Requested"),
        (not server.unconfigured, "Bound"),
        (bool(imported), "Imported"),
    )
    return next((state for holds, state in states if holds), "Issued")


def _wait(situation: Situation, server: ServerCase) -> Wait | None:
    """Return what a server waits for first."""
    for planned in situation.steps:
        if not isinstance(planned.step, ServerStep) or not planned.waits:
            continue
        if name_key(planned.step.server) == name_key(server.fqdn):
            return planned.waits[0]
    return None


def _history(
    situation: Situation, case: CertificateCase | None, before: UMCertificateStatus | None
) -> tuple[Rollout, ...]:
    """Return the last revisions, the newest first: finished ones as they were, the present one as it is."""
    former = before.history if before else ()
    issuance = situation.view.ledger.entry(situation.item.key).issuance
    if case is None or issuance is None:
        return former
    servers = situation.view.rollout.of(situation.item.key)
    now = situation.view.now
    known = next((row for row in former if row.revision == issuance.revision), None)
    row = known or Rollout(
        revision=issuance.revision, cause=issuance.cause, started_at=instant(issuance.started_at)
    )
    if any(one.revision == row.revision for one in issuance.rejected.values()):
        row = _ended(row, "Failed", now)
    elif servers and all(server.done(now) and is_wanted(case, server) for server in servers):
        row = _ended(row, "Succeeded", now)
    others = tuple(_superseded(one, now) for one in former if one.revision != row.revision)
    return (row, *others)[:MAX_HISTORY]


def _ended(row: Rollout, result: Literal["Succeeded", "Failed"], now: datetime) -> Rollout:
    """Return a rollout with its result; one that failed may succeed when it is tried again."""
    if row.result == result:
        return row
    return row.model_copy(update={"finished_at": instant(now), "result": result})


def _superseded(row: Rollout, now: datetime) -> Rollout:
    if row.result is not None:
        return row
    return row.model_copy(update={"finished_at": instant(now), "result": "Superseded"})
