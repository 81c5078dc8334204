"""Where nobody could verify what Exchange does, the lab does either: suites run under all of it.

Each choice names what the field notes leave open. The first member of each is the lab's own default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any


class UnknownIdentity(Enum):
    """What Get-UM* answers to an identity that does not exist (field notes 1.5, trap 1)."""

    NOT_FOUND = "an error, ManagementObjectNotFoundException"
    EVERYTHING = "every object, as if no identity were given"


class Landing(Enum):
    """The server that runs a session's cmdlets (field notes 1.7)."""

    ANYWHERE = "any running server of the organisation, drawn a session"
    DIALLED = "the server whose name was dialled"


class Refusal(Enum):
    """How a cmdlet that refuses ends its pipeline."""

    ERROR_RECORD = "an error record, and the pipeline completes"
    TERMINATING = "the pipeline ends in the state Failed with the record"


class Existing(Enum):
    """Exception in the FailureCategory when a name is taken (field notes 7.5: only the stem is known)."""

    DIRECTORY = "ADObjectAlreadyExistsException"
    MANAGEMENT = "ManagementObjectAlreadyExistsException"


class SmartHost(Enum):
    """Shape of a gateway's Address on the wire (field notes 7.4)."""

    TEXT = "a plain string"
    OBJECT = "an object Microsoft.Exchange.Data.UMSmartHost with ToString"


class Enumeration(Enum):
    """Shape of an enum on the wire: the notes differ (remoting 8). Read by the protocol."""

    OBJECT = "ToString and Int32"
    TEXT = "a plain string"


class SharedAddress(Enum):
    """Whether a second gateway may have an address that another one has (field notes 9, event 1175)."""

    REFUSED = "New- and Set-UMIPGateway refuse it"
    ACCEPTED = "accepted; UM writes event 1175"


class SharedPilot(Enum):
    """Whether a gateway may have two hunt groups of one pilot identifier (cmdlet page New-UMHuntGroup)."""

    ACCEPTED = "accepted, also for two plans; the older hunt group gets the calls"
    REFUSED = "New-UMHuntGroup refuses the second"


class GatewayRemoval(Enum):
    """What Remove-UMIPGateway does about hunt groups (field notes 4.1 only advise)."""

    TAKES_HUNT_GROUPS = "removes them with the gateway"
    REFUSED = "refuses while one is left"


class ServerThumbprint(Enum):
    """Whether Get-UMService shows UMCertificateThumbprint (field notes 2.3)."""

    SHOWN = "like Get-UMCallRouterSettings"
    ABSENT = "no such property"


class PlanMembers(Enum):
    """Whether UMServers of a dial plan lists call routers as well (field notes 3.3)."""

    UM_SERVICES = "only servers whose UM service is a member"
    ALL = "servers whose call router is a member, too"


class SingleValue(Enum):
    """Shape of a multi-valued property with one value (field notes 7.4)."""

    LIST = "a list of one"
    SCALAR = "the value alone"


class EmptyList(Enum):
    """Shape of a multi-valued property without a value (field notes 7.4)."""

    EMPTY = "an empty list"
    NIL = "nil"


class CallRouterComponent(Enum):
    """What an Exchange 2013 server calls the component of its call router (field notes 5.2)."""

    UM_CALL_ROUTER = "UMCallRouter, like Exchange 2016"
    UNIFIED_MESSAGING = "UnifiedMessaging"


class Reload(Enum):
    """When a service takes over another binding (field notes 12.3)."""

    AT_START = "when it is started"
    RUNNING = "while it runs, with the next poll of its configuration"


class TLSOnUnsecured(Enum):
    """What a server in Dual does with a call over TLS for an Unsecured plan (lab L4)."""

    TAKEN = "takes it"
    REFUSED = "refuses it"


class GatewayFallback(Enum):
    """What a gateway does whose call over TLS did not come about (lab L4)."""

    NONE = "the call has failed"
    TO_TCP = "tries once more over TCP"


class ModeRefusal(Enum):
    """Exception in the FailureCategory when a service's startup mode is TCP (field notes 12.1)."""

    INVALID_OPERATION = "InvalidOperationException"
    OWN = "CannotEnableCertificateForUMServiceException"


class ThumbprintInTCP(Enum):
    """What going back to startup mode TCP does to UMCertificateThumbprint (field notes 2.3, 12.2)."""

    KEPT = "it stays"
    CLEARED = "it is taken away"


class ServerSideSelect(Enum):
    """What Select-Object finds behind Get-ExchangeCertificate in one pipeline (field notes 1.5, 12.4)."""

    PROPERTIES = "Services, Status, HasPrivateKey and all the rest"
    EMPTY = "only RawData has a value"
    ABSENT = "a session without Select-Object"


class Reimport(Enum):
    """What Import-ExchangeCertificate does about a thumbprint that is there (field notes 12.6)."""

    REFUSED = "an error"
    NOTHING = "no error, no change"


class RemovalOfBound(Enum):
    """Whether a certificate that Unified Messaging uses can be removed (field notes 12.10, lab L11)."""

    SUCCEEDS = "it can"
    REFUSED = "it is refused"


