"""Statuses as ``kubectl get`` shows them, and what is behind each that is not Ready. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.condition import Condition, ConditionType
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.object_status import CommonStatus, ComparedStatus
from um_operator.api.status import (
    ExchangeOrganizationStatus,
    Status,
    UMDialPlanStatus,
    UMIPGatewayStatus,
)

S = TypeVar("S", bound=CommonStatus)

GAP: Final = "   "


@dataclass(frozen=True, slots=True)
class Column(Generic[S]):
    """A column of ``kubectl get``."""

    title: str
    value: Callable[[S], object]


_ORGANIZATION: Final[Sequence[Column[ExchangeOrganizationStatus]]] = (
    Column("SERVERS", lambda status: status.server_count),
    Column("READABLE", lambda status: status.readable_server_count),
    Column("STEPS", lambda status: status.plan.step_count if status.plan else None),
    Column("WAITING FOR", lambda status: status.plan.waiting_for if status.plan else None),
)
_CERTIFICATE: Final[Sequence[Column[UMCertificateStatus]]] = (
    Column("SERVERS", lambda status: status.server_count),
    Column("SERVING", lambda status: status.serving_count),
    Column("RESTART", lambda status: _reason(status, "RestartPending")),
    Column("NOT AFTER", lambda status: status.not_after),
)
_LYNC: Final[Sequence[Column[LyncIntegrationStatus]]] = (
    Column("POOLS", lambda status: status.pool_count),
    Column("CONTACTS", lambda status: status.contact_count),
    Column("MISSING", lambda status: status.missing_contact_count),
    Column("PERMISSIONS", lambda status: status.permissions.state if status.permissions else None),
)
_DIAL_PLAN: Final[Sequence[Column[UMDialPlanStatus]]] = (
    Column("URI TYPE", lambda status: status.uri_type),
    Column("SECURITY", lambda status: status.voip_security),
    Column("GATEWAYS", lambda status: status.gateway_count),
    Column("SECURED", lambda status: status.secured_gateway_count),
)
_GATEWAY: Final[Sequence[Column[UMIPGatewayStatus]]] = (
    Column("ADDRESS", lambda status: status.address),
    Column("PORT", lambda status: status.port),
    Column("STATE", lambda status: status.state),
    Column("DIAL PLANS", lambda status: status.dial_plans),
)
_COLUMNS: Final[Mapping[KindName, Sequence[Column[Any]]]] = {
    "ExchangeOrganization": _ORGANIZATION,
    "LyncIntegration": _LYNC,
    "UMCertificate": _CERTIFICATE,
    "UMDialPlan": _DIAL_PLAN,
    "UMIPGateway": _GATEWAY,
}


def _reason(status: CommonStatus, kind: ConditionType) -> str | None:
    return next((condition.reason for condition in status.conditions if condition.type == kind), None)


def ready_of(status: CommonStatus) -> Condition | None:
    """Return the Ready condition, ``None`` before the first pass."""
    return next((condition for condition in status.conditions if condition.type == "Ready"), None)


def all_ready(statuses: Mapping[ObjectKey, Status]) -> bool:
    """Whether every resource says that it is Ready."""
    ready = [ready_of(status) for status in statuses.values()]
    return all(condition is not None and condition.status == "True" for condition in ready)


def status_rows(kind: KindName, statuses: Mapping[ObjectKey, Status]) -> list[list[str]]:
    """Return the table of one kind, its header first; empty if there is none of that kind."""
    columns = _COLUMNS[kind]
    rows = []
    for key, status in sorted(statuses.items()):
        if key.kind != kind:
            continue
        ready = ready_of(status)
        facts = [_cell(column.value(status)) for column in columns]
        rows.append([key.name, ready.status if ready else "", ready.reason if ready else "", *facts])
    return [["NAME", "READY", "REASON", *(column.title for column in columns)], *rows] if rows else []


def status_lines(statuses: Mapping[ObjectKey, Status]) -> Iterator[str]:
    """Yield one table a kind, then what each resource that is not simply Ready says of itself."""
    tables = [table for kind in _COLUMNS if (table := status_rows(kind, statuses))]
    for number, table in enumerate(tables):
        if number:
            yield ""
        yield from table_lines(table)
    for key, status in sorted(statuses.items()):
        details = list(_details(status))
        if details:
            yield ""
            yield f"{key}"
            yield from (f"  {line}" for line in details)


def status_data(statuses: Mapping[ObjectKey, Status]) -> list[dict[str, Any]]:
    """Return statuses as JSON-able data, in the API's own words."""
    return [
        {"kind": key.kind, "name": key.name, "status": status.declared()}
        for key, status in sorted(statuses.items())
    ]


def table_lines(rows: Sequence[Sequence[str]], gap: str = GAP) -> Iterator[str]:
    """Yield rows aligned as ``kubectl get`` aligns them: three blanks between columns, none at the end."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield gap.join(cells).rstrip()


def _details(status: Status) -> Iterator[str]:
    for condition in status.conditions:
        if condition.type != "Ready":
            yield f"{condition.type} ({condition.reason}): {condition.message}"
        elif condition.status != "True":
            yield f"Ready ({condition.status}, {condition.reason}): {condition.message}"
    if isinstance(status, ExchangeOrganizationStatus):
        yield from _server_details(status)
    else:
        yield from _object_details(status)


def _object_details(status: ComparedStatus) -> Iterator[str]:
    for drift in status.drift:
        yield f'drift: {drift.path}: want "{drift.want}", have "{drift.have}", since {drift.since}'
    for waiting in status.waiting_for:
        yield f"waits for {waiting.object} ({waiting.reason}): {waiting.message}"


def _server_details(status: ExchangeOrganizationStatus) -> Iterator[str]:
    for server in status.servers:
        if server.readable != "True":
            yield f"server {server.name} ({server.reason}): {server.message}"


def _cell(value: object) -> str:
    return "" if value is None else str(value)
