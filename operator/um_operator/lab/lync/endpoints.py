"""What of remoting Lync offers: its shell at every computer and pool, and each computer's own WinRM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from um_operator.lab.endpoints import WINRM_PATH, Remoting
from um_operator.lab.exchange.rbac import ADMINISTRATOR, Account
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import CONSOLE, Author
from um_operator.lab.lync.builder import build, trust_each_other
from um_operator.lab.lync.by_hand import by_hand
from um_operator.lab.lync.cmdlets import CMDLETS
from um_operator.lab.lync.console import LyncConsole
from um_operator.lab.lync.deployment import Deployment, FrontEnd
from um_operator.lab.lync.exch_uc_util import CONFIGURATION as PERMISSIONS
from um_operator.lab.lync.exch_uc_util import UM_OPERATOR_PERMISSIONS, ExchUcUtil, host_cmdlet
from um_operator.lab.lync.local_cmdlets import host_cmdlets
from um_operator.lab.lync.roles import CAPABILITIES, CONFIGURATION
from um_operator.lab.lync.shell import LyncShell
from um_operator.lab.lync.spec import LyncSpec
from um_operator.lab.lync.telephones import Telephones
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
        telephones: the calls between pools and Unified Messaging.
        shell: its cmdlets.
        ocs: the Lync Server Management Shell by the name that is dialled, a computer's or a pool's.
        winrm: each computer's own WinRM, by its FQDN.
    """

    def __init__(
        self, deployment: Deployment, remoting: Remoting, calls: Calls, accounts: Iterable[Account]
    ) -> None:
        accounts = tuple(accounts)
        self.deployment = deployment
        self.telephones = Telephones(remoting.organization, deployment, calls)
        calls.others.append(self.telephones.distrusting)
        self._remoting = remoting
        self._faults = remoting.faults
        self.shell = LyncShell(
            deployment,
            CMDLETS,
            by_hand(remoting.organization, deployment),
            accounts,
            self._faults.trouble,
        )
        self._permitted = {a.name.lower() for a in accounts if UM_OPERATOR_PERMISSIONS.name in a.jea_roles}
        self._roles = {
            account.name.lower(): Role(CAPABILITIES[name] for name in account.lync_jea_roles)
            for account in accounts
            if account.lync_jea_roles
        }
        self._admitted = {account.name.lower() for account in accounts if account.lync_roles}
        self.ocs: dict[str, WSManServer] = {}
        self.winrm: dict[str, WSManServer] = {}

    @classmethod
    def of(
        cls, spec: LyncSpec, remoting: Remoting, calls: Calls, times: ServiceTimes | None = None
    ) -> LyncEndpoints:
        """Make a deployment beside an organisation, and what of it is reached from outside."""
        organization = remoting.organization
        deployment = build(
            spec,
            clock=organization.clock,
            journal=organization.journal,
            variants=organization.variants,
            times=times,
            seed=organization.seed,
        )
        if spec.trusts_exchange:
            trust_each_other(organization, deployment)
        if spec.integrated:
            server = next(iter(organization.um_servers))
            author = Author(ADMINISTRATOR.name, server, CONSOLE, "ExchUcUtil.ps1")
            list(ExchUcUtil(organization, deployment, author, everywhere=True).run())
        return cls(deployment, remoting, calls, remoting.shell.accounts)

    @property
    def servers(self) -> Iterator[WSManServer]:
        """All of them."""
        yield from self.ocs.values()
        yield from self.winrm.values()

    async def listen(self, ports: Ports) -> None:
        """Take connections: the shell over HTTPS alone, where there is a web service for it."""
        for pool in self.deployment.pools.values():
            for front_end in pool.front_ends:
                self.winrm[front_end.fqdn] = server = self._computer(front_end)
                await ports.listen(server, WINRM_HTTP, WINRM_HTTPS)
            for name in dict.fromkeys((pool.fqdn, *(one.fqdn for one in pool.front_ends))):
                ports.hold(name, HTTP)
                if not pool.has_shell:
                    ports.hold(name, HTTPS)
                    continue
                self.ocs[name] = self._shell_at(name)
                await ports.listen_securely(self.ocs[name], HTTPS)

    async def start(self) -> None:
        """Have everything run since long ago."""
        await self.telephones.start()

    def on_exchange(self, host: Host) -> Endpoint:
        """The JEA endpoint of an Exchange server that runs ExchUcUtil.ps1."""
        function = host_cmdlet(self._remoting.organization, self.deployment)
        role = Role((UM_OPERATOR_PERMISSIONS,))
        shell = HostShell(
            host,
            self.deployment.journal,
            self.deployment.variants,
            role=lambda _account: role,
            installed={function.declaration.name.lower(): function},
        )
        return Endpoint(
            WINRM_PATH, PERMISSIONS, shell, admits=lambda account: account.lower() in self._permitted
        )

    def console(self, computer: str = "") -> LyncConsole:
        """An administrator at a computer of Lync; at the first one when none is named."""
        first = next(self.deployment.front_ends).fqdn
        return LyncConsole(self.shell, computer.lower() or first)

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

    def _computer(self, front_end: FrontEnd) -> WSManServer:
        """A computer's own WinRM, with the JEA endpoint."""
        host = front_end.host
        shell = HostShell(
            host,
            self.deployment.journal,
            self.deployment.variants,
            role=lambda account: self._roles.get(account.lower()),
            installed=host_cmdlets(self.deployment, front_end),
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
