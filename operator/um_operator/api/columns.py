"""What ``kubectl get`` shows of each kind: facts as observed; the rest, and the message, with ``-o wide``.

An instant to come is text: kubectl prints a ``date`` in the future as ``<invalid>``. A column shows one value
only, the first of a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from um_operator.api.condition import ConditionType
from um_operator.api.meta import KindName


@dataclass(frozen=True, slots=True)
class Column:
    """A printer column.

    Attributes:
        name: its head, which kubectl prints in capitals.
        path: JSONPath of the value.
        type: how it is printed.
        wide: whether it is shown with ``-o wide`` only.
    """

    name: str
    path: str
    type: Literal["string", "integer", "date"] = "string"
    wide: bool = False

    def declared(self) -> dict[str, str | int]:
        """Return the column as it stands in a CRD."""
        column = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return {**column, "priority": 1} if self.wide else {**column}


def _of_condition(condition: ConditionType, field: Literal["status", "reason", "message"]) -> str:
    return f'.status.conditions[?(@.type=="{condition}")].{field}'


_READY: Final = (
    Column("Ready", _of_condition("Ready", "status")),
    Column("Reason", _of_condition("Ready", "reason")),
)
_DRIFT: Final = Column("Drift", _of_condition("Drifted", "message"), wide=True)
_LAST: Final = (
    Column("Message", _of_condition("Ready", "message"), wide=True),
    Column("Age", ".metadata.creationTimestamp", "date"),
)

COLUMNS: Final[Mapping[KindName, tuple[Column, ...]]] = {
    "ExchangeOrganization": (
        *_READY,
        Column("Mode", ".spec.mode"),
        Column("Servers", ".status.serverCount", "integer"),
        Column("Readable", ".status.readableServerCount", "integer"),
        Column("Steps", ".status.plan.stepCount", "integer"),
        Column("Waiting For", ".status.plan.waitingFor"),
        Column("Plan", ".status.plan.digest", wide=True),
        Column("Next Window", ".status.nextWindow.startsAt", wide=True),
        Column("Endpoint", ".status.endpoint", wide=True),
        *_LAST,
    ),
    "LyncIntegration": (
        *_READY,
        Column("Pools", ".status.poolCount", "integer"),
        Column("Contacts", ".status.contactCount", "integer"),
        Column("Missing", ".status.missingContactCount", "integer"),
        Column("Permissions", ".status.permissions.state"),
        Column("Restart", _of_condition("RestartPending", "reason"), wide=True),
        Column("Next Window", ".status.nextWindow.startsAt", wide=True),
        *_LAST,
    ),
    "UMCertificate": (
        *_READY,
        Column("Servers", ".status.serverCount", "integer"),
        Column("Serving", ".status.servingCount", "integer"),
        Column("Restart", _of_condition("RestartPending", "reason")),
        Column("Not After", ".status.notAfter"),
        Column("Renewal", ".status.renewalTime", wide=True),
        Column("Next Window", ".status.nextWindow.startsAt", wide=True),
        Column("Startup Mode", ".spec.startupMode", wide=True),
        Column("Revision", ".status.revision", "integer", wide=True),
        *_LAST,
    ),
    "UMDialPlan": (
        *_READY,
        Column("URI Type", ".status.uriType"),
        Column("Security", ".status.voipSecurity"),
        Column("Gateways", ".status.gatewayCount", "integer"),
        Column("Secured", ".status.securedGatewayCount", "integer"),
        Column("Want", ".spec.voipSecurity", wide=True),
        Column("Exchange Name", ".status.name", wide=True),
        Column("Digits", ".spec.numberOfDigitsInExtension", "integer", wide=True),
        Column("Effective", ".status.effectiveAt", wide=True),
        _DRIFT,
        *_LAST,
    ),
    "UMIPGateway": (
        *_READY,
        Column("Address", ".status.address"),
        Column("Port", ".status.port", "integer"),
        Column("Probe", ".status.probe.reason"),
        Column("Trust", ".status.trust.state"),
        Column("Dial Plans", ".status.dialPlans", wide=True),
        Column("Status", ".status.state", wide=True),
        Column("TLS", ".status.probe.tlsVersion", wide=True),
        Column("Not After", ".status.probe.notAfter", wide=True),
        _DRIFT,
        *_LAST,
    ),
}
