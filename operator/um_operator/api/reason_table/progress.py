"""How a resource does: well, on its way, different, at rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import (
    ALL,
    CERTIFICATE,
    LYNC,
    NOTHING,
    OBJECTS,
    ORGANIZATION,
    OWNED,
    Row,
)

PROGRESS: Final[Mapping[str, Row]] = {
    # It is well
    "Connected": Row(
        ("Ready",),
        ORGANIZATION,
        "Every server in scope can be read.",
        NOTHING,
    ),
    "UpToDate": Row(
        ("Ready",),
        (*LYNC, *OBJECTS),
        "Exchange, and Lync, have what is declared.",
        NOTHING,
    ),
    "Deployed": Row(
        ("Ready",),
        CERTIFICATE,
        "Every server serves the wanted certificate.",
        NOTHING,
    ),
    "Serving": Row(
        ("Ready",),
        CERTIFICATE,
        "Every server serves a certificate that is valid and meets the spec; a newer one waits.",
        "RestartPending or PlanPending says what it waits for.",
    ),
    # It is on its way
    "Pending": Row(
        ("Ready",),
        ALL,
        "The newest generation was seen and is not judged yet.",
        NOTHING,
    ),
    "Applying": Row(
        ("Ready", "Reconciling"),
        (*LYNC, *OBJECTS),
        "Steps run that bring Exchange to what is declared.",
        NOTHING,
    ),
    "Issuing": Row(
        ("Ready", "Reconciling"),
        CERTIFICATE,
        "A key is made and a certificate is asked for.",
        NOTHING,
    ),
    "Deploying": Row(
        ("Ready", "Reconciling"),
        CERTIFICATE,
        "The wanted certificate is brought to the servers, one after another.",
        "status.servers says how far each of them is.",
    ),
    "RollingBack": Row(
        ("Ready", "Reconciling"),
        CERTIFICATE,
        "A server did not come to serve the new certificate, or a person calls it bad, and the server gets "
        "the previous one back (R17).",
        "status.issuance.rejected and the event log of the server say why.",
    ),
    "Deleting": Row(
        ("Ready", "Reconciling", "waitingFor"),
        ALL,
        "The resource is being deleted.",
        "If it stays, read the message and status.waitingFor.",
    ),
    # It differs
    "Drifted": Row(
        ("Ready",),
        OWNED,
        "Something was changed in Exchange after it had been as declared, or Observe only reports.",
        "status.drift shows path, want and have.",
    ),
    "ObserveMode": Row(
        ("Ready", "Drifted", "waitingFor"),
        OWNED,
        "In mode Observe differences are reported and left alone.",
        "Set mode Enforce when the differences are what you want changed.",
    ),
    "Correcting": Row(
        ("Drifted",),
        OWNED,
        "What was changed in Exchange is being brought back.",
        NOTHING,
    ),
    "ChangedByOthers": Row(
        ("Drifted",),
        OWNED,
        "Somebody changes a field back each time it is corrected (R27).",
        "Agree with them, or name the field in spec.ignoreDrift.",
    ),
    "ForeignCertificate": Row(
        ("Ready", "Drifted"),
        CERTIFICATE,
        "A server serves a certificate that is none of this resource's.",
        "Somebody bound it by hand, or it is from before; it is replaced once rules and windows allow.",
    ),
    # It rests
    "Suspended": Row(
        ("Ready", "Drifted", "Suspended", "waitingFor"),
        ALL,
        "spec.suspend stops new writes here or at the organisation; what is begun is finished.",
        "Take spec.suspend away.",
    ),
    "Hold": Row(
        ("Ready", "Drifted", "Suspended", "waitingFor"),
        ALL,
        "The annotation unifiedmessaging.dev/hold or umctl halt stops new writes (R25).",
        "Wait for its end, or take it away.",
    ),
}
