"""Who may run what in Lync's shell: a cmdlet outside of the caller's roles does not exist for him.

Which role has which cmdlet is only partly documented (field notes 5.5, 6.2): CsServerAdministrator is taken
to read everything and to control services, and to change nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_SERVICES: Final = frozenset({"Start-CsWindowsService", "Stop-CsWindowsService"})

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "CsServerAdministrator": _SERVICES | {"Invoke-CsManagementStoreReplication"},
    "CsViewOnlyAdministrator": frozenset(),
    "CsAdministrator": frozenset(
        {
            *_SERVICES,
            "Invoke-CsManagementStoreReplication",
            "Set-CsMediaConfiguration",
            "New-CsExUmContact",
            "Remove-CsExUmContact",
        }
    ),
}
"""What a role may change; each of them reads everything."""


def may_run(roles: Iterable[str], cmdlet: str) -> bool:
    """Whether a cmdlet is in the session of somebody with these roles."""
    held = [ROLES[role] for role in roles]
    return bool(held) and (cmdlet.startswith("Get-") or any(cmdlet in changes for changes in held))
