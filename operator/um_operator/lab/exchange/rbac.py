"""Who may run what: a cmdlet or parameter outside the caller's role groups does not exist for him.

Role groups as in field notes 2.6. Names of groups are Exchange's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_UNIFIED_MESSAGING = frozenset(
    f"{verb}-{noun}"
    for noun, verbs in {
        "UMDialPlan": "Get New Set Remove",
        "UMIPGateway": "Get New Set Remove Enable Disable",
        "UMHuntGroup": "Get New Remove",
        "UMMailboxPolicy": "Get Remove",
        "UMAutoAttendant": "Get New Remove",
        "UMCallRouterSettings": "Get Set",
        "UMActiveCalls": "Get",
        "UMService": "Get",
        "UMConnectivity": "Test",
        "ExchangeServer": "Get",
        "OrganizationConfig": "Get",
    }.items()
    for verb in verbs.split()
)
_SERVERS = frozenset(
    {
        "Get-ExchangeServer", "Get-ExchangeCertificate", "Get-UMService", "Set-UMService",
        "Get-UMActiveCalls", "Get-OrganizationConfig", "New-ExchangeCertificate",
        "Import-ExchangeCertificate", "Export-ExchangeCertificate", "Enable-ExchangeCertificate",
        "Remove-ExchangeCertificate", "Get-ServerComponentState", "Set-ServerComponentState",
        "Get-ADPermission",
    }
)  # fmt: skip
_EVERYTHING = _UNIFIED_MESSAGING | _SERVERS

ROLE_GROUPS: dict[str, frozenset[str]] = {
    "Organization Management": _EVERYTHING,
    "UM Management": _UNIFIED_MESSAGING,
    "Server Management": _SERVERS,
    "View-Only Organization Management": frozenset(c for c in _EVERYTHING if c.startswith("Get-")),
}


@dataclass(frozen=True, slots=True)
class Account:
    r"""Someone who may open sessions.

    Attributes:
        name: ``DOMAIN\user``, as the endpoint knows him.
        password: in clear; this is a simulated estate.
        upn: the user principal name ``user@domain``.
        role_groups: names of Exchange's role groups.
        granted: parameters by cmdlet of management roles of one's own; these cmdlets have no other parameter.
        local_administrator: of every server's host.
        jea_roles: names of role capabilities that the hosts' JEA endpoint gives him.
        lync_roles: names of roles in Lync.
        lync_jea_roles: names of role capabilities that the JEA endpoint of Lync's computers gives him.
        withheld: ``(cmdlet, parameter)`` pairs that a custom role leaves out; ``""`` is the cmdlet itself.
    """

    name: str
    password: str = field(repr=False)
    upn: str = ""
    role_groups: tuple[str, ...] = ("UM Management", "Server Management")
    withheld: frozenset[tuple[str, str]] = frozenset()
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    local_administrator: bool = False
    jea_roles: tuple[str, ...] = ()
    lync_roles: tuple[str, ...] = ()
    lync_jea_roles: tuple[str, ...] = ()

    def may_run(self, cmdlet: str) -> bool:
        """Whether the cmdlet is in the account's session."""
        held = cmdlet in self.granted or self._in_a_group(cmdlet)
        return held and (cmdlet, "") not in self.withheld

    def may_use(self, cmdlet: str, parameter: str) -> bool:
        """Whether the parameter is on that cmdlet in the account's session."""
        held = self._in_a_group(cmdlet) or parameter in self.granted.get(cmdlet, ())
        return held and (cmdlet, parameter) not in self.withheld

    def _in_a_group(self, cmdlet: str) -> bool:
        return any(cmdlet in ROLE_GROUPS[group] for group in self.role_groups)


ADMINISTRATOR = Account("administrator", "", role_groups=("Organization Management",))
"""Whoever changes things by hand at the console; no endpoint lets him in."""
