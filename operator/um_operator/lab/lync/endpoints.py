"""What of remoting Lync offers: its shell at every computer and pool, and each computer's own WinRM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from um_operator.lab.endpoints import WINRM_PATH, Remoting
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.hosts.host import Host
from um_operator.lab.lync.cmdlets import CMDLETS
from um_operator.lab.lync.deployment import Deployment
from um_operator.lab.lync.roles import CAPABILITIES, CONFIGURATION
from um_operator.lab.lync.shell import LyncShell
from um_operator.lab.ports import HTTP, HTTPS, WINRM_HTTP, WINRM_HTTPS, Ports
from um_operator.lab.winrm.roles import Role
from um_operator.lab.winrm.shell import HostShell
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import Endpoint

OCS_PATH = "/OcsPowershell"


class LyncEndpoints:
    """Lync as it is reached from outside.

    Attributes:
        deployment: what stands behind it.
        shell: its cmdlets.
        ocs: the Lync Server Management Shell by the name that is dialled, a computer's or a pool's.
        winrm: each computer's own WinRM, by its FQDN.
    """

    def __init__(self, deployment: Deployment, remoting: Remoting, accounts: Iterable[Account]) -> None:
        self.deployment = deployment
        self._remoting = remoting
        self._faults = remoting.faults
        self.shell = LyncShell(deployment, CMDLETS, accounts=accounts, trouble=self._faults.trouble)
        self._roles = {
            account.name.lower(): Role(CAPABILITIES[name] for name in account.lync_jea_roles)
            for account in accounts
            if account.lync_jea_roles
        }
        self._admitted = {account.name.lower() for account in accounts if account.lync_roles}
        self.ocs: dict[str, WSManServer] = {}
        self.winrm: dict[str, WSManServer] = {}

    @property
    def servers(self) -> Iterator[WSManServer]:
        """All of them."""
        yield from self.ocs.values()
        yield from self.winrm.values()

    async def listen(self, ports: Ports) -> None:
        """Take connections: the shell over HTTPS alone, where there is a web service for it."""
        for pool in self.deployment.pools.values():
            for front_end in pool.front_ends:
                self.winrm[front_end.fqdn] = server = self._computer(front_end.host)
                await ports.listen(server, WINRM_HTTP, WINRM_HTTPS)
            for name in dict.fromkeys((pool.fqdn, *(one.fqdn for one in pool.front_ends))):
                ports.hold(name, HTTP)
                if not pool.has_shell:
                    ports.hold(name, HTTPS)
                    continue
                self.ocs[name] = self._shell_at(name)
                await ports.listen_securely(self.ocs[name], HTTPS)

    def went_down(self, computer: str) -> None:
        """Drop the sessions of a computer; with the last of its pool nobody answers to the pool's name."""
        front_end = self.deployment.front_end(computer)
        if front_end is None:
            return
        for endpoints in (self.ocs, self.winrm):
            if (server := endpoints.get(front_end.fqdn)) is not None:
                server.service.close()
        if self.deployment.computer_of(front_end.pool) is None and front_end.pool != front_end.fqdn:
            self._faults.take_down(front_end.pool)

    def came_up(self, computer: str) -> None:
        """Answer to a pool's name again."""
        front_end = self.deployment.front_end(computer)
        if front_end is not None and not self._faults.accepts(front_end.pool):
            self._faults.bring_up(front_end.pool)

    def _computer(self, host: Host) -> WSManServer:
        """A computer's own WinRM, with the JEA endpoint."""
        shell = HostShell(
            host,
            self.deployment.journal,
            self.deployment.variants,
            role=lambda account: self._roles.get(account.lower()),
        )
        restricted = Endpoint(
            WINRM_PATH, CONFIGURATION, shell, admits=lambda account: account.lower() in self._roles
        )
        return self._remoting.windows(host, [restricted])

    def _shell_at(self, name: str) -> WSManServer:
        endpoint = Endpoint(
            OCS_PATH,
            "Microsoft.PowerShell",
            self.shell,
            self._remoting.enums,
            lambda account: account.lower() in self._admitted,
        )
        return self._remoting.server(name, [endpoint])
