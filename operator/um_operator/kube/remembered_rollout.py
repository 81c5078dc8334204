"""What is remembered of certificates and servers, in the status and back. Pure.

The start of a process is kept to the microsecond: it is compared with what the host shows, and a second in
which a service was restarted must not hide that it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from um_operator.api import server_ledger as api
from um_operator.api.certificate_status import (
    Attempt,
    IssuanceStatus,
    Rejected,
    UMCertificateStatus,
    Unreferenced,
)
from um_operator.api.strings import parse_instant
from um_operator.observed.certificates import ServiceName
from um_operator.observed.rollout import (
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
from um_operator.planning.status.instants import instant


def issuance_of(status: UMCertificateStatus) -> Issuance | None:
    """Return what a certificate's status remembers of the revision that is wanted."""
    row = status.issuance
    if row is None:
        return None
    return Issuance(
        revision=row.revision,
        asked=row.asked,
        cause=row.cause,
        started_at=parse_instant(row.started_at),
        renewed_at=status.last_handled_renew_at,
        attempts={one.server: Attempts(one.count, parse_instant(one.last)) for one in row.attempts},
        rejected={one.server: Rejection(one.revision, one.reason, one.message) for one in row.rejected},
        unreferenced_since={one.revision: parse_instant(one.since) for one in row.unreferenced},
        rolled_back_at=status.last_handled_rollback_at,
    )


def issuance_status(issuance: Issuance) -> IssuanceStatus:
    """Return how a certificate's status holds that."""
    return IssuanceStatus(
        revision=issuance.revision,
        asked=issuance.asked,
        cause=issuance.cause,
        started_at=instant(issuance.started_at),
        attempts=tuple(
            Attempt(server=server, count=one.count, last=instant(one.last))
            for server, one in sorted(issuance.attempts.items())
        ),
        rejected=tuple(
            Rejected(server=server, revision=one.revision, reason=one.reason, message=one.message)
            for server, one in sorted(issuance.rejected.items())
        ),
        unreferenced=tuple(
            Unreferenced(revision=revision, since=instant(since))
            for revision, since in sorted(issuance.unreferenced_since.items())
        ),
    )


def servers_of(entries: Iterable[api.ServerEntry]) -> Mapping[str, ServerEntry]:
    """Return what an organisation's status remembers of each server."""
    return {entry.name: _server_of(entry) for entry in entries}


def server_entries(servers: Mapping[str, ServerEntry]) -> tuple[api.ServerEntry, ...]:
    """Return how an organisation's status holds that."""
    return tuple(_server_entry(name, server) for name, server in sorted(servers.items()))


def _server_of(entry: api.ServerEntry) -> ServerEntry:
    hold = entry.hold
    return ServerEntry(
        hold=Hold(hold.component, hold.requester, parse_instant(hold.since)) if hold else None,
        gave_up_at=_parsed(entry.gave_up_at),
        activated_at=_parsed(entry.activated_at),
        watch=_watch_of(entry.watch) if entry.watch else Watch(),
        bound={one.name: _bound_of(one.bound) for one in entry.services if one.bound},
        previous={one.name: _previous_of(one.previous) for one in entry.services if one.previous},
        restarts={one.name: _restart_of(one.restart) for one in entry.services if one.restart},
        former={one.name: _previous_of(one.former) for one in entry.services if one.former},
    )


def _watch_of(row: api.EvidenceWatch) -> Watch:
    return Watch(row.last_event, row.rejected_usually, row.rejected_before, row.rejected)


def _bound_of(row: api.WrittenBinding) -> Bound:
    return Bound(
        row.certificate,
        row.thumbprint,
        row.startup_mode,
        _parsed(row.process_start),
        parse_instant(row.at),
    )


def _previous_of(row: api.FormerBinding) -> Previous:
    return Previous(row.thumbprint, row.startup_mode)


def _restart_of(row: api.BegunRestart) -> Restart:
    return Restart(
        parse_instant(row.stopped_at), _parsed(row.process_start), _parsed(row.started_at), row.count
    )


def _server_entry(name: str, server: ServerEntry) -> api.ServerEntry:
    hold = server.hold
    services: list[ServiceName] = sorted({*server.bound, *server.previous, *server.restarts, *server.former})
    return api.ServerEntry(
        name=name,
        hold=api.ServerHold(component=hold.component, requester=hold.requester, since=instant(hold.since))
        if hold
        else None,
        gave_up_at=_written(server.gave_up_at),
        activated_at=_written(server.activated_at),
        watch=_evidence_watch(server.watch),
        services=tuple(_service_entry(service, server) for service in services),
    )


def _evidence_watch(watch: Watch) -> api.EvidenceWatch | None:
    if watch == Watch():
        return None
    return api.EvidenceWatch(
        last_event=watch.last_event,
        rejected_usually=watch.rejected_usually,
        rejected_before=watch.rejected_before,
        rejected=watch.rejected,
    )


def _service_entry(service: ServiceName, server: ServerEntry) -> api.ServiceEntry:
    bound, restart = server.bound.get(service), server.restarts.get(service)
    return api.ServiceEntry(
        name=service,
        bound=_written_binding(bound) if bound else None,
        previous=_former_binding(server.previous.get(service)),
        restart=_begun_restart(restart) if restart else None,
        former=_former_binding(server.former.get(service)),
    )


def _former_binding(previous: Previous | None) -> api.FormerBinding | None:
    if previous is None:
        return None
    return api.FormerBinding(thumbprint=previous.thumbprint, startup_mode=previous.startup_mode)


def _written_binding(bound: Bound) -> api.WrittenBinding:
    return api.WrittenBinding(
        certificate=bound.certificate,
        thumbprint=bound.thumbprint,
        startup_mode=bound.startup_mode,
        process_start=_exactly(bound.process_start),
        at=instant(bound.at),
    )


def _begun_restart(restart: Restart) -> api.BegunRestart:
    return api.BegunRestart(
        stopped_at=instant(restart.stopped_at),
        process_start=_exactly(restart.process_start),
        started_at=_written(restart.started_at),
        count=restart.count,
    )


def _parsed(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _written(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _exactly(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
