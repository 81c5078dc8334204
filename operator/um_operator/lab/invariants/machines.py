"""The machines at a moment: which are out of service and since when, and what they would load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.wire import readable
from um_operator.lab.hosts.components import SERVER_WIDE
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER, Host
from um_operator.lab.invariants.declared import Attributes

SETTINGS = {UM: Kind.UM_SERVICE, UM_CALL_ROUTER: Kind.CALL_ROUTER}
"""The settings that a service loads."""


class Outage(NamedTuple):
    """Why a server does not serve, and since when."""

    why: str
    since: datetime


class Machines(Protocol):
    """What an onlooker sees of machines. Servers are FQDNs in lower case, services named as in Windows."""

    def out_of_service(self) -> Mapping[str, Outage]:
        """Servers that are down, drained, or have a UM service that is not ready."""

    def unready(self, server: str) -> Mapping[str, datetime]:
        """The services of a server that are not running with a warm worker, and since when."""

    def having(self, service: str) -> frozenset[str]:
        """Servers with a service of that name."""

    def holding(self, server: str) -> Mapping[str, str]:
        r"""Who keeps a server's call router from new calls: ``component\requester``, and the state."""

    def calls_on(self, server: str, before: datetime) -> int:
        """Calls that the server tells of and that have gone on since before an instant."""

    def view(self, server: str, service: str) -> Attributes:
        """What the service would load if it started now."""

    def distrusting(self, server: str, thumbprint: str) -> list[str]:
        """Devices on TLS that would not believe the server if it showed that certificate."""

    def disbelieving(self, server: str, thumbprint: str) -> list[str]:
        """Devices that would not believe it, whatever they place their calls over."""


Distrusting = Callable[[str, str, bool], list[str]]
"""Returns who would not believe a server with a certificate; of those on TLS only, or of all."""


@dataclass(frozen=True, slots=True)
class LiveMachines:
    """The machines of an organisation.

    Attributes:
        distrusts: asks its devices.
    """

    organization: Organization
    distrusts: Distrusting

    def out_of_service(self) -> Mapping[str, Outage]:
        """Servers that are down, drained, or have a UM service that is not ready."""
        found = {fqdn: _outage(self, host) for fqdn, host in self._hosts().items()}
        return {fqdn: outage for fqdn, outage in found.items() if outage is not None}

    def unready(self, server: str) -> Mapping[str, datetime]:
        """The services of a server that are not running with a warm worker, and since when."""
        services = self.organization.host(server).services.values()
        return {s.name: s.unready_since for s in services if s.unready_since is not None}

    def having(self, service: str) -> frozenset[str]:
        """Servers with a service of that name."""
        return frozenset(fqdn for fqdn, host in self._hosts().items() if service in host.services)

    def holding(self, server: str) -> Mapping[str, str]:
        r"""Who keeps a server's call router from new calls: ``component\requester``, and the state."""
        host = self.organization.host(server)
        entries = (e for name in (host.component, SERVER_WIDE) for e in host.components.entries(name))
        return {f"{e.component}\\{e.requester}": e.state for e in entries if e.state != "Active"}

    def calls_on(self, server: str, before: datetime) -> int:
        """Calls that the server tells of and that have gone on since before an instant."""
        calls = self.organization.active_calls
        return sum(call.since < before and calls.is_counted(call) for call in calls.all(server=server))

    def view(self, server: str, service: str) -> Attributes:
        """What the service would load if it started now."""
        controllers = self.organization.um_servers[server].domain_controllers
        copy = self.organization.directory.copy(controllers[0])
        parents = (found for found in copy.all(Kind.SERVER) if str(found["Fqdn"]).lower() == server)
        for parent in parents:
            for settings in copy.referring(SETTINGS[service], "Parent", parent.guid):
                return {name: readable(value) for name, value in settings.attributes.items()}
        return {}

    def distrusting(self, server: str, thumbprint: str) -> list[str]:
        """Devices on TLS that would not believe the server if it showed that certificate."""
        return self.distrusts(server, thumbprint, False)

    def disbelieving(self, server: str, thumbprint: str) -> list[str]:
        """Devices that would not believe it, whatever they place their calls over."""
        return self.distrusts(server, thumbprint, True)

    def _hosts(self) -> dict[str, Host]:
        """The machines that run Unified Messaging, and the entries whose machine is gone."""
        servers = self.organization.um_servers
        return {fqdn: server.host for fqdn, server in servers.items() if server.runs_cmdlets}


def _outage(machines: LiveMachines, host: Host) -> Outage | None:
    """The outage of a host that began first."""
    if not host.up:
        return Outage("down", host.since)
    outages = [Outage(f"{name} is not ready", since) for name, since in machines.unready(host.fqdn).items()]
    if UM_CALL_ROUTER in host.services and not host.takes_new_calls():
        entries = (e for name in (host.component, SERVER_WIDE) for e in host.components.entries(name))
        outages += [Outage(f"{e.state} by {e.requester}", e.time) for e in entries if e.state != "Active"]
    return min(outages, key=lambda outage: outage.since, default=None)
