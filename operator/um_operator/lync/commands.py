"""Every command of Lync that is ever sent: through ``/OcsPowershell``, or on a front end itself.

Both run in sessions without language, so there are commands with parameters only (field notes 7.1, 7.2).
``LOCAL`` has those that work on the computer alone: the role capability in ``deploy/jea`` offers them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from um_operator.remoting.session import Command

POOLS: Final = Command("Get-CsPool")
REGISTRARS: Final = Command("Get-CsService", {"Registrar": True})
REPLICAS: Final = Command("Get-CsManagementStoreReplicationStatus")
MEDIA: Final = Command("Get-CsMediaConfiguration")
CONTACTS: Final = Command("Get-CsExUmContact")

CERTIFICATE_USE: Final = "Default"
"""The use of the certificate with which a front end speaks SIP (Get-CsCertificate -Type)."""
FABRIC_TYPE: Final = "Routing"
CERTIFICATES: Final = Command("Get-CsCertificate", {"Type": CERTIFICATE_USE})
GRANT: Final = "Invoke-UmExchUcUtil"
READINESS: Final = Command("Get-CsPoolUpgradeReadinessState")

UPGRADE_DOMAINS: Final = Command("Get-CsUpgradeDomainInfo")
"""What Skype for Business Server 2019 has in its place (its cmdlet page)."""

LOCAL: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Get-CsCertificate": {"Type": (CERTIFICATE_USE,)},
    "Get-CsPoolUpgradeReadinessState": {},
    "Get-CsUpgradeDomainInfo": {},
    "Get-CsPoolFabricState": {"PoolFqdn": (), "Type": (FABRIC_TYPE,)},
}
"""Commands of a front end itself, with each parameter and the words that it takes; none: any."""


def computers(pool: str) -> Command:
    """Return what shows the computers of a pool, in the order of its first start (field notes 5.6)."""
    return Command("Get-CsComputer", {"Pool": pool})


def users_homed(pool: str) -> Command:
    """Return what counts the users of a pool: ``Count``. The count is made there, for they may be many."""
    users = {"Filter": f'RegistrarPool -eq "{pool}"'}
    return Command("Get-CsUser", users, then=(Command("Measure-Object"),))


def services(computer: str) -> Command:
    """Return what shows the Windows services of Lync on a computer."""
    return Command("Get-CsWindowsService", {"ComputerName": computer})


def stop(computer: str, service: str) -> Command:
    """Return what stops a service and what depends on it once its sessions have ended, and does not wait.

    ``-Graceful`` itself knows no limit (cmdlet page Stop-CsWindowsService).
    """
    return Command(
        "Stop-CsWindowsService",
        {"Name": service, "ComputerName": computer, "Graceful": True, "NoWait": True, "Confirm": False},
    )


def start(computer: str, service: str) -> Command:
    """Return what starts a service, not what depends on it, and does not wait."""
    return Command(
        "Start-CsWindowsService",
        {"Name": service, "ComputerName": computer, "NoWait": True, "Confirm": False},
    )


def fabric(pool: str) -> Command:
    """Return what shows the routing groups of a pool, as text."""
    return Command("Get-CsPoolFabricState", {"PoolFqdn": pool, "Type": FABRIC_TYPE})


def grant(forest: str) -> Command:
    """Return what runs ExchUcUtil.ps1 on an Exchange server: a function of the module in ``deploy/jea``.

    ``forest`` is that of Lync, by its FQDN.
    """
    return Command(GRANT, {"Forest": forest})
