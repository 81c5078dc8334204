"""A UMCertificate on one screen: where each service of each server stands, and what is waited for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from um_operator.api.certificate_status import CertificateServer, ServiceStatus, UMCertificateStatus
from um_operator.api.condition import Condition
from um_operator.cli.render_status import table_lines

_HEADER: Final = (
    "SERVER", "STATE", "SERVICE", "MODE", "WANTED", "BOUND", "SERVED", "NOT AFTER", "WAITS FOR", "SINCE",
)  # fmt: skip
NOTHING: Final = "-"
RESTART: Final = "Restart"
"""What a service waits for that has to be restarted to serve what is bound."""
DIGITS: Final = 8
"""Of a thumbprint, as messages have them."""


def certificate_lines(name: str, status: UMCertificateStatus) -> Iterator[str]:
    """Yield what is so of a UMCertificate, a table of its servers, and what each of them waits for.

    A revision is shown by its number, any other certificate by the first digits of its thumbprint.
    """
    yield f"UMCertificate/{name}"
    yield from (f"  {line}" for line in _summary(status))
    if status.servers:
        yield ""
        yield from table_lines([_HEADER, *(row for server in status.servers for row in _rows(server))])
    details = list(_details(name, status))
    if details:
        yield ""
        yield from details


def _summary(status: UMCertificateStatus) -> Iterator[str]:
    if not status.conditions:
        yield "not looked at yet"
    yield from map(condition_line, status.conditions)
    if issuance := status.issuance or (status.history[0] if status.history else None):
        yield f'revision "{issuance.revision}" ({issuance.cause}), asked for since {issuance.started_at}'
    if status.not_after:
        renewal = f", to be renewed from {status.renewal_time} on" if status.renewal_time else ""
        yield f"what is served ends at {status.not_after}{renewal}"
    if window := status.next_window:
        yield f'window "{window.name}" from {window.starts_at} to {window.ends_at}'
    shown, count = len(status.servers), status.server_count or 0
    if shown < count:
        yield f"{shown} of {count} servers are shown, those that do not serve it first"


def condition_line(condition: Condition) -> str:
    """Return a condition as one line: what is stated, why, since when, in words."""
    said = f"{condition.status}, {condition.reason}" if condition.type == "Ready" else condition.reason
    since = f" since {condition.last_transition_time}" if condition.last_transition_time else ""
    return f"{condition.type} ({said}){since}: {condition.message}"


def _rows(server: CertificateServer) -> Iterator[Sequence[str]]:
    """Yield a row a service; of a server of which nothing is known yet, one all the same."""
    for service in server.services or (None,):
        yield (
            server.name,
            server.state,
            *(_service(service)[:2]),
            str(server.revision or NOTHING),
            *(_service(service)[2:]),
            server.not_after or NOTHING,
            *_wait(server, service),
        )


def _service(service: ServiceStatus | None) -> tuple[str, str, str, str]:
    """Return name, startup mode, what is bound and what is served."""
    if service is None:
        return (NOTHING,) * 4
    return (
        service.name,
        service.startup_mode or NOTHING,
        _certificate(service.bound_revision, service.bound),
        _certificate(service.served_revision, service.served),
    )


def _certificate(revision: int | None, thumbprint: str | None) -> str:
    return str(revision) if revision else (thumbprint or NOTHING)[:DIGITS]


def _wait(server: CertificateServer, service: ServiceStatus | None) -> tuple[str, str]:
    """Return what is waited for, and since when."""
    if server.reason:
        return server.reason, server.waiting_since or NOTHING
    if service and service.restart_owed_since:
        return RESTART, service.restart_owed_since
    return "", ""


def _details(name: str, status: UMCertificateStatus) -> Iterator[str]:
    """Yield what is waited for in words, whoever waits for the same in one line.

    Of a server that is what it waits for first; what comes after that would wait as well.
    """
    waits: dict[str, list[str]] = {}
    for server in status.servers:
        if server.message:
            waits.setdefault(server.message, []).append(server.name)
    yield from (f"{', '.join(names)}: {message}" for message, names in waits.items())
    shown = {server.name for server in status.servers}
    for waiting in status.waiting_for:
        if waiting.object not in shown and waiting.message not in waits:
            yield f"waits for {waiting.object} ({waiting.reason}): {waiting.message}"
    for row in status.issuance.rejected if status.issuance else ():
        yield f'{row.server}: revision "{row.revision}" is rejected ({row.reason}): {row.message}'
    for request in status.requests:
        yield f"{request.server or 'all servers'}: a request waits for an answer: umctl request get {name}"
