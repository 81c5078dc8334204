"""What stands between Unified Messaging and Lync, and what a restart of front ends waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import (
    LYNC,
    NOTHING,
    ORGANIZATION,
    OWNED,
    PLAN,
    RESTART_WAITS,
    Place,
    Row,
)

DIFFERS: Final[tuple[Place, ...]] = ("Ready", "waitingFor")
NEEDS_A_PERSON: Final[tuple[Place, ...]] = ("Ready", "ManualActionRequired", "waitingFor")
RESTART_HELD: Final[tuple[Place, ...]] = ("Ready", "RestartPending", "waitingFor")
LEFT_TO_A_PERSON: Final[tuple[Place, ...]] = ("RestartPending", "ManualActionRequired", "waitingFor")

LYNC_REASONS: Final[Mapping[str, Row]] = {
    # It does not fit
    "LyncNotConfigured": Row(
        ("Ready", "Stalled"),
        LYNC,
        "The organisation does not say how to reach Lync.",
        "Set spec.lync of the organisation: endpoints, account, hosts.",
    ),
    "PoolNotFound": Row(
        NEEDS_A_PERSON,
        LYNC,
        "The topology has no such pool.",
        "Correct spec.pools, or publish the topology.",
    ),
    "PoolNotSupported": Row(
        NEEDS_A_PERSON,
        LYNC,
        "It is no pool of front ends that works with Exchange UM: a Director, a branch appliance, or another "
        "version than Lync Server 2013 and Skype for Business Server 2015.",
        "Take it out of spec.pools.",
    ),
    "DialPlanNotSipName": Row(
        ("Ready", "Stalled", "waitingFor"),
        LYNC,
        "Lync works with dial plans of URI type SipName only, and with names without spaces.",
        "Name another dial plan; the URI type of this one cannot be changed.",
    ),
    "IncompatibleSecurity": Row(
        NEEDS_A_PERSON,
        (*LYNC, *PLAN),
        "The dial plan's security does not go with the media encryption of a pool; every call of the pool "
        "would be refused.",
        "RequireEncryption asks for Secured, DoNotSupportEncryption for SIPSecured.",
    ),
    "ServerNotInDialPlan": Row(
        DIFFERS,
        (*LYNC, *PLAN),
        "An Exchange server is not a member of every SIP dial plan, so Lync does not trust it.",
        NOTHING,
    ),
    "PoolGatewayMissing": Row(
        DIFFERS,
        LYNC,
        "No UM IP gateway with the pool's FQDN and port, or no hunt group of it for a dial plan, exists.",
        NOTHING,
    ),
    "OutboundGatewayDiffers": Row(
        NEEDS_A_PERSON,
        LYNC,
        "Of a dial plan's gateways not exactly the declared one places calls (R20).",
        "Where the gateway is declared by a UMIPGateway, set or leave out its outcallsAllowed.",
    ),
    "PermissionsMissing": Row(
        NEEDS_A_PERSON,
        LYNC,
        "Lync may not read the objects of Unified Messaging in Active Directory.",
        "Run ExchUcUtil.ps1 on an Exchange server, or set spec.permissions.policy to Run.",
    ),
    "ContactsMissing": Row(
        NEEDS_A_PERSON,
        LYNC,
        "Lync has no contact for a number of Unified Messaging, or one in another pool.",
        "Make it with OcsUmUtil.exe; the message says what to type.",
    ),
    "FrontEndCertificateUnfit": Row(
        NEEDS_A_PERSON,
        LYNC,
        "The certificate that a front end uses for SIP lacks a name, has ended, or its chain is broken.",
        "Assign another one there (Set-CsCertificate); the operator never does.",
    ),
    "FrontEndUntrusting": Row(
        NEEDS_A_PERSON,
        LYNC,
        "A Lync host lacks the CA of the UM certificates (R5).",
        "Import it into Trusted Root Certification Authorities there, or set spec.trust.policy to Install.",
    ),
    "CallsRejected": Row(
        ("Ready", "RestartPending", "ManualActionRequired", "Stalled", "waitingFor"),
        LYNC,
        "Lync tells of calls that it could not bring to Unified Messaging (event 44009). Told by a front end "
        "since its restart, it stops the restarts of its pool (R16).",
        "Read the event on the front end that the message names. To go on with restarts nevertheless, set "
        "the annotation unifiedmessaging.dev/retry-requested-at.",
    ),
    # It is waited for
    "WaitingForPermissions": Row(
        ("Ready", "waitingFor"),
        LYNC,
        "Contacts come after Lync may read Unified Messaging's objects.",
        NOTHING,
    ),
    "WaitingForContacts": Row(
        RESTART_HELD,
        LYNC,
        "Front ends restart once, after the contacts exist.",
        "See ManualActionRequired.",
    ),
    "WaitingForPlans": Row(
        RESTART_HELD,
        LYNC,
        "Front ends restart once, by whomever, after everything is in place that they are to find, such as "
        "dial plans in force on every server: a restart before that would have to be done again.",
        "See the other conditions, and those of the dial plans.",
    ),
    "WaitingForManagementStore": Row(
        RESTART_HELD,
        LYNC,
        "The Central Management Store is not replicated to every front end yet.",
        "Get-CsManagementStoreReplicationStatus shows which one lags.",
    ),
    "WaitingForFrontEnds": Row(
        RESTART_WAITS,
        OWNED,
        "Front ends restart one after another, with a pause between; until one runs again, nothing of "
        "Exchange is interrupted either.",
        "status.pools of the LyncIntegration says how far each of them is.",
    ),
    # A restart of front ends is held, or left to a person
    "FrontEndDown": Row(
        RESTART_HELD,
        LYNC,
        "A front end of the pool is down, by nobody's action here; nothing more is stopped (R23).",
        "Start it.",
    ),
    "PoolNotReady": Row(
        RESTART_HELD,
        LYNC,
        "The pool says that none of its upgrade domains may be stopped now.",
        "Get-CsPoolUpgradeReadinessState on a front end says why.",
    ),
    "RoutingGroupAtRisk": Row(
        RESTART_HELD,
        LYNC,
        "A routing group would be left without a primary or a secondary (R23).",
        "Get-CsPoolFabricState shows it; QuorumLossRecovery is an admin's decision.",
    ),
    "QuorumAtRisk": Row(
        RESTART_HELD,
        LYNC,
        "Fewer front ends would run than the pool's quorum (R23).",
        "Bring the others back.",
    ),
    "PoolTooSmall": Row(
        LEFT_TO_A_PERSON,
        LYNC,
        "A pool of one or two front ends is not restarted automatically: all of its users would be cut off.",
        "Restart it by hand when that does no harm.",
    ),
    "RestartByHand": Row(
        LEFT_TO_A_PERSON,
        LYNC,
        "The front ends owe a restart, and spec.frontEndRestart.policy is Never.",
        "Restart the Front-End service of each, one after another.",
    ),
    "WaitingForExchangeRestarts": Row(
        RESTART_HELD,
        (*LYNC, *ORGANIZATION),
        "Front ends never restart while Exchange servers do, nor the other way round.",
        NOTHING,
    ),
}
