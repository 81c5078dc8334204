"""What is to be known of bringing CAs to devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import GATEWAY, UNFIT, WAITS, Row

DELIVERY: Final[Mapping[str, Row]] = {
    "WaitingForDevice": Row(
        WAITS,
        GATEWAY,
        "CAs are brought to a device only while nobody else is at work on it, and while its protected "
        "listeners answer (R24).",
        "status.waitingFor says what is in the way.",
    ),
    "DeviceLocked": Row(
        ("Ready", "waitingFor"),
        GATEWAY,
        "Somebody keeps the configuration of the device locked; nothing is changed there meanwhile (R24).",
        "End that session on the device.",
    ),
    "ForeignChanges": Row(
        ("Ready", "ManualActionRequired", "waitingFor"),
        GATEWAY,
        "The device holds changes of somebody else that are not saved, or not in force; the operator would "
        "save them or put them in force, so it keeps away (R24).",
        "Have them saved, put in force, or taken back, by whoever made them.",
    ),
    "DeviceUnreachable": Row(
        ("waitingFor",),
        GATEWAY,
        "The management of the device cannot be reached: what it has is not known, and nothing is brought "
        "there.",
        "Correct trust.delivery.endpoint, or make the port reachable from here.",
    ),
    "HostKeyUnknown": Row(
        ("Ready", "waitingFor"),
        GATEWAY,
        "The device shows another host key than knownHostsRef has for it; nothing was sent there.",
        "Check the key at the device itself, then put it into the ConfigMap.",
    ),
    "LoginRefused": Row(
        ("Ready", "waitingFor"),
        GATEWAY,
        "The account of trust.delivery.secretRef is incomplete, or the device does not accept it.",
        "Correct the Secret, or the account on the device.",
    ),
    "InvalidRecipe": Row(
        UNFIT,
        GATEWAY,
        "The recipe or its parameters cannot be used.",
        "Correct what the message names, or leave trust.delivery out and load the CA by hand.",
    ),
    "DeliveryFailed": Row(
        ("Ready", "waitingFor"),
        GATEWAY,
        "The device answered otherwise than the recipe expects.",
        "See what the message quotes; where the recipe does not fit the device, load the CA by hand.",
    ),
    "ProtectedListenerSilent": Row(
        ("Ready", "waitingFor"),
        GATEWAY,
        "A protected listener does not answer already, so that its loss could not be seen (R24).",
        "Make it reachable from here, or take it off trust.delivery.protectedListeners.",
    ),
    "ProtectedListenerLost": Row(
        ("Ready", "Stalled", "waitingFor"),
        GATEWAY,
        "After a delivery a protected listener did not answer as before; what was added was taken back, and "
        "it is not tried again by itself (R24).",
        "Find out why on the device, then set the annotation unifiedmessaging.dev/retry-requested-at.",
    ),
}
