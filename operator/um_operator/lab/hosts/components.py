"""Server component states: each requester says his own, the worst of them holds (field notes 5.2, lab L7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from um_operator.lab.clock import Clock

State = Literal["Active", "Draining", "Inactive"]
Place = Literal["Local", "Remote"]
"""In the registry of the server itself, or in the directory."""

STATES: tuple[State, ...] = ("Active", "Draining", "Inactive")
"""From the best to the worst."""
REQUESTERS = ("HealthApi", "Maintenance", "Sidelined", "Functional", "Deployment")
SERVER_WIDE = "ServerWideOffline"
"""Whoever holds this one holds every component of the server."""
UM_CALL_ROUTER = "UMCallRouter"
UNIFIED_MESSAGING = "UnifiedMessaging"
"""Names of the call router's component: the second is what some topics of Exchange 2013 call it."""
_BEFORE_ROUTER = (
    SERVER_WIDE, "HubTransport", "FrontendTransport", "Monitoring", "RecoveryActionsEnabled",
    "AutoDiscoverProxy", "ActiveSyncProxy", "EcpProxy", "EwsProxy", "ImapProxy", "OabProxy", "OwaProxy",
    "PopProxy", "PushNotificationsProxy", "RpsProxy", "RwsProxy", "RpcProxy",
)  # fmt: skip
_AFTER_ROUTER = (
    "XropProxy", "HttpProxyAvailabilityGroup", "ForwardSyncDaemon", "ProvisioningRps", "MapiProxy",
    "EdgeTransport", "HighAvailability", "SharedCache", "MailboxDeliveryProxy", "RoutingUpdates", "RestProxy",
    "DefaultProxy", "Lsass", "RoutingService", "E4EProxy", "CafeLAMv2", "LogExportProvider",
)  # fmt: skip
_OFF = frozenset({"ForwardSyncDaemon", "ProvisioningRps"})
"""Components that are Inactive though nobody asked for it."""


def installed(router: str = UM_CALL_ROUTER) -> tuple[str, ...]:
    """The components of a server, in its order (a capture of Exchange 2016)."""
    return (*_BEFORE_ROUTER, router, *_AFTER_ROUTER)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one requester said of one component, in one place, and when."""

    component: str
    requester: str
    place: Place
    state: State
    time: datetime


class ComponentStates:
    """The component states of one server; they outlive reboots.

    Args:
        clock: whose time entries get.
        names: the components that the server has.
    """

    def __init__(self, clock: Clock, names: tuple[str, ...] = installed()) -> None:
        self._clock = clock
        self.names = names
        self._entries: dict[tuple[str, str, Place], Entry] = {}

    def set(
        self,
        component: str,
        requester: str,
        state: State,
        places: tuple[Place, ...] = ("Local", "Remote"),
    ) -> None:
        """Have a requester say a state; names are taken as they stand in :attr:`names` and REQUESTERS."""
        for place in places:
            entry = Entry(component, requester, place, state, self._clock.now())
            self._entries[component, requester, place] = entry

    def entries(self, component: str) -> Iterator[Entry]:
        """What was said of a component, in the order of the first word of each requester."""
        return (entry for entry in tuple(self._entries.values()) if entry.component == component)

    def requested(self, component: str, requester: str) -> State | None:
        """What a requester says: the worse of both places; None if he never said anything."""
        said = [e.state for e in self.entries(component) if e.requester == requester]
        return max(said, key=STATES.index) if said else None

    def state(self, component: str) -> State:
        """The state that holds: the worst of all requesters, for the component or for the whole server."""
        own = [entry.state for entry in self.entries(component)]
        if not own and component in _OFF:
            return "Inactive"
        said = [*own, *(entry.state for entry in self.entries(SERVER_WIDE))]
        return max(said, key=STATES.index, default="Active")

    def begin(self, router: str) -> None:
        """Have said what every server says from its set-up on (captured)."""
        self.set(router, "HealthApi", "Active", ("Local",))
        for component in (SERVER_WIDE, "Monitoring", "RecoveryActionsEnabled"):
            self.set(component, "Functional", "Active")
