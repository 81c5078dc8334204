"""Facts about the machines: services, component states, listeners on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from um_operator.observed.certificates import CertificateFact, HostStores
from um_operator.observed.exchange import CallRouterFact, UMServiceFact
from um_operator.observed.fact import Fact

ServiceStatus: TypeAlias = Literal["Running", "Stopped", "StartPending", "StopPending", "Paused", "Other"]


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A Windows service, as the host shows it: ``MSExchangeUM`` or ``MSExchangeUMCR``.

    ``started_at`` is the start of its process, ``None`` while it has none or the host does not show it.
    """

    name: str
    status: ServiceStatus
    started_at: datetime | None = None


ComponentState: TypeAlias = Literal["Active", "Inactive", "Draining", "Unknown"]


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """A server component (Get-ServerComponentState) and who asks for which state of it.

    ``state`` is the effective one: the worst of all requesters. ``requested`` is by requester, the worse of
    the local and the directory's entry.
    """

    name: str
    state: ComponentState
    requested: Mapping[str, ComponentState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """The port refuses connections."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The port answers SIP without TLS. ``status``: of the answer to OPTIONS, ``None`` if none came."""

    status: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """The port takes connections; what it speaks was not asked."""


@dataclass(frozen=True, slots=True)
class PathError:
    """Why there is no valid path from a certificate shown to a CA that is trusted.

    Attributes:
        code: of OpenSSL (``X509_V_ERR_...``), such as 10 for expired, 20 for an issuer that is missing.
        depth: of the certificate at fault; 0 is the leaf.
    """

    code: int
    depth: int


@dataclass(frozen=True, slots=True)
class TLS:
    """The port speaks TLS.

    Attributes:
        leaf: the certificate served.
        sent: the rest of the chain as sent, nearest first.
        version: such as ``TLSv1.2``.
        cipher_suite: as OpenSSL names it.
        requests_client_certificate: whether the peer asked for ours.
        accepted_authorities: subjects (RFC 4514) of the CAs that the peer says it accepts.
        status: of the answer to OPTIONS, ``None`` if none came.
        server: how the peer calls itself (Server, else User-Agent).
        refusal: how the peer refused us after it had shown its leaf: an alert's name, ``closed``; else empty.
        path_errors: what is wrong with the chain by the CAs that we know; ``None``: none are known.
    """

    leaf: CertificateFact
    sent: tuple[CertificateFact, ...] = ()
    version: str = ""
    cipher_suite: str = ""
    requests_client_certificate: bool = False
    accepted_authorities: frozenset[str] = frozenset()
    status: int | None = None
    server: str = ""
    refusal: str = ""
    path_errors: tuple[PathError, ...] | None = None


Listener: TypeAlias = Closed | Open | Plain | TLS
"""What a port was seen to be; what could not be told is Unknown, as every fact."""


EventId: TypeAlias = int


@dataclass(frozen=True, slots=True)
class HostEvent:
    """An event that speaks against a rollout (R16), by its record id in the host's log."""

    record_id: int
    event_id: EventId
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What one server shows of itself.

    Attributes:
        services: by Windows name; a service that the server's role has and that is missing is Unknown.
        component: of its call router; ``None``: it has no such component.
        calls: calls in progress on its UM service (Get-UMActiveCalls -Server).
        listeners: by port, those of its UM service and of its call router.
        um_service: settings as a domain controller of its own site shows them (R9), ``None``: it has none.
        call_router: likewise.
        stores: what it trusts.
        events: the telling ones, the oldest first.
        rejected_calls: calls that its call router has rejected since it was started, ``None``: it has none.
    """

    services: Mapping[str, Fact[ServiceFact]]
    component: Fact[ComponentFact | None]
    calls: Fact[int]
    listeners: Mapping[int, Fact[Listener]]
    um_service: Fact[UMServiceFact | None]
    call_router: Fact[CallRouterFact | None]
    stores: Fact[HostStores]
    events: Fact[tuple[HostEvent, ...]]
    rejected_calls: Fact[int | None]
