"""Every reason: the word in conditions, events and ``status.waitingFor``.

A reason is part of the API: it is documented once, by its row in ``reason_table``, and used everywhere else
by its name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from um_operator.api.meta import KindName
from um_operator.api.reason_table import ROWS
from um_operator.api.reason_table.row import Place


class Reason(StrEnum):
    """A reason with its row of the table: where it stands, for which kinds, what it means, what to do."""

    places: tuple[Place, ...]
    kinds: tuple[KindName, ...]
    meaning: str
    action: str

    def __new__(cls, word: str) -> Self:
        """Make a member of a word that has a row."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.places, member.kinds, member.meaning, member.action = ROWS[word]
        return member

    # It is well
    CONNECTED = "Connected"
    UP_TO_DATE = "UpToDate"
    DEPLOYED = "Deployed"
    SERVING = "Serving"

    # It is on its way
    PENDING = "Pending"
    APPLYING = "Applying"
    ISSUING = "Issuing"
    DEPLOYING = "Deploying"
    ROLLING_BACK = "RollingBack"
    DELETING = "Deleting"

    # It waits
    WAITING_FOR_WINDOW = "WaitingForWindow"
    WAITING_FOR_APPROVAL = "WaitingForApproval"
    WAITING_FOR_SERVERS = "WaitingForServers"
    WAITING_FOR_GATEWAYS = "WaitingForGateways"
    WAITING_FOR_SECURE = "WaitingForSecure"
    WAITING_FOR_REPLICATION = "WaitingForReplication"
    WAITING_FOR_LEASE = "WaitingForLease"
    WAITING_FOR_CALLS = "WaitingForCalls"
    WAITING_FOR_DIAL_PLAN = "WaitingForDialPlan"
    WAITING_FOR_GATEWAY = "WaitingForGateway"
    WAITING_FOR_HUNT_GROUP = "WaitingForHuntGroup"
    WAITING_FOR_MAILBOX_POLICY = "WaitingForMailboxPolicy"
    WAITING_FOR_READING = "WaitingForReading"
    WAITING_FOR_CERTIFICATE = "WaitingForCertificate"
    WAITING_FOR_DEVICE = "WaitingForDevice"
    WAITING_FOR_TRUST = "WaitingForTrust"
    WAITING_FOR_BUDGET = "WaitingForBudget"
    WAITING_FOR_BASELINE = "WaitingForBaseline"
    WAITING_FOR_SERVER = "WaitingForServer"
    WAITING_FOR_SERVICE = "WaitingForService"
    WAITING_FOR_SOAK = "WaitingForSoak"
    ISSUANCE_PENDING = "IssuancePending"
    RESTART_OWED = "RestartOwed"
    DRAIN_TIMED_OUT = "DrainTimedOut"

    # What a dial plan's security waits for, one word a missing item
    STARTUP_MODE_TCP = "StartupModeTCP"
    STARTUP_MODE_TLS = "StartupModeTLS"
    ADDRESS_NOT_FQDN = "AddressNotFQDN"
    NOT_PROBED = "NotProbed"
    PLAIN_SIP_ON_TLS_PORT = "PlainSIPOnTLSPort"
    MEDIA_NOT_SRTP = "MediaNotSRTP"
    LINKED_TO_UNSECURED = "LinkedToUnsecuredPlan"
    NOT_DECLARED = "NotDeclared"

    # What a rollout of certificates waits for, one word a missing item
    PEER_UNTRUSTED = "PeerUntrusted"
    PEER_TRUST_UNKNOWN = "PeerTrustUnknown"
    CHAIN_UNTRUSTED = "ChainUntrusted"
    PROBE_PATH_BLOCKED = "ProbePathBlocked"
    SERVER_OUT_OF_SERVICE = "ServerOutOfService"
    FOREIGN_MAINTENANCE = "ForeignMaintenance"

    # Why nothing is brought to a device
    DEVICE_LOCKED = "DeviceLocked"
    FOREIGN_CHANGES = "ForeignChanges"
    DEVICE_UNREACHABLE = "DeviceUnreachable"
    HOST_KEY_UNKNOWN = "HostKeyUnknown"
    LOGIN_REFUSED = "LoginRefused"
    INVALID_RECIPE = "InvalidRecipe"
    DELIVERY_FAILED = "DeliveryFailed"
    PROTECTED_LISTENER_SILENT = "ProtectedListenerSilent"
    PROTECTED_LISTENER_LOST = "ProtectedListenerLost"

    # Why a certificate is not fit
    KEY_MISMATCH = "KeyMismatch"
    NAME_MISSING = "NameMissing"
    COMMON_NAME_DIFFERS = "CommonNameDiffers"
    WILDCARD_COMMON_NAME = "WildcardCommonName"
    SELF_SIGNED = "SelfSigned"
    KEY_NOT_FIT = "KeyNotFit"
    WEAK_SIGNATURE = "WeakSignature"
    SERVER_AUTHENTICATION_MISSING = "ServerAuthenticationMissing"
    REVOKED = "Revoked"
    NOT_VALID_YET = "NotValidYet"
    EXPIRED = "Expired"

    # What a look at a gateway found
    ANSWERED = "Answered"
    HANDSHAKE_DONE = "HandshakeDone"
    TAKES_CONNECTIONS = "TakesConnections"
    NAME_NOT_RESOLVED = "NameNotResolved"
    UNREACHABLE = "Unreachable"
    CONNECTION_REFUSED = "ConnectionRefused"
    NO_ANSWER = "NoAnswer"
    PROBABLE_ACCESS_CONTROL = "ProbableAccessControl"
    NOT_SIP = "NotSIP"
    INCONCLUSIVE = "Inconclusive"
    TLS_ON_PLAIN_PORT = "TLSOnPlainPort"
    NO_COMMON_PROTOCOL = "NoCommonProtocol"
    NO_COMMON_CIPHER = "NoCommonCipher"
    CERTIFICATE_NOT_UNDERSTOOD = "CertificateNotUnderstood"
    OLD_PROTOCOL = "OldProtocol"
    NO_FORWARD_SECRECY = "NoForwardSecrecy"
    CLIENT_CERTIFICATE_NOT_REQUESTED = "ClientCertificateNotRequested"
    CLIENT_CERTIFICATE_REQUIRED = "ClientCertificateRequired"
    CLIENT_CERTIFICATE_REJECTED = "ClientCertificateRejected"
    PROBABLE_CERTIFICATE_REJECTION = "ProbableCertificateRejection"
    PEER_EXPIRED = "PeerExpired"
    PEER_NOT_VALID_YET = "PeerNotValidYet"
    PEER_NAME_MISSING = "PeerNameMissing"
    PEER_NAME_IN_SUBJECT_ONLY = "PeerNameInSubjectOnly"
    PEER_ISSUER_UNKNOWN = "PeerIssuerUnknown"
    PEER_SELF_SIGNED = "PeerSelfSigned"
    PROBABLE_INTERMEDIATE_MISSING = "ProbableIntermediateMissing"
    PEER_CHAIN_BROKEN = "PeerChainBroken"
    PEER_NOT_FOR_SERVERS = "PeerNotForServers"
    PEER_NOT_FOR_CLIENTS = "PeerNotForClients"
    PEER_KEY_WEAK = "PeerKeyWeak"
    PEER_SIGNATURE_WEAK = "PeerSignatureWeak"
    SIP_SILENT = "SIPSilent"
    SIP_ERROR = "SIPError"

    # What stands between Unified Messaging and Lync
    LYNC_NOT_CONFIGURED = "LyncNotConfigured"
    POOL_NOT_FOUND = "PoolNotFound"
    POOL_NOT_SUPPORTED = "PoolNotSupported"
    DIAL_PLAN_NOT_SIP_NAME = "DialPlanNotSipName"
    INCOMPATIBLE_SECURITY = "IncompatibleSecurity"
    SERVER_NOT_IN_DIAL_PLAN = "ServerNotInDialPlan"
    POOL_GATEWAY_MISSING = "PoolGatewayMissing"
    OUTBOUND_GATEWAY_DIFFERS = "OutboundGatewayDiffers"
    PERMISSIONS_MISSING = "PermissionsMissing"
    CONTACTS_MISSING = "ContactsMissing"
    FRONT_END_CERTIFICATE_UNFIT = "FrontEndCertificateUnfit"
    FRONT_END_UNTRUSTING = "FrontEndUntrusting"
    CALLS_REJECTED = "CallsRejected"
    WAITING_FOR_PERMISSIONS = "WaitingForPermissions"
    WAITING_FOR_CONTACTS = "WaitingForContacts"
    WAITING_FOR_PLANS = "WaitingForPlans"
    WAITING_FOR_MANAGEMENT_STORE = "WaitingForManagementStore"
    WAITING_FOR_FRONT_ENDS = "WaitingForFrontEnds"
    FRONT_END_DOWN = "FrontEndDown"
    POOL_NOT_READY = "PoolNotReady"
    ROUTING_GROUP_AT_RISK = "RoutingGroupAtRisk"
    QUORUM_AT_RISK = "QuorumAtRisk"
    POOL_TOO_SMALL = "PoolTooSmall"
    RESTART_BY_HAND = "RestartByHand"
    WAITING_FOR_EXCHANGE_RESTARTS = "WaitingForExchangeRestarts"

    # It differs
    DRIFTED = "Drifted"
    OBSERVE = "ObserveMode"
    CORRECTING = "Correcting"
    CHANGED_BY_OTHERS = "ChangedByOthers"
    FOREIGN_CERTIFICATE = "ForeignCertificate"

    # It cannot be known
    NOT_PROVEN = "NotProven"
    NOT_READ = "NotRead"
    SERVERS_UNREADABLE = "ServersUnreadable"
    ENDPOINT_UNREACHABLE = "EndpointUnreachable"
    ENDPOINT_UNUSABLE = "EndpointUnusable"
    SESSION_CONFIGURATION_NOT_FOUND = "SessionConfigurationNotFound"
    AUTHENTICATION_FAILED = "AuthenticationFailed"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    DOMAIN_CONTROLLER_UNAVAILABLE = "DomainControllerUnavailable"

    # It needs a person
    INVALID_SPEC = "InvalidSpec"
    DEPENDENCY_NOT_FOUND = "DependencyNotFound"
    CLAIMED = "Claimed"
    ORGANIZATION_CLAIMED = "OrganizationClaimed"
    OTHER_ORGANIZATION = "OtherOrganization"
    RENAMED = "Renamed"
    IMMUTABLE_FIELD_DIFFERS = "ImmutableFieldDiffers"
    ALREADY_EXISTS = "AlreadyExists"
    ADDRESS_IN_USE = "AddressInUse"
    TOO_MANY_GATEWAYS = "TooManyGateways"
    IN_USE = "InUse"
    FORBIDDEN = "Forbidden"
    REFUSED = "Refused"
    CORRECTION_STOPPED = "CorrectionStopped"
    MANUAL_ACTION_REQUIRED = "ManualActionRequired"
    APPROVAL_REQUIRED = "ApprovalRequired"
    PLAN_STALE = "PlanStale"
    PLAN_NOT_FOUND = "PlanNotFound"
    PLAN_UNUSABLE = "PlanUnusable"
    PLAN_TOO_LARGE = "PlanTooLarge"

    # Certificates need a person
    INVALID_ISSUER = "InvalidIssuer"
    ISSUANCE_DENIED = "IssuanceDenied"
    ISSUANCE_FAILED = "IssuanceFailed"
    SIGNING_REQUIRED = "SigningRequired"
    CERTIFICATE_NOT_FOUND = "CertificateNotFound"
    KEY_NOT_EXPORTABLE = "KeyNotExportable"
    PLANS_UNSECURED = "PlansUnsecured"
    PLANS_SECURED = "PlansSecured"
    NO_SERVERS = "NoServers"
    INFEASIBLE = "Infeasible"
    REJECTED = "Rejected"
    ROLLOUT_STOPPED = "RolloutStopped"
    NOT_SECURED = "NotSecured"
    NO_WAY_BACK = "NoWayBack"

    # It rests
    SUSPENDED = "Suspended"
    HOLD = "Hold"
