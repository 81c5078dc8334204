"""What is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.api.reason_table.row import (
    CERTIFICATE,
    GATEWAY,
    LYNC,
    NOTHING,
    OBJECTS,
    OWNED,
    PLAN,
    PROBE_WAITS,
    RESTART_WAITS,
    WAITS,
    Row,
)

WAITING: Final[Mapping[str, Row]] = {
    # It waits
    "WaitingForWindow": Row(
        RESTART_WAITS,
        OWNED,
        "A step that interrupts calls waits for a maintenance window, or for the end of a blackout.",
        "Wait until status.nextWindow, or change spec.maintenanceWindows of the organisation.",
    ),
    "WaitingForApproval": Row(
        RESTART_WAITS,
        OWNED,
        "In mode Plan nothing runs before its plan is approved; some steps need that in any mode.",
        "Read the plan and set spec.approvedPlan of the organisation to its digest.",
    ),
    "WaitingForServers": Row(
        WAITS,
        PLAN,
        "VoIPSecurity stays as it is until every UM and call-router service in scope is ready for TLS (R18).",
        "status.waitingFor names each server and what it lacks.",
    ),
    "WaitingForGateways": Row(
        WAITS,
        PLAN,
        "VoIPSecurity stays as it is until every linked gateway is ready for TLS (R18).",
        "status.waitingFor names each gateway and what it lacks.",
    ),
    "WaitingForSecure": Row(
        WAITS,
        (*LYNC, *OBJECTS),
        "Port 5061 is written directly before a linked dial plan is secured, never earlier, and dial plans "
        "that share gateways are secured together (R18).",
        "See what the dial plan waits for, and those that share gateways with it.",
    ),
    "WaitingForReplication": Row(
        RESTART_WAITS,
        OWNED,
        "What was written is not corrected until every domain controller must have it (replicationGrace).",
        NOTHING,
    ),
    "WaitingForLease": Row(
        RESTART_WAITS,
        OWNED,
        "Another replica worked until lately; nothing that interrupts calls begins until what it sent last "
        "must have ended.",
        NOTHING,
    ),
    "WaitingForCalls": Row(
        RESTART_WAITS,
        OWNED,
        "Calls in progress are let to end first, up to disruption.drainTimeout.",
        NOTHING,
    ),
    "WaitingForDialPlan": Row(
        WAITS,
        (*LYNC, *OBJECTS),
        "A step waits for a dial plan to exist in Exchange, or to be configured.",
        "See the dial plan's own condition.",
    ),
    "WaitingForGateway": Row(
        WAITS,
        (*LYNC, *OBJECTS),
        "A step waits for a gateway to exist, to be reached as declared, or to take no new calls.",
        "See the gateway's own condition.",
    ),
    "WaitingForHuntGroup": Row(
        WAITS,
        (*LYNC, *OBJECTS),
        "A hunt group is added before another one is removed, and removed before what it links (R21).",
        "See the gateway's own condition.",
    ),
    "WaitingForMailboxPolicy": Row(
        ("Ready", "waitingFor"),
        PLAN,
        "A dial plan is removed after the mailbox policy that was made with it.",
        NOTHING,
    ),
    "WaitingForReading": Row(
        RESTART_WAITS,
        OWNED,
        "A step runs only on what was just read; the next pass reads it.",
        NOTHING,
    ),
    "WaitingForCertificate": Row(
        RESTART_WAITS,
        (*LYNC, *GATEWAY, *CERTIFICATE),
        "A step waits until the certificate is issued, imported, or bound on a server.",
        NOTHING,
    ),
    "WaitingForTrust": Row(
        RESTART_WAITS,
        CERTIFICATE,
        "A new chain is not bound before every peer that speaks TLS with these servers trusts it (R6).",
        "status.waitingFor names each peer. Load the CA of status.trustBundle there; where that cannot be "
        "seen, attest it in spec.trust.attested of the gateway.",
    ),
    "WaitingForBudget": Row(
        RESTART_WAITS,
        CERTIFICATE,
        "No server may be taken out of service now: disruption.maxUnavailable are out, whoever took them "
        "out, or no other one takes the calls (R11).",
        "Bring the servers that status.waitingFor names back into service.",
    ),
    "WaitingForBaseline": Row(
        RESTART_WAITS,
        CERTIFICATE,
        "A server is not interrupted before it was once seen to answer from here (R4).",
        "status.waitingFor says what is in the way; where ports cannot be reached, set proof to Bound.",
    ),
    "WaitingForServer": Row(
        RESTART_WAITS,
        CERTIFICATE,
        "Another server comes first: the one in hand, or those that the call router sends calls to.",
        "See its row in status.servers.",
    ),
    "WaitingForService": Row(
        RESTART_WAITS,
        (*LYNC, *CERTIFICATE),
        "A step waits for a service to stop, to start, or to serve the certificate.",
        NOTHING,
    ),
    "WaitingForSoak": Row(
        RESTART_WAITS,
        (*LYNC, *CERTIFICATE, *PLAN),
        "After each server and front end, and each plan that was secured, there is a pause, in which new "
        "trouble stops the rollout (disruption.soak, R16).",
        NOTHING,
    ),
    "IssuancePending": Row(
        ("Ready", "Drifted", "waitingFor"),
        CERTIFICATE,
        "The issuer has not answered yet.",
        "See the request at the issuer; an approval may be due there.",
    ),
    "RestartOwed": Row(
        ("Ready", "RestartPending"),
        (*LYNC, *CERTIFICATE),
        "A service does not listen or serve as its mode and certificate say, or a front end has not found "
        "what is there for it to find; only a restart helps.",
        "It is restarted as soon as rules and windows allow; status.servers or status.pools says more.",
    ),
    "DrainTimedOut": Row(
        ("Drifted", "RestartPending", "ManualActionRequired", "waitingFor"),
        (*LYNC, *GATEWAY, *CERTIFICATE),
        "Calls did not end within disruption.drainTimeout, and onDrainTimeout is Hold (R10); or those on a "
        "front end of Lync within frontEndRestart.drainTimeout (R22).",
        "Wait for the calls, or end them; for servers and gateways onDrainTimeout may be set to Restart. "
        "On a front end no session is ever cut: frontEndRestart.drainTimeout only says when you are told.",
    ),
    # What a dial plan's security waits for, one word a missing item
    "StartupModeTCP": Row(
        ("waitingFor",),
        PLAN,
        "The service on this server listens for plain SIP only.",
        "It needs a certificate and startup mode Dual or TLS.",
    ),
    "StartupModeTLS": Row(
        ("waitingFor",),
        PLAN,
        "The service on this server listens for TLS only, which an Unsecured plan cannot use (R19).",
        "Set startup mode Dual first.",
    ),
    "AddressNotFQDN": Row(
        ("Ready", "Stalled", "waitingFor"),
        OBJECTS,
        "A secured dial plan needs gateways with an FQDN, and this one has an IP address or a short name.",
        "Set spec.address to the name in the gateway's certificate.",
    ),
    "NotProbed": Row(
        ("probe", "waitingFor"),
        OBJECTS,
        "Nobody has seen this gateway answer on its TLS port yet.",
        "Make the port reachable from here.",
    ),
    "PlainSIPOnTLSPort": Row(
        PROBE_WAITS,
        OBJECTS,
        "The port that is to speak TLS answers SIP without it.",
        "Turn on TLS on this port of the gateway, or declare the port that has it.",
    ),
    "MediaNotSRTP": Row(
        ("waitingFor",),
        OBJECTS,
        "Secured needs SRTP on every linked gateway, and this one does not declare it.",
        "Set spec.media to SRTP if the gateway can, else use SIPSecured.",
    ),
    "LinkedToUnsecuredPlan": Row(
        ("waitingFor",),
        OBJECTS,
        "The gateway also serves a dial plan that stays Unsecured; one port cannot do both.",
        "Secure that plan as well, or take one of the links away.",
    ),
    "NotDeclared": Row(
        ("waitingFor",),
        PLAN,
        "A gateway is linked to the plan in Exchange, and no resource stands for it.",
        "Declare the gateway, or remove its hunt group in Exchange.",
    ),
    # What a rollout of certificates waits for, one word a missing item
    "PeerUntrusted": Row(
        ("ManualActionRequired", "waitingFor"),
        CERTIFICATE,
        "This peer showed that it does not trust the new chain.",
        "Load the CA of status.trustBundle there; if it has it all the same, attest it.",
    ),
    "PeerTrustUnknown": Row(
        ("ManualActionRequired", "waitingFor"),
        (*CERTIFICATE, *PLAN),
        "Whether this peer trusts the new chain cannot be seen from here.",
        "Load the CA of status.trustBundle there, and attest it.",
    ),
    "ChainUntrusted": Row(
        ("waitingFor",),
        (*CERTIFICATE, *PLAN),
        "A server does not trust the chain itself, or a gateway's: a root or intermediate is missing in its "
        "stores (R5).",
        "It is brought there where the operator may; else import what the message names.",
    ),
    "ProbePathBlocked": Row(
        ("waitingFor",),
        CERTIFICATE,
        "The SIP ports of this server cannot be reached from here.",
        "Open them for the operator, or set proof to Bound.",
    ),
    "ServerOutOfService": Row(
        ("waitingFor",),
        (*CERTIFICATE, *PLAN),
        "This server is unreachable, not ready, drained or unknown, and counts as unavailable.",
        "Its row in the organisation's status.servers says what is wrong.",
    ),
    "ForeignMaintenance": Row(
        ("ManualActionRequired", "waitingFor"),
        CERTIFICATE,
        "Somebody else took this server out of service; it is left alone and counts as unavailable (R14).",
        "End that maintenance: it is not the operator's to end.",
    ),
}
