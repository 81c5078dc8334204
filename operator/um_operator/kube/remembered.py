"""The ledger in the status: which fields hold an entry, there and back. Pure.

The fields are those of the models in ``api/``; a status holds instants in whole seconds, which is how the
ledger's are kept as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from pydantic import ValidationError

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.condition import StatusModel
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import KindName, ObjectKey
from um_operator.api.object_status import Corrections, ExchangeObjectStatus, GivenUp
from um_operator.api.status import (
    STATUSES,
    ExchangeOrganizationStatus,
    Status,
    UMDialPlanStatus,
    UMIPGatewayStatus,
)
from um_operator.api.strings import parse_instant
from um_operator.kube import remembered_front_ends, remembered_rollout
from um_operator.observed import ledger
from um_operator.observed.exchange import GatewayState, VoIPSecurity
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.rollout import Issuance
from um_operator.planning.status import dial_plan, gateway
from um_operator.planning.status.instants import instant

_COMPARED: Final = frozenset({"appliedGeneration", "corrections", "writtenAt", "lastHandledRetryAt"})
_OBJECT: Final = _COMPARED | {"origin", "guid"}
LEDGER_FIELDS: Final[Mapping[KindName, frozenset[str]]] = {
    "ExchangeOrganization": frozenset(
        {
            "organizationGUID",
            "domainController",
            "domainControllerSince",
            "serverEntries",
            "stoppedEntries",
            "integratedEntries",
        }
    ),
    "LyncIntegration": _COMPARED,
    "UMCertificate": _COMPARED | {"issuance", "lastHandledRenewAt", "lastHandledRollbackAt"},
    "UMDialPlan": _OBJECT | {"securedAt", "beforeSecure", "notSecured"},
    "UMIPGateway": _OBJECT | {"draining", "notDelivered"},
}
"""The fields of each kind's status that hold the ledger."""


def status_of(kind: KindName, raw: Mapping[str, Any]) -> Status:
    """Return the status of an object as the models read it; empty if nobody wrote it.

    One that cannot be read counts as lost, and then the careful reading applies (R14).
    """
    try:
        return STATUSES[kind].model_validate(raw.get("status") or {})
    except ValidationError:
        return STATUSES[kind]()


def entry_of(status: Status) -> ObjectEntry:
    """Return what a status remembers of its resource."""
    if isinstance(status, ExchangeOrganizationStatus):
        return ObjectEntry(
            guid=status.organization_guid,
            servers=remembered_rollout.servers_of(status.server_entries),
            stopped=remembered_front_ends.stopped_of(status.stopped_entries),
            integrated=remembered_front_ends.integrated_of(status.integrated_entries),
        )
    in_exchange = status if isinstance(status, ExchangeObjectStatus) else None
    return ObjectEntry(
        origin=in_exchange.origin if in_exchange else None,
        guid=in_exchange.guid if in_exchange else None,
        applied_generation=status.applied_generation,
        corrections={row.path: tuple(parse_instant(at) for at in row.times) for row in status.corrections},
        written_at=_instant(status.written_at),
        draining=_draining(status) if isinstance(status, UMIPGatewayStatus) else None,
        before_secure=_before_secure(status) if isinstance(status, UMDialPlanStatus) else None,
        not_secured=_given_up(status.not_secured) if isinstance(status, UMDialPlanStatus) else None,
        not_delivered=_given_up(status.not_delivered) if isinstance(status, UMIPGatewayStatus) else None,
        retried_at=status.last_handled_retry_at,
        issuance=remembered_rollout.issuance_of(status) if isinstance(status, UMCertificateStatus) else None,
    )


def ledger_of(statuses: Mapping[ObjectKey, Status], organization: ObjectKey) -> Ledger:
    """Return what the statuses of an organisation and of all that names it remember."""
    own = statuses.get(organization)
    name, since = domain_controller_of(own) if own else (None, None)
    return Ledger(name, since, {key: entry_of(status) for key, status in statuses.items()})


def fields_of(kind: KindName, entry: ObjectEntry) -> dict[str, Any]:
    """Return the fields of a status that hold an entry, as a merge patch: ``None`` where nothing is held."""
    if kind == "ExchangeOrganization":
        return {
            "organizationGUID": entry.guid,
            "serverEntries": _rows(remembered_rollout.server_entries(entry.servers)),
            "stoppedEntries": _rows(remembered_front_ends.stopped_entries(entry.stopped)),
            "integratedEntries": _rows(remembered_front_ends.integrated_entries(entry.integrated)),
        }
    compared: dict[str, Any] = {
        "applied_generation": entry.applied_generation,
        "corrections": tuple(
            Corrections(path=path, times=tuple(instant(at) for at in times))
            for path, times in sorted(entry.corrections.items())
        ),
        "written_at": instant(entry.written_at) if entry.written_at else None,
        "last_handled_retry_at": entry.retried_at,
    }
    if kind == "LyncIntegration":
        return _written(kind, LyncIntegrationStatus(**compared))
    if kind == "UMCertificate":
        return _written(kind, _of_certificate(compared, entry.issuance))
    common = {**compared, "origin": entry.origin, "guid": entry.guid}
    status: Status = UMDialPlanStatus(**common, **dial_plan.remembered(entry))
    if kind == "UMIPGateway":
        status = UMIPGatewayStatus(**common, **gateway.remembered(entry))
    return _written(kind, status)


def _rows(entries: Iterable[StatusModel]) -> list[dict[str, Any]] | None:
    return [entry.declared() for entry in entries] or None


def _of_certificate(compared: dict[str, Any], issuance: Issuance | None) -> Status:
    if issuance is None:
        return UMCertificateStatus(**compared)
    return UMCertificateStatus(
        **compared,
        issuance=remembered_rollout.issuance_status(issuance),
        last_handled_renew_at=issuance.renewed_at,
        last_handled_rollback_at=issuance.rolled_back_at,
    )


def _written(kind: KindName, status: Status) -> dict[str, Any]:
    declared = status.declared()
    return {name: declared.get(name) for name in sorted(LEDGER_FIELDS[kind])}


def domain_controller_fields(name: str, since: datetime) -> dict[str, Any]:
    """Return the fields of an organisation's status that hold the domain controller."""
    return {"domainController": name, "domainControllerSince": instant(since)}


def domain_controller_of(status: Status) -> tuple[str | None, datetime | None]:
    """Return the domain controller that an organisation's status remembers, and since when it is used."""
    if not isinstance(status, ExchangeOrganizationStatus):
        return None, None
    return status.domain_controller, _instant(status.domain_controller_since)


def _before_secure(status: UMDialPlanStatus) -> ledger.BeforeSecure | None:
    row = status.before_secure
    security = next((known for known in get_args(VoIPSecurity) if row and known == row.voip_security), None)
    if row is None or security is None:
        return None
    return ledger.BeforeSecure(
        security,
        dict(row.ports),
        row.tries,
        _instant(status.secured_at),
        _instant(row.seen_at),
        row.verified,
        {
            one.name: ledger.Reported(one.event, one.usual, one.event_then, one.rejected_then)
            for one in row.reports
        },
    )


def _given_up(row: GivenUp | None) -> ledger.GivenUp | None:
    return ledger.GivenUp(row.generation, row.reason, row.message) if row else None


def _draining(status: UMIPGatewayStatus) -> ledger.Draining | None:
    row = status.draining
    state = next((known for known in get_args(GatewayState) if row and known == row.state_before), None)
    return ledger.Draining(parse_instant(row.since), state) if row and state else None


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None