class PfxAES(Enum):
    """Whether the servers can read a PFX with AES (field notes SIP/TLS 3; Windows Server 2016 and older)."""

    REFUSED = "the password is said to be wrong"
    READ = "they can"


class PfxChain(Enum):
    """Where Import-ExchangeCertificate puts intermediates that came with a leaf."""

    LEFT_OUT = "nowhere"
    STORED = "into the machine's store CA"


class StopOfStopped(Enum):
    """What Win32_Service.StopService gives for a service that is stopped."""

    CANNOT_ACCEPT = (5, "the service cannot accept control")
    NOT_ACTIVE = (6, "the service has not been started")


class CertificateItem(Enum):
    """What of a certificate in Cert: crosses the wire (field notes 1.5, of Exchange's own class)."""

    RAW_DATA = "its bytes"
    WHOLE = "Thumbprint, Subject and its bytes"


class CsServiceControl(Enum):
    """Whose services *-CsWindowsService reaches from a session of /OcsPowershell (field notes 12.11)."""

    ANYWHERE = "those of every computer"
    OWN_COMPUTER = "those of the computer of the session: there is no second hop"


class GracefulNoWait(Enum):
    """What Stop-CsWindowsService makes of -Graceful together with -NoWait (field notes 5.5, 12.11)."""

    COMBINED = "it returns at once, and the service stops when its sessions are over"
    WAITS = "it waits for the sessions"


class FabricText(Enum):
    """How the text of Get-CsPoolFabricState comes over the wire (field notes 5.6)."""

    LINES = "a string for each line"
    WHOLE = "one string"


class PermissionScript(Enum):
    """Which port ExchUcUtil gives the gateways that it makes (field notes 6.1, 12.7)."""

    PLAIN = "5060, the default"
    TLS = "5061"


class UnknownServer(Enum):
    """What a front end does about a UM server that it does not know yet but whose certificate it believes."""

    ANSWERED = "OPTIONS are answered, calls are refused"
    REFUSED = "the handshake fails"


class ContactsSeen(Enum):
    """When a front end takes notice of a contact (field notes 6.3)."""

    RUNNING = "with the directory's replication"
    AT_START = "when its Front-End service starts"


@dataclass(frozen=True, slots=True)
class Variants:
    """One choice for each open question."""

    unknown_identity: UnknownIdentity = UnknownIdentity.NOT_FOUND
    landing: Landing = Landing.ANYWHERE
    refusal: Refusal = Refusal.ERROR_RECORD
    existing: Existing = Existing.DIRECTORY
    smart_host: SmartHost = SmartHost.TEXT
    enumeration: Enumeration = Enumeration.OBJECT
    shared_address: SharedAddress = SharedAddress.REFUSED
    shared_pilot: SharedPilot = SharedPilot.ACCEPTED
    gateway_removal: GatewayRemoval = GatewayRemoval.TAKES_HUNT_GROUPS
    server_thumbprint: ServerThumbprint = ServerThumbprint.SHOWN
    plan_members: PlanMembers = PlanMembers.UM_SERVICES
    single_value: SingleValue = SingleValue.LIST
    empty_list: EmptyList = EmptyList.EMPTY
    call_router_component: CallRouterComponent = CallRouterComponent.UM_CALL_ROUTER
    reload: Reload = Reload.AT_START
    tls_on_unsecured: TLSOnUnsecured = TLSOnUnsecured.TAKEN
    gateway_fallback: GatewayFallback = GatewayFallback.NONE
    mode_refusal: ModeRefusal = ModeRefusal.INVALID_OPERATION
    thumbprint_in_tcp: ThumbprintInTCP = ThumbprintInTCP.KEPT
    server_side_select: ServerSideSelect = ServerSideSelect.PROPERTIES
    reimport: Reimport = Reimport.REFUSED
    removal_of_bound: RemovalOfBound = RemovalOfBound.SUCCEEDS
    pfx_aes: PfxAES = PfxAES.REFUSED
    pfx_chain: PfxChain = PfxChain.LEFT_OUT
    stop_of_stopped: StopOfStopped = StopOfStopped.CANNOT_ACCEPT
    certificate_item: CertificateItem = CertificateItem.RAW_DATA
    cs_service_control: CsServiceControl = CsServiceControl.ANYWHERE
    graceful_no_wait: GracefulNoWait = GracefulNoWait.COMBINED
    fabric_text: FabricText = FabricText.LINES
    permission_script: PermissionScript = PermissionScript.PLAIN
    contacts_seen: ContactsSeen = ContactsSeen.RUNNING
    unknown_server: UnknownServer = UnknownServer.ANSWERED

    @classmethod
    def others(cls) -> Variants:
        """The opposite of every default."""
        return cls(**{f.name: _alternatives(f.default)[0] for f in fields(cls)})

    @classmethod
    def each(cls) -> Iterator[tuple[str, Variants]]:
        """The defaults, then each single departure from them, then all departures, with a name each."""
        yield "defaults", cls()
        for choice in fields(cls):
            for other in _alternatives(choice.default):
                yield f"{choice.name}={other.name}", replace(cls(), **{choice.name: other})
        yield "others", cls.others()


def _alternatives(default: Any) -> list[Any]:
    return [member for member in type(default) if member is not default]
