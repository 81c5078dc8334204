"""A row of the table of reasons, and the words that many rows share."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from um_operator.api.condition import ConditionType
from um_operator.api.meta import KindName

Place: TypeAlias = ConditionType | Literal["waitingFor", "probe"]

ORGANIZATION: Final[tuple[KindName, ...]] = ("ExchangeOrganization",)
PLAN: Final[tuple[KindName, ...]] = ("UMDialPlan",)
GATEWAY: Final[tuple[KindName, ...]] = ("UMIPGateway",)
CERTIFICATE: Final[tuple[KindName, ...]] = ("UMCertificate",)
LYNC: Final[tuple[KindName, ...]] = ("LyncIntegration",)
OBJECTS: Final[tuple[KindName, ...]] = (*PLAN, *GATEWAY)
OWNED: Final[tuple[KindName, ...]] = (*LYNC, *CERTIFICATE, *OBJECTS)
ALL: Final[tuple[KindName, ...]] = (*ORGANIZATION, *OWNED)

WAITS: Final[tuple[Place, ...]] = ("Ready", "Drifted", "waitingFor")
RESTART_WAITS: Final[tuple[Place, ...]] = ("Ready", "Drifted", "RestartPending", "waitingFor")
UNFIT: Final[tuple[Place, ...]] = ("Ready", "Stalled", "waitingFor")
PROBE: Final[tuple[Place, ...]] = ("probe",)
PROBE_WAITS: Final[tuple[Place, ...]] = (*PROBE, "ManualActionRequired", "waitingFor")

NOTHING: Final = "Nothing."


class Row(NamedTuple):
    """What is to be known of a reason.

    Attributes:
        places: in which conditions it stands, and whether in ``status.waitingFor`` or ``status.probe``.
        kinds: whose reason it is.
        meaning: what it says.
        action: what a person does about it.
    """

    places: tuple[Place, ...]
    kinds: tuple[KindName, ...]
    meaning: str
    action: str
