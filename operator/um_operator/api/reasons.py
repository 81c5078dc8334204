"""Every reason: the word in conditions, events and ``status.waitingFor``, and what a person does about it.

A reason is part of the API: it is documented here, once, and used everywhere else by its name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self, TypeAlias

from um_operator.api.condition import ConditionType
from um_operator.api.meta import KindName

Place: TypeAlias = ConditionType | Literal["waitingFor"]

ORGANIZATION: Final[tuple[KindName, ...]] = ("ExchangeOrganization",)
PLAN: Final[tuple[KindName, ...]] = ("UMDialPlan",)
GATEWAY: Final[tuple[KindName, ...]] = ("UMIPGateway",)
OBJECTS: Final[tuple[KindName, ...]] = (*PLAN, *GATEWAY)
ALL: Final[tuple[KindName, ...]] = (*ORGANIZATION, *OBJECTS)

NOTHING: Final = "Nothing."


class Reason(StrEnum):
    """A reason with its row of the table: where it stands, for which kinds, what it means, what to do."""

    places: tuple[Place, ...]
    kinds: tuple[KindName, ...]
    meaning: str
    action: str

    def __new__(
        cls, word: str, places: tuple[Place, ...], kinds: tuple[KindName, ...], meaning: str, action: str
    ) -> Self:
        """Make a member from its row."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.places, member.kinds, member.meaning, member.action = places, kinds, meaning, action
        return member

    # Each row stays readable as a row.
    # fmt: off
    # It is well
    CONNECTED = ("Connected", ("Ready",), ORGANIZATION, "Every server in scope can be read.", NOTHING)
    UP_TO_DATE = ("UpToDate", ("Ready",), OBJECTS, "Exchange has what is declared.", NOTHING)

    # It is on its way
    PENDING = ("Pending", ("Ready",), ALL, "The newest generation was seen and is not judged yet.", NOTHING)
    APPLYING = (
        "Applying", ("Ready", "Reconciling"), OBJECTS,
        "Steps run that bring Exchange to what is declared.", NOTHING,
    )
    DELETING = (
        "Deleting", ("Ready", "Reconciling"), ALL,
        "The resource is being deleted.", "If it stays, read the message and status.waitingFor.",
    )

    # It waits
    WAITING_FOR_WINDOW = (
        "WaitingForWindow", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "A step that interrupts calls waits for a maintenance window, or for the end of a blackout.",
        "Wait until status.nextWindow, or change spec.maintenanceWindows of the organisation.",
    )
    WAITING_FOR_APPROVAL = (
        "WaitingForApproval", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "In mode Plan nothing runs before its plan is approved; some steps need that in any mode.",
        "Read the plan and set spec.approvedPlan of the organisation to its digest.",
    )
    WAITING_FOR_SERVERS = (
        "WaitingForServers", ("Ready", "Drifted", "waitingFor"), PLAN,
        "VoIPSecurity stays as it is until every UM and call-router service in scope is ready for TLS (R18).",
        "status.waitingFor names each server and what it lacks.",
    )
    WAITING_FOR_GATEWAYS = (
        "WaitingForGateways", ("Ready", "Drifted", "waitingFor"), PLAN,
        "VoIPSecurity stays as it is until every linked gateway is ready for TLS (R18).",
        "status.waitingFor names each gateway and what it lacks.",
    )
    WAITING_FOR_SECURE = (
        "WaitingForSecure", ("Ready", "Drifted", "waitingFor"), GATEWAY,
        "Port 5061 is written directly before a linked dial plan is secured, never earlier (R18).",
        "See what the dial plan waits for.",
    )
    WAITING_FOR_REPLICATION = (
        "WaitingForReplication", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "What was written is not corrected until every domain controller must have it (replicationGrace).",
        NOTHING,
    )
    WAITING_FOR_LEASE = (
        "WaitingForLease", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "Another replica worked until lately; nothing that interrupts calls begins until what it sent last "
        "must have ended.", NOTHING,
    )
    WAITING_FOR_CALLS = (
        "WaitingForCalls", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "Calls in progress are let to end first, up to disruption.drainTimeout.", NOTHING,
    )
    WAITING_FOR_DIAL_PLAN = (
        "WaitingForDialPlan", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "A step waits for a dial plan to exist in Exchange, or to be configured.",
        "See the dial plan's own condition.",
    )
    WAITING_FOR_GATEWAY = (
        "WaitingForGateway", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "A step waits for a gateway to exist, to be reached as declared, or to take no new calls.",
        "See the gateway's own condition.",
    )
    WAITING_FOR_HUNT_GROUP = (
        "WaitingForHuntGroup", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "A hunt group is added before another one is removed, and removed before what it links (R21).",
        "See the gateway's own condition.",
    )
    WAITING_FOR_MAILBOX_POLICY = (
        "WaitingForMailboxPolicy", ("Ready", "waitingFor"), PLAN,
        "A dial plan is removed after the mailbox policy that was made with it.", NOTHING,
    )
    WAITING_FOR_READING = (
        "WaitingForReading", ("Ready", "Drifted", "waitingFor"), OBJECTS,
        "A step runs only on what was just read; the next pass reads it.", NOTHING,
    )
    DRAIN_TIMED_OUT = (
        "DrainTimedOut", ("Drifted", "ManualActionRequired", "waitingFor"), GATEWAY,
        "Calls did not end within disruption.drainTimeout, and onDrainTimeout is Hold (R10).",
        "Wait for the calls, end them, or set onDrainTimeout to Restart.",
    )

    # What a dial plan's security waits for, one word a missing item
    STARTUP_MODE_TCP = (
        "StartupModeTCP", ("waitingFor",), PLAN,
        "The service on this server listens for plain SIP only.",
        "It needs a certificate and startup mode Dual or TLS.",
    )
    STARTUP_MODE_TLS = (
        "StartupModeTLS", ("waitingFor",), PLAN,
        "The service on this server listens for TLS only, which an Unsecured plan cannot use (R19).",
        "Set startup mode Dual first.",
    )
    ADDRESS_NOT_FQDN = (
        "AddressNotFQDN", ("Ready", "Stalled", "waitingFor"), OBJECTS,
        "A secured dial plan needs gateways with an FQDN, and this one has an IP address or a short name.",
        "Set spec.address to the name in the gateway's certificate.",
    )
    NOT_PROBED = (
        "NotProbed", ("waitingFor",), OBJECTS,
        "Nobody has seen this gateway answer on its TLS port yet.", "Make the port reachable from here.",
    )
    MEDIA_NOT_SRTP = (
        "MediaNotSRTP", ("waitingFor",), OBJECTS,
        "Secured needs SRTP on every linked gateway, and this one does not declare it.",
        "Set spec.media to SRTP if the gateway can, else use SIPSecured.",
    )
    LINKED_TO_UNSECURED = (
        "LinkedToUnsecuredPlan", ("waitingFor",), OBJECTS,
        "The gateway also serves a dial plan that stays Unsecured; one port cannot do both.",
        "Secure that plan as well, or take one of the links away.",
    )
    NOT_DECLARED = (
        "NotDeclared", ("waitingFor",), PLAN,
        "A gateway is linked to the plan in Exchange, and no resource stands for it.",
        "Declare the gateway, or remove its hunt group in Exchange.",
    )

    # It differs
    DRIFTED = (
        "Drifted", ("Ready",), OBJECTS,
        "Something was changed in Exchange after it had been as declared, or Observe only reports.",
        "status.drift shows path, want and have.",
    )
    OBSERVE = (
        "ObserveMode", ("Ready", "Drifted"), OBJECTS,
        "In mode Observe differences are reported and left alone.",
        "Set mode Enforce when the differences are what you want changed.",
    )
    CORRECTING = (
        "Correcting", ("Drifted",), OBJECTS,
        "What was changed in Exchange is being brought back.", NOTHING,
    )
    CHANGED_BY_OTHERS = (
        "ChangedByOthers", ("Drifted",), OBJECTS,
        "Somebody changes a field back each time it is corrected (R27).",
        "Agree with them, or name the field in spec.ignoreDrift.",
    )

    # It cannot be known
    NOT_READ = (
        "NotRead", ("Ready", "waitingFor"), ALL,
        "It could not be read; nothing is decided from that (R1).",
        "See the organisation's condition; its message says what was asked and what was answered.",
    )
    SERVERS_UNREADABLE = (
        "ServersUnreadable", ("Ready",), ORGANIZATION,
        "Some servers in scope cannot be read; they count as out of service.",
        "status.servers says why; repair them, or name them in spec.servers.exclude.",
    )
    ENDPOINT_UNREACHABLE = (
        "EndpointUnreachable", ("Ready", "waitingFor"), ALL,
        "None of the endpoints answers.", "Check names, ports and firewalls of spec.exchange.endpoints.",
    )
    ENDPOINT_UNUSABLE = (
        "EndpointUnusable", ("Ready", "waitingFor"), ALL,
        "An endpoint answers, but not as Exchange's remote PowerShell, or it may not be used from here.",
        "Check path and configuration name, and the certificate if it is https.",
    )
    AUTHENTICATION_FAILED = (
        "AuthenticationFailed", ("Ready", "waitingFor"), ALL,
        "The account is refused.", "Check the Secret, the method, and whether the account is locked.",
    )
    DEADLINE_EXCEEDED = (
        "DeadlineExceeded", ("Ready", "waitingFor"), ALL,
        "An answer took too long; it is asked for again.", NOTHING,
    )
    DOMAIN_CONTROLLER_UNAVAILABLE = (
        "DomainControllerUnavailable", ("Ready", "waitingFor"), ALL,
        "The domain controller that is worked with does not answer; another one is taken.", NOTHING,
    )

    # It needs a person
    INVALID_SPEC = (
        "InvalidSpec", ("Ready", "Stalled"), ALL,
        "The resource breaks a rule of its kind; nothing is done for it.", "Correct what the message names.",
    )
    DEPENDENCY_NOT_FOUND = (
        "DependencyNotFound", ("Ready", "Drifted", "waitingFor"), ALL,
        "A resource that this one names does not exist or cannot be used.", "Create or correct it.",
    )
    CLAIMED = (
        "Claimed", ("Ready", "Stalled"), OBJECTS,
        "Another resource has the same name in Exchange, hunt group or address.",
        "Delete one of the two; the message names the holder.",
    )
    ORGANIZATION_CLAIMED = (
        "OrganizationClaimed", ("Ready", "Stalled"), ALL,
        "Another ExchangeOrganization stands for the same Exchange organisation and has it; nothing is "
        "written for this one.", "Delete one of the two.",
    )
    OTHER_ORGANIZATION = (
        "OtherOrganization", ("Ready", "Stalled"), ALL,
        "The endpoints lead to another Exchange organisation than the one that is remembered.",
        "Correct spec.exchange.endpoints; for another organisation declare another ExchangeOrganization, "
        "or give umctl another --state.",
    )
    RENAMED = (
        "Renamed", ("Ready", "Stalled"), OBJECTS,
        "The object was renamed in Exchange; a second one beside it would take its calls.",
        "Give it its name back, or declare it under the name that it has now.",
    )
    IMMUTABLE_FIELD_DIFFERS = (
        "ImmutableFieldDiffers", ("Ready", "Stalled"), OBJECTS,
        "The object in Exchange differs in something that cannot be changed there.",
        "Declare what Exchange has, or choose another name.",
    )
    ALREADY_EXISTS = (
        "AlreadyExists", ("Ready", "Stalled"), OBJECTS,
        "Exchange has another object of that name or address.", "Choose another one, or remove that object.",
    )
    ADDRESS_IN_USE = (
        "AddressInUse", ("Ready", "Stalled"), GATEWAY,
        "Another gateway in Exchange has the same address and keeps it, or two are to exchange theirs.",
        "Adopt that gateway by its name, or remove it; for an exchange see the message.",
    )
    TOO_MANY_GATEWAYS = (
        "TooManyGateways", ("Ready", "Stalled"), OBJECTS,
        "With more than 200 gateways in a dial plan the UM service does not start.",
        "Link fewer gateways to the plan.",
    )
    IN_USE = (
        "InUse", ("Ready", "Stalled"), OBJECTS,
        "Exchange does not remove an object that others refer to; it is tried again by every full pass.",
        "Remove what the message names.",
    )
    FORBIDDEN = (
        "Forbidden", ("Ready", "Stalled", "waitingFor"), ALL,
        "An account lacks a right: in Exchange to a cmdlet or parameter, in the cluster to a Secret; it is "
        "tried again by every full pass.",
        "Grant what the message names; umctl check tries the roles in Exchange.",
    )
    REFUSED = (
        "Refused", ("Ready", "Stalled"), OBJECTS,
        "Exchange refuses the change, and will until something is changed.", "The message quotes Exchange.",
    )
    CORRECTION_STOPPED = (
        "CorrectionStopped", ("Ready", "Stalled"), OBJECTS,
        "A field was corrected three times within an hour and changed back each time (R27).",
        "Settle who owns it, then set the annotation unifiedmessaging.dev/retry-requested-at.",
    )
    MANUAL_ACTION_REQUIRED = (
        "ManualActionRequired", ("Ready", "ManualActionRequired"), ALL,
        "A step can only be done by a person.", "Do what the message says; it is seen by itself.",
    )
    APPROVAL_REQUIRED = (
        "ApprovalRequired", ("PlanPending",), ALL,
        "A plan waits for approval.", "Read it, and set spec.approvedPlan to its digest.",
    )
    PLAN_STALE = (
        "PlanStale", ("PlanPending", "waitingFor"), ALL,
        "Exchange was changed by hand after the plan was made; the step that stood on that and those after "
        "it do not run, everything else of the plan does.",
        "The message has path, had and has. Read the new plan and approve it.",
    )
    PLAN_NOT_FOUND = (
        "PlanNotFound", ("PlanPending", "waitingFor"), ALL,
        "spec.approvedPlan names a plan that is not stored: it was mistyped, deleted, or replaced since.",
        "Read the plan that the message names and approve that one.",
    )
    PLAN_UNUSABLE = (
        "PlanUnusable", ("PlanPending", "waitingFor"), ALL,
        "What is stored under the approved name is not that plan: changed by hand, damaged, or of another "
        "release.",
        "Delete it, and approve the plan that is made anew.",
    )
    PLAN_TOO_LARGE = (
        "PlanTooLarge", ("PlanPending",), ALL,
        "The plan does not fit into a ConfigMap, so it cannot be approved as a whole.",
        "Approve it in parts: set mode Observe on some of the resources first.",
    )

    # It rests
    SUSPENDED = (
        "Suspended", ("Ready", "Drifted", "Suspended", "waitingFor"), ALL,
        "spec.suspend stops new writes here or at the organisation; what is begun is finished.",
        "Take spec.suspend away.",
    )
    HOLD = (
        "Hold", ("Ready", "Drifted", "Suspended", "waitingFor"), ALL,
        "The annotation unifiedmessaging.dev/hold or umctl halt stops new writes (R25).",
        "Wait for its end, or take it away.",
    )
