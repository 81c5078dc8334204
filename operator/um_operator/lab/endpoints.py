"""What of remoting a server of the estate offers: Exchange's endpoint, and its host's own WinRM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.faults import Faults
from um_operator.lab.hosts.host import Host
from um_operator.lab.variants import Enumeration
from um_operator.lab.winrm.roles import CAPABILITIES, CONFIGURATION, Role
from um_operator.lab.winrm.shell import HostShell
from um_operator.lab.wsman.accounts import Account as Credentials
from um_operator.lab.wsman.accounts import Accounts
from um_operator.lab.wsman.clixml import EnumStyle
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import CommandEndpoint, Endpoint, Quotas

EXCHANGE_PATH, WINRM_PATH = "/PowerShell/", "/wsman"
WINRM_SHELLS_PER_USER: Final = 30
"""Of plain WinRM (field notes 7.3)."""


class Rights:
    """Who may do what on every host, beside Exchange's roles."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._administrators = {a.name.lower() for a in accounts if a.local_administrator}
        self._roles = {
            account.name.lower(): Role(
                CAPABILITIES[name] for name in account.jea_roles if name in CAPABILITIES
            )
            for account in accounts
            if account.jea_roles
        }

    def administers(self, account: str) -> bool:
        """Whether an account is a local administrator of the hosts."""
        return account.lower() in self._administrators

    def role(self, account: str) -> Role | None:
        """What the JEA endpoint lets an account do; None for one that it does not let in."""
        return self._roles.get(account.lower())

    def may_enter(self, account: str) -> bool:
        """Whether the JEA endpoint lets an account in."""
        return self.role(account) is not None


@dataclass(frozen=True)
class Remoting:
    """Makes the servers; they listen nowhere yet."""

    organization: Organization
    shell: ManagementShell
    accounts: Accounts
    rights: Rights
    quotas: Quotas
    faults: Faults

    @property
    def enums(self) -> EnumStyle:
        """How enums look on the wire of the products' shells."""
        as_text = self.organization.variants.enumeration is Enumeration.TEXT
        return EnumStyle.TEXT if as_text else EnumStyle.OBJECT

    def exchange(self, fqdn: str) -> WSManServer:
        """The Exchange Management Shell of a server."""
        return self.server(fqdn, [Endpoint(EXCHANGE_PATH, "Microsoft.Exchange", self.shell, self.enums)])

    def server(self, name: str, endpoints: Sequence[Endpoint]) -> WSManServer:
        """A product's shell behind a name that is dialled."""
        return WSManServer(
            name,
            endpoints,
            self.accounts,
            clock=self.organization.clock,
            quotas=self.quotas,
            interference=self.faults,
        )

    def winrm(self, host: Host, *, jea: bool, beside: Sequence[Endpoint] = ()) -> WSManServer:
        """Windows' own endpoints of a host: for administrators, and by role where JEA is set up."""
        return self.windows(host, [*([self._restricted(host)] if jea else []), *beside], has_module=jea)

    def windows(self, host: Host, restricted: Sequence[Endpoint], *, has_module: bool = True) -> WSManServer:
        """Windows' own endpoints of a host, with those that JEA restricts."""
        return WSManServer(
            host.fqdn,
            [self._full(host, has_module=has_module), *restricted],
            self.accounts,
            clock=self.organization.clock,
            quotas=replace(self.quotas, shells_per_user=WINRM_SHELLS_PER_USER),
            interference=self.faults,
            commands=CommandEndpoint(WINRM_PATH, self.rights.administers),
        )

    def _full(self, host: Host, *, has_module: bool) -> Endpoint:
        shell = HostShell(host, self.organization.journal, self.organization.variants, has_module=has_module)
        return Endpoint(WINRM_PATH, "Microsoft.PowerShell", shell, admits=self.rights.administers)

    def _restricted(self, host: Host) -> Endpoint:
        shell = HostShell(host, self.organization.journal, self.organization.variants, role=self.rights.role)
        return Endpoint(WINRM_PATH, CONFIGURATION, shell, admits=self.rights.may_enter)


@contextmanager
def known(accounts: Iterable[Account], keytab: Path | None) -> Iterator[Accounts]:
    """The accounts of a domain, for as long as its servers are up."""
    domain = Accounts([Credentials(a.name, a.password, a.upn) for a in accounts], keytab)
    try:
        yield domain
    finally:
        domain.close()
