"""What cannot be known, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import (
    ALL,
    CERTIFICATE,
    GATEWAY,
    NOTHING,
    OBJECTS,
    ORGANIZATION,
    OWNED,
    PLAN,
    RESTART_WAITS,
    Row,
)

TROUBLE: Final[Mapping[str, Row]] = {
    # It cannot be known
    "NotProven": Row(
        ("Ready", "waitingFor"),
        (*CERTIFICATE, *PLAN),
        "What a server serves could not be seen from here, so nothing is said about it (R1).",
        "Open its SIP ports for the operator, or set proof to Bound.",
    ),
    "NotRead": Row(
        ("Ready", "waitingFor"),
        ALL,
        "It could not be read; nothing is decided from that (R1).",
        "See the organisation's condition; its message says what was asked and what was answered.",
    ),
    "ServersUnreadable": Row(
        ("Ready",),
        ORGANIZATION,
        "Some servers in scope cannot be read; they count as out of service.",
        "status.servers says why; repair them, or name them in spec.servers.exclude.",
    ),
    "EndpointUnreachable": Row(
        ("Ready", "waitingFor"),
        ALL,
        "None of the endpoints answers.",
        "Check names, ports and firewalls of spec.exchange.endpoints.",
    ),
    "EndpointUnusable": Row(
        ("Ready", "waitingFor"),
        ALL,
        "An endpoint answers, but not as Exchange's remote PowerShell, or it may not be used from here.",
        "Check path and configuration name, and the certificate if it is https.",
    ),
    "SessionConfigurationNotFound": Row(
        ("Ready", "waitingFor"),
        ALL,
        "The server has no session configuration of that name, such as the one in hosts.configurationName.",
        "Register it there (deploy/jea), or correct the name.",
    ),
    "AuthenticationFailed": Row(
        ("Ready", "waitingFor"),
        ALL,
        "The account is refused.",
        "Check the Secret, the method, and whether the account is locked.",
    ),
    "DeadlineExceeded": Row(
        ("Ready", "waitingFor"),
        ALL,
        "An answer took too long; it is asked for again.",
        NOTHING,
    ),
    "DomainControllerUnavailable": Row(
        ("Ready", "waitingFor"),
        ALL,
        "The domain controller that is worked with does not answer; another one is taken.",
        NOTHING,
    ),
    # It needs a person
    "InvalidSpec": Row(
        ("Ready", "Stalled"),
        ALL,
        "The resource breaks a rule of its kind; nothing is done for it.",
        "Correct what the message names.",
    ),
    "DependencyNotFound": Row(
        RESTART_WAITS,
        ALL,
        "A resource that this one names does not exist, cannot be used, or is being deleted.",
        "Create or correct it.",
    ),
    "Claimed": Row(
        ("Ready", "Stalled"),
        OWNED,
        "Another resource has the same name in Exchange, hunt group or address, or a service of a server.",
        "Delete one of the two; the message names the holder.",
    ),
    "OrganizationClaimed": Row(
        ("Ready", "Stalled"),
        ALL,
        "Another ExchangeOrganization stands for the same Exchange organisation and has it; nothing is "
        "written for this one.",
        "Delete one of the two.",
    ),
    "OtherOrganization": Row(
        ("Ready", "Stalled"),
        ALL,
        "The endpoints lead to another Exchange organisation than the one that is remembered.",
        "Correct spec.exchange.endpoints; for another organisation declare another ExchangeOrganization, "
        "or give umctl another --state.",
    ),
    "Renamed": Row(
        ("Ready", "Stalled"),
        OBJECTS,
        "The object was renamed in Exchange; a second one beside it would take its calls.",
        "Give it its name back, or declare it under the name that it has now.",
    ),
    "ImmutableFieldDiffers": Row(
        ("Ready", "Stalled"),
        OBJECTS,
        "The object in Exchange differs in something that cannot be changed there.",
        "Declare what Exchange has, or choose another name.",
    ),
    "AlreadyExists": Row(
        ("Ready", "Stalled"),
        OBJECTS,
        "Exchange has another object of that name or address.",
        "Choose another one, or remove that object.",
    ),
    "AddressInUse": Row(
        ("Ready", "Stalled"),
        GATEWAY,
        "Another gateway in Exchange has the same address and keeps it, or two are to exchange theirs.",
        "Adopt that gateway by its name, or remove it; for an exchange see the message.",
    ),
    "TooManyGateways": Row(
        ("Ready", "Stalled"),
        OBJECTS,
        "With more than 200 gateways in a dial plan the UM service does not start.",
        "Link fewer gateways to the plan.",
    ),
    "InUse": Row(
        ("Ready", "Stalled"),
        OBJECTS,
        "Exchange does not remove an object that others refer to; it is tried again by every full pass.",
        "Remove what the message names.",
    ),
    "Forbidden": Row(
        ("Ready", "Stalled", "waitingFor"),
        ALL,
        "An account lacks a right: in Exchange to a cmdlet or parameter, in the cluster to a Secret; it is "
        "tried again by every full pass.",
        "Grant what the message names; umctl check tries the roles in Exchange.",
    ),
    "Refused": Row(
        ("Ready", "Stalled"),
        OWNED,
        "Exchange refuses the change, and will until something is changed.",
        "The message quotes Exchange.",
    ),
    "CorrectionStopped": Row(
        ("Ready", "Stalled"),
        OWNED,
        "A field was corrected three times within an hour and changed back each time (R27).",
        "Settle who owns it, then set the annotation unifiedmessaging.dev/retry-requested-at.",
    ),
    "ManualActionRequired": Row(
        ("Ready", "ManualActionRequired"),
        ALL,
        "A step can only be done by a person.",
        "Do what the message says; it is seen by itself.",
    ),
    "ApprovalRequired": Row(
        ("PlanPending",),
        ALL,
        "A plan waits for approval.",
        "Read it, and set spec.approvedPlan to its digest.",
    ),
    "PlanStale": Row(
        ("PlanPending", "waitingFor"),
        ALL,
        "Exchange was changed by hand after the plan was made; the step that stood on that and those after "
        "it do not run, everything else of the plan does.",
        "The message has path, had and has. Read the new plan and approve it.",
    ),
    "PlanNotFound": Row(
        ("PlanPending", "waitingFor"),
        ALL,
        "spec.approvedPlan names a plan that is not stored: it was mistyped, deleted, or replaced since.",
        "Read the plan that the message names and approve that one.",
    ),
    "PlanUnusable": Row(
        ("PlanPending", "waitingFor"),
        ALL,
        "What is stored under the approved name is not that plan: changed by hand, damaged, or of another "
        "release.",
        "Delete it, and approve the plan that is made anew.",
    ),
    "PlanTooLarge": Row(
        ("PlanPending",),
        ALL,
        "The plan does not fit into a ConfigMap, so it cannot be approved as a whole.",
        "Approve it in parts: set mode Observe on some of the resources first.",
    ),
    # Certificates need a person
    "InvalidIssuer": Row(
        ("Ready", "Stalled", "ManualActionRequired", "waitingFor"),
        CERTIFICATE,
        "The issuer cannot be used: no CA certificate, a key that is not its own, expired, or not served.",
        "Correct what the message names.",
    ),
    "IssuanceDenied": Row(
        ("Ready", "Drifted", "waitingFor"),
        CERTIFICATE,
        "The issuer refuses the request. It is asked again after 1 h, then 2 h, up to 32 h.",
        "Settle it with whoever runs the issuer; the message quotes it.",
    ),
    "IssuanceFailed": Row(
        ("Ready", "waitingFor"),
        CERTIFICATE,
        "The issuer could not be asked, or its answer cannot be used. It is asked again after 1 h, then 2 h, "
        "up to 32 h.",
        "Correct what the message names; the annotation renew-requested-at asks at once.",
    ),
    "SigningRequired": Row(
        ("ManualActionRequired", "waitingFor"),
        CERTIFICATE,
        "A request waits to be taken to a CA (issuer request).",
        "umctl request get shows it, umctl request complete brings the answer back.",
    ),
    "CertificateNotFound": Row(
        ("Ready", "Stalled", "ManualActionRequired", "waitingFor"),
        CERTIFICATE,
        "The certificate that is to be used is not there: in the Secret, or in the store of the server; or "
        "the key that a server made for it is not.",
        "Put it there, or correct the issuer; for a key, ask for a renewal.",
    ),
    "KeyNotExportable": Row(
        ("Ready", "Stalled"),
        CERTIFICATE,
        "The existing certificate cannot be brought to other servers: its key cannot be exported.",
        "Select only the server that has it, or use another issuer.",
    ),
    "PlansUnsecured": Row(
        ("Ready", "RestartPending", "Stalled", "waitingFor"),
        CERTIFICATE,
        "startupMode TLS would cut off every dial plan that is or becomes Unsecured (R19).",
        "Secure the dial plans that the message names, or use Dual.",
    ),
    "PlansSecured": Row(
        ("Ready", "RestartPending", "Stalled", "waitingFor"),
        CERTIFICATE,
        "startupMode TCP would cut off every dial plan that is secured (R19).",
        "Make the dial plans that the message names Unsecured first, or use Dual.",
    ),
    "NoServers": Row(
        ("Ready",),
        CERTIFICATE,
        "spec.servers selects none of the servers that the organisation counts.",
        "Correct include and exclude.",
    ),
    "Infeasible": Row(
        ("ManualActionRequired",),
        CERTIFICATE,
        "The windows until the certificate ends are too short for all servers.",
        "Make windows longer, renew earlier, or let spec.onMissedWindow be Proceed.",
    ),
    "Rejected": Row(
        ("Ready", "Stalled", "waitingFor"),
        CERTIFICATE,
        "A server could not serve this revision, or a person called it bad; it is not tried there again "
        "(R17).",
        "Repair the cause, then ask for a new revision (umctl renew certificate) or for another try "
        "(umctl retry certificate).",
    ),
    "NotSecured": Row(
        ("Ready", "Stalled"),
        PLAN,
        "Securing the dial plan failed, or calls failed once every server had read it: what stood before "
        "comes back, and it is not tried again (R18).",
        "See to what the message names, then change the spec or set the annotation "
        "unifiedmessaging.dev/retry-requested-at.",
    ),
    "RolloutStopped": Row(
        ("Ready", "RestartPending", "ManualActionRequired", "waitingFor"),
        (*CERTIFICATE, *PLAN),
        "After a restart there was new trouble: errors in a server's event log, rejected calls, or probes "
        "that fail (R16).",
        "See to what the message names, then set the annotation unifiedmessaging.dev/retry-requested-at.",
    ),
    "NoWayBack": Row(
        ("Ready", "Stalled", "ManualActionRequired"),
        CERTIFICATE,
        "A revision is rejected, and a server has no previous certificate to go back to (R17). One that "
        "could not serve it stays out of service, one that a person wants back goes on serving it.",
        "Where the server is out of service repair it at once: its calls fail. Else ask for a new revision "
        "(umctl renew certificate).",
    ),
}
